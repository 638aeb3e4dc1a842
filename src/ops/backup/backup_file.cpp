#include "ops/backup/backup_file.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "ops/backup/bytes.hpp"

namespace segurifai::backup {
namespace {

namespace json = boost::json;

/// The fastest: on pages, higher levels win a tenth of the size for several times the work.
constexpr int kCompression = 1;
constexpr std::size_t kRecordBytes = 1U << 20U;  ///< of entries, before they are compressed
constexpr std::size_t kCommitBytes = 8 + 8 + 6 * 4;
constexpr std::size_t kEntriesBytesMax = 4U << 20U;

constexpr std::array<std::string_view, 3> kKindNames{"full", "increment", "log"};

std::string text_of(const FileHeader& header) {
    json::object object;
    object["kind"] = kKindNames[static_cast<std::size_t>(header.kind)];
    object["database"] = header.database;
    object["generation"] = header.generation;
    object["page_size"] = header.page_size;
    object["after_txid"] = header.after_txid;
    object["at"] = header.at.to_string();
    if (!header.previous.empty()) object["previous"] = header.previous;
    if (!header.reason.empty()) object["reason"] = header.reason;
    return json::serialize(object);
}

/// Nothing when the text is not one of text_of(). It was sealed, so this is a file of another
/// version of the program.
std::optional<FileHeader> header_of(std::string_view text) {
    boost::system::error_code fault;
    const json::value parsed = json::parse(text, fault);
    if (fault || !parsed.is_object()) return std::nullopt;
    const json::object& object = parsed.get_object();
    const auto words = [&](std::string_view name) -> std::string {
        const json::value* found = object.if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : "";
    };
    const auto number = [&](std::string_view name) -> std::uint64_t {
        const json::value* found = object.if_contains(name);
        boost::system::error_code unfit;
        return found != nullptr ? found->to_number<std::uint64_t>(unfit) : 0;
    };
    FileHeader header;
    const auto kind = std::ranges::find(kKindNames, words("kind"));
    const auto at = Instant::parse(words("at"));
    if (kind == kKindNames.end() || !at) return std::nullopt;
    header.kind = static_cast<FileKind>(kind - kKindNames.begin());
    header.database = words("database");
    header.generation = static_cast<std::uint32_t>(number("generation"));
    header.page_size = static_cast<std::uint32_t>(number("page_size"));
    header.after_txid = number("after_txid");
    header.at = *at;
    header.previous = words("previous");
    header.reason = words("reason");
    const bool is_page_size = header.page_size >= 512 && header.page_size <= 65'536 &&
                              std::has_single_bit(header.page_size);
    if (!is_page_size || header.generation == 0) return std::nullopt;
    return header;
}

}  // namespace

Result<BackupWriter> BackupWriter::make(Files& files, const std::filesystem::path& path,
                                        const security::SigningKey& key, const FileHeader& header) {
    SEGURIFAI_TRY_AS(SealedWriter sealed, SealedWriter::make(files, path, key, text_of(header)));
    return BackupWriter(std::move(sealed));
}

Result<void> BackupWriter::flush() {
    if (entries_.empty()) return {};
    compressed_.resize(ZSTD_compressBound(entries_.size()));
    const std::size_t size =
        ZSTD_compressCCtx(context_.get(), compressed_.data(), compressed_.size(), entries_.data(),
                          entries_.size(), kCompression);
    if (ZSTD_isError(size) != 0)
        return fail(Code::kInternal, fmt::format("zstd failed: {}", ZSTD_getErrorName(size)));
    entries_.clear();
    return sealed_.add(std::string_view(compressed_).substr(0, size));
}

Result<void> BackupWriter::page(std::uint32_t number, std::string_view content) {
    entries_ += 'P';
    put(entries_, number);
    entries_ += content;
    return entries_.size() < kRecordBytes ? Result<void>() : flush();
}

Result<void> BackupWriter::commit(const Commit& commit) {
    entries_ += 'C';
    put(entries_, commit.txid);
    put(entries_, commit.at.micros);
    put(entries_, commit.pages);
    for (const std::uint32_t salt : commit.log.salts) put(entries_, salt);
    put(entries_, commit.log.frame);
    for (const std::uint32_t sum : commit.log.checksum) put(entries_, sum);
    return entries_.size() < kRecordBytes ? Result<void>() : flush();
}

Result<void> BackupWriter::log_may_restart() {
    entries_ += 'R';
    return {};
}

Result<void> BackupWriter::sync() {
    SEGURIFAI_TRY(flush());
    return sealed_.sync();
}

Result<std::string> BackupWriter::finish() {
    SEGURIFAI_TRY(flush());
    return sealed_.finish();
}

std::unexpected<Error> BackupReader::damaged() const {
    return fail(Code::kCorrupt,
                fmt::format("{} holds what this version of the program does not understand.",
                            path_.string()));
}

Result<BackupReader> BackupReader::open(Files& files, const std::filesystem::path& path,
                                        std::span<const security::SigningKey> keys) {
    SEGURIFAI_TRY_AS(SealedReader sealed, SealedReader::open(files, path, keys));
    BackupReader reader(std::move(sealed), path);
    auto header = header_of(reader.sealed_.header());
    if (!header) return reader.damaged();
    reader.header_ = std::move(*header);
    return reader;
}

Result<bool> BackupReader::next_record() {
    SEGURIFAI_TRY_AS(const auto record, sealed_.next());
    if (!record) return false;
    const unsigned long long size = ZSTD_getFrameContentSize(record->data(), record->size());
    if (size == 0 || size > kEntriesBytesMax) return damaged();
    entries_.resize(size);
    if (ZSTD_decompress(entries_.data(), entries_.size(), record->data(), record->size()) != size)
        return damaged();
    rest_ = entries_;
    return true;
}

Result<Entry> BackupReader::next() {
    if (rest_.empty()) {
        SEGURIFAI_TRY_AS(const bool more, next_record());
        if (!more) return Entry{};
    }
    Entry entry;
    const char mark = rest_.front();
    rest_.remove_prefix(1);
    if (mark == 'P' && rest_.size() >= sizeof(std::uint32_t) + header_.page_size) {
        entry.kind = Entry::Kind::kPage;
        entry.page_number = take<std::uint32_t>(rest_);
        entry.page = rest_.substr(0, header_.page_size);
        rest_.remove_prefix(header_.page_size);
        if (entry.page_number == 0) return damaged();
    } else if (mark == 'C' && rest_.size() >= kCommitBytes) {
        entry.kind = Entry::Kind::kCommit;
        Commit& commit = entry.commit;
        commit.txid = take<std::uint64_t>(rest_);
        commit.at.micros = take<std::int64_t>(rest_);
        commit.pages = take<std::uint32_t>(rest_);
        for (std::uint32_t& salt : commit.log.salts) salt = take<std::uint32_t>(rest_);
        commit.log.frame = take<std::uint32_t>(rest_);
        for (std::uint32_t& sum : commit.log.checksum) sum = take<std::uint32_t>(rest_);
    } else if (mark == 'R') {
        entry.kind = Entry::Kind::kLogMayRestart;
    } else {
        return damaged();
    }
    return entry;
}

}  // namespace segurifai::backup

#include "ops/backup/backup_file.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "ops/backup/bytes.hpp"

namespace segurifai::backup {
namespace {

namespace json = boost::json;

constexpr std::size_t kRecordBytes = 1U << 20U;  ///< of entries, before they are compressed
/// What takes longer than this, because the processors never rest, asks for its share of them: a
/// full holds the state that it copies, and the log grows meanwhile.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kCommitBytes = 8 + 8 + 6 * 4;
constexpr std::size_t kPagesHeadBytes = 2 * sizeof(std::uint32_t);

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

constexpr std::size_t blocks_for(Threads threads) noexcept {
    return threads == Threads::kSeveral ? kBlocksAtOnce : 1;
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

BackupWriter::BackupWriter(SealedWriter sealed, const FileHeader& header)
    : sealed_(std::move(sealed)),
      page_size_(header.page_size),
      blocks_(blocks_for(header.kind == FileKind::kLog ? Threads::kOne : Threads::kSeveral)) {
    if (header.kind == FileKind::kLog) versions_.emplace(page_size_);
    for (auto& block : blocks_) block = std::make_unique<PackingBlock>(sealed_.seal());
}

Result<BackupWriter> BackupWriter::make(Files& files, const std::filesystem::path& path,
                                        const security::SigningKey& key, const FileHeader& header) {
    const Growth growth = header.kind == FileKind::kLog ? Growth::kAhead : Growth::kAsWritten;
    SEGURIFAI_TRY_AS(SealedWriter sealed,
                     SealedWriter::make(files, path, key, text_of(header), growth));
    return BackupWriter(std::move(sealed), header);
}

Result<void> BackupWriter::write(PackingBlock& block) {
    SEGURIFAI_TRY_AS(const std::string_view record, block.take());
    return sealed_.add(record);
}

Worker BackupWriter::worker() const {
    if (blocks_.size() == 1) return Worker::kCaller;
    const auto since = std::chrono::steady_clock::now() - began_;
    return since < kPatience ? Worker::kPatient : Worker::kAnother;
}

/// Has the entries packed. The block whose turn it is then is the one that was begun longest ago.
Result<void> BackupWriter::next_block() {
    if (filling().content().empty()) return {};
    PackingBlock& filled = filling();
    filled.begin(++turn_, worker());
    return filling().has_begun() ? write(filling()) : Result<void>();
}

Result<void> BackupWriter::flush() {
    SEGURIFAI_TRY(next_block());
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
        PackingBlock& block = *blocks_[(turn_ + i) % blocks_.size()];
        if (block.has_begun()) SEGURIFAI_TRY(write(block));
    }
    return {};
}

Result<void> BackupWriter::end_entry() {
    return filling().content().size() < kRecordBytes ? Result<void>() : next_block();
}

void BackupWriter::put_pages(std::uint32_t first, std::string_view content) {
    std::string& entries = filling().content();
    entries += 'P';
    put(entries, first);
    put(entries, static_cast<std::uint32_t>(content.size() / page_size_));
    entries += content;
}

/// By its changes, where its version before is remembered and has much of it.
void BackupWriter::page_version(std::uint32_t number, std::string_view content) {
    std::string& entries = filling().content();
    const std::size_t start = entries.size();
    const std::string* before = versions_->find(number);
    bool is_put = false;
    if (before != nullptr) {
        entries += 'D';
        put(entries, number);
        is_put = put_changes(entries, *before, content);
    }
    if (!is_put) {
        entries.resize(start);
        put_pages(number, content);
    }
    versions_->remember(number, content);
}

Result<void> BackupWriter::pages(std::uint32_t first, std::string_view content) {
    if (!versions_) {
        put_pages(first, content);
        return end_entry();
    }
    for (; !content.empty(); content.remove_prefix(page_size_), ++first)
        page_version(first, content.substr(0, page_size_));
    return end_entry();
}

Result<void> BackupWriter::commit(const Commit& commit) {
    std::string& entries = filling().content();
    entries += 'C';
    put(entries, commit.txid);
    put(entries, commit.at.micros);
    put(entries, commit.pages);
    for (const std::uint32_t salt : commit.log.salts) put(entries, salt);
    put(entries, commit.log.frame);
    for (const std::uint32_t sum : commit.log.checksum) put(entries, sum);
    return end_entry();
}

Result<void> BackupWriter::log_may_restart() {
    filling().content() += 'R';
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

BackupReader::BackupReader(SealedReader sealed, std::filesystem::path path, Threads threads)
    : sealed_(std::move(sealed)), path_(std::move(path)), blocks_(blocks_for(threads)) {}

std::unexpected<Error> BackupReader::damaged() const {
    return fail(Code::kCorrupt,
                fmt::format("{} holds what this version of the program does not understand.",
                            path_.string()));
}

Result<BackupReader> BackupReader::open(Files& files, const std::filesystem::path& path,
                                        std::span<const security::SigningKey> keys,
                                        Threads threads) {
    SEGURIFAI_TRY_AS(SealedReader sealed, SealedReader::open(files, path, keys));
    BackupReader reader(std::move(sealed), path, threads);
    auto header = header_of(reader.sealed_.header());
    if (!header) return reader.damaged();
    reader.header_ = std::move(*header);
    if (reader.header_.kind == FileKind::kLog) reader.versions_.emplace(reader.header_.page_size);
    return reader;
}

/// Has as many records unpacked as there are blocks, all but those not taken yet.
void BackupReader::read_ahead() {
    for (; !end_ && read_ - taken_ < blocks_.size(); ++read_) {
        auto& block = blocks_[read_ % blocks_.size()];
        if (!block) block = std::make_unique<UnpackingBlock>(sealed_.seal());
        auto more = sealed_.next(block->record());
        if (!more) {
            end_ = std::unexpected(std::move(more).error());
        } else if (!*more) {
            end_.emplace();
        }
        if (end_) return;
        block->begin(blocks_.size() > 1 ? Worker::kAnother : Worker::kCaller);
    }
}

Result<bool> BackupReader::next_record() {
    read_ahead();
    if (taken_ == read_) {
        SEGURIFAI_TRY(*end_);
        return false;
    }
    UnpackingBlock& block = *blocks_[taken_++ % blocks_.size()];
    const UnpackingBlock::Outcome outcome = block.take();
    if (outcome == UnpackingBlock::Outcome::kForged) return sealed_.forged(block.record());
    if (outcome == UnpackingBlock::Outcome::kNotUnderstood) return damaged();
    rest_ = block.content();
    return true;
}

Result<Entry> BackupReader::pages() {
    Entry entry{.kind = Entry::Kind::kPages};
    entry.first_page = take<std::uint32_t>(rest_);
    const std::uint64_t size = std::uint64_t{take<std::uint32_t>(rest_)} * header_.page_size;
    if (entry.first_page == 0 || size == 0 || size > rest_.size()) return damaged();
    entry.pages = rest_.substr(0, size);
    rest_.remove_prefix(size);
    if (!versions_) return entry;
    std::uint32_t number = entry.first_page;
    for (std::string_view left = entry.pages; !left.empty(); left.remove_prefix(header_.page_size))
        versions_->remember(number++, left.substr(0, header_.page_size));
    return entry;
}

Result<Entry> BackupReader::changed_page() {
    Entry entry{.kind = Entry::Kind::kPages};
    entry.first_page = take<std::uint32_t>(rest_);
    std::string* page = versions_->find(entry.first_page);
    if (page == nullptr || !apply_changes(rest_, *page)) return damaged();
    entry.pages = *page;
    return entry;
}

Result<Entry> BackupReader::next() {
    if (rest_.empty()) {
        SEGURIFAI_TRY_AS(const bool more, next_record());
        if (!more) return Entry{};
    }
    const char mark = rest_.front();
    rest_.remove_prefix(1);
    if (mark == 'P' && rest_.size() >= kPagesHeadBytes) return pages();
    if (mark == 'D' && versions_ && rest_.size() >= sizeof(std::uint32_t)) return changed_page();
    Entry entry;
    if (mark == 'C' && rest_.size() >= kCommitBytes) {
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

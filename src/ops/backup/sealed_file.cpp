#include "ops/backup/sealed_file.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#define XXH_INLINE_ALL  // the library's way to be inlined
#include <xxhash.h>

#include "ops/backup/bytes.hpp"
#include "security/encoding.hpp"

namespace segurifai::backup {
namespace {

constexpr std::string_view kMagic = "SGFBAK02";
constexpr std::uint64_t kAheadBytes = 4U << 20U;
constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);

std::unexpected<Error> damaged(const std::filesystem::path& path, std::string_view what,
                               std::uint64_t offset) {
    return fail(Code::kCorrupt,
                fmt::format("{} is damaged: {} at byte {}.", path.string(), what, offset));
}

/// Reads what is before the first record.
class StartReader {
public:
    StartReader(InputFile& file, const std::filesystem::path& path) : file_(file), path_(path) {}

    /// The next `size` bytes.
    Result<std::string> take(std::size_t size) {
        std::string bytes(size, '\0');
        SEGURIFAI_TRY_AS(const std::size_t given, file_.read_at(start_.size(), bytes));
        if (given != size) return damaged(path_, "it ends too early", start_.size());
        start_ += bytes;
        return bytes;
    }
    /// All that was taken.
    [[nodiscard]] const std::string& start() const noexcept { return start_; }

private:
    InputFile& file_;
    const std::filesystem::path& path_;
    std::string start_;
};

}  // namespace

struct FileChecksum::State : XXH3_state_t {};

FileChecksum::FileChecksum() : state_(std::make_unique<State>()) {
    XXH3_128bits_reset(state_.get());
}
FileChecksum::~FileChecksum() = default;
FileChecksum::FileChecksum(FileChecksum&&) noexcept = default;
FileChecksum& FileChecksum::operator=(FileChecksum&&) noexcept = default;

void FileChecksum::add(std::string_view bytes) noexcept {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
}

std::string FileChecksum::value() const {
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state_.get()));
    return {reinterpret_cast<const char*>(digest.digest), kBytes};
}

Result<SealedWriter> SealedWriter::make(Files& files, std::filesystem::path path,
                                        const security::SigningKey& key, std::string_view header,
                                        Growth growth) {
    security::prepare_sodium();
    SEGURIFAI_TRY_AS(auto file, files.make(path));
    std::string own(RecordSeal::kOwnBytes, '\0');
    randombytes_buf(own.data(), own.size());
    SealedWriter writer(std::move(file), std::move(path), RecordSeal(key.key, own), growth);
    std::string start(kMagic);
    start += static_cast<char>(key.id.size());
    start += key.id;
    start += own;
    std::string record;
    writer.seal_.seal(0, header, start, record);
    SEGURIFAI_TRY(writer.append(start));
    SEGURIFAI_TRY(writer.add(record));
    return writer;
}

Result<void> SealedWriter::append(std::string_view bytes) {
    const std::uint64_t end = size_ + bytes.size();
    if (growth_ == Growth::kAhead && end > reserved_) {
        SEGURIFAI_TRY(file_->reserve(end + kAheadBytes));
        reserved_ = end + kAheadBytes;
    }
    SEGURIFAI_TRY(file_->write_at(size_, bytes));
    size_ = end;
    checksum_.add(bytes);
    return {};
}

Result<void> SealedWriter::add(std::string_view sealed) {
    if (sealed.size() > kRecordBytesMax + RecordSeal::kOverhead)
        return fail(Code::kTooLong, "A record of a backup is longer than 8 MiB.");
    std::string length;
    put(length, static_cast<std::uint32_t>(sealed.size()));
    SEGURIFAI_TRY(append(length));
    SEGURIFAI_TRY(append(sealed));
    ++records_;
    return {};
}

Result<void> SealedWriter::sync() {
    return file_->sync();
}

Result<std::string> SealedWriter::finish() {
    std::string last;
    seal_.seal(records_, {}, {}, last);
    SEGURIFAI_TRY(add(last));
    const std::string checksum = checksum_.value();
    SEGURIFAI_TRY(file_->write_at(size_, checksum));
    size_ += checksum.size();
    if (reserved_ > size_) SEGURIFAI_TRY(file_->resize(size_));
    SEGURIFAI_TRY(file_->sync());
    file_.reset();
    return security::hex(security::bytes_of(checksum));
}

std::unexpected<Error> SealedReader::forged(const SealedRecord& record) const {
    return damaged(path_, "a record is not as it was written", record.end);
}

Result<void> SealedReader::take(SealedRecord& record) {
    std::string length(kLengthBytes, '\0');
    SEGURIFAI_TRY_AS(std::size_t given, file_->read_at(offset_, length));
    if (given != length.size()) return damaged(path_, "it ends too early", offset_);
    std::string_view rest = length;
    const auto size = backup::take<std::uint32_t>(rest);
    offset_ += length.size();
    if (size < RecordSeal::kOverhead || size > kRecordBytesMax + RecordSeal::kOverhead)
        return damaged(path_, "a record has an impossible size", offset_);
    record.bytes.resize_and_overwrite(size, [size](char*, std::size_t) { return size; });
    SEGURIFAI_TRY_AS(given, file_->read_at(offset_, record.bytes));
    if (given != size) return damaged(path_, "it ends too early", offset_);
    offset_ += size;
    checksum_.add(length);
    checksum_.add(record.bytes);
    record.number = records_++;
    record.end = offset_;
    return {};
}

Result<SealedReader> SealedReader::open(Files& files, std::filesystem::path path,
                                        std::span<const security::SigningKey> keys) {
    security::prepare_sodium();
    SEGURIFAI_TRY_AS(auto file, files.open(path));
    StartReader start(*file, path);
    SEGURIFAI_TRY_AS(const std::string head, start.take(kMagic.size() + 1));
    if (!head.starts_with(kMagic))
        return damaged(path, "it does not begin as a backup does", head.size());
    SEGURIFAI_TRY_AS(const std::string id, start.take(static_cast<unsigned char>(head.back())));
    SEGURIFAI_TRY_AS(const std::string own, start.take(RecordSeal::kOwnBytes));
    const auto key = std::ranges::find(keys, id, &security::SigningKey::id);
    if (key == keys.end())
        return fail(Code::kPermission,
                    fmt::format("{} is sealed with the key '{}', which is not among the secrets "
                                "of this installation: add it to secrets.toml.",
                                path.string(), security::is_key_id(id) ? id : "?"));
    FileChecksum checksum;
    checksum.add(start.start());
    SealedReader reader(std::move(file), std::move(path), RecordSeal(key->key, own),
                        std::move(checksum), start.start().size());
    SealedRecord header;
    SEGURIFAI_TRY(reader.take(header));
    if (!reader.seal_.open(header.number, header.bytes, start.start(), reader.header_))
        return reader.forged(header);
    return reader;
}

Result<bool> SealedReader::next(SealedRecord& record) {
    SEGURIFAI_TRY(take(record));
    if (record.bytes.size() > RecordSeal::kOverhead) return true;
    std::string nothing;
    if (!seal_.open(record.number, record.bytes, {}, nothing)) return forged(record);
    SEGURIFAI_TRY(check_end());
    return false;
}

Result<void> SealedReader::check_end() {
    const std::string checksum = checksum_.value();
    std::string stored(checksum.size() + 1, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, file_->read_at(offset_, stored));
    stored.resize(given);
    if (stored != checksum) return damaged(path_, "its checksum is another", offset_);
    checksum_text_ = security::hex(security::bytes_of(checksum));
    return {};
}

}  // namespace segurifai::backup

#include "ops/backup/sealed_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/backup/bytes.hpp"
#include "security/encoding.hpp"

namespace segurifai::backup {
namespace {

constexpr std::string_view kMagic = "SGFBAK01";
constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;

const unsigned char* raw(std::string_view text) noexcept {
    return security::bytes_of(text).data();
}
unsigned char* raw(std::string& text) noexcept {
    return reinterpret_cast<unsigned char*>(text.data());
}

std::string end_of(crypto_generichash_state& checksum) {
    std::string digest(kChecksumBytes, '\0');
    crypto_generichash_final(&checksum, raw(digest), digest.size());
    return digest;
}

}  // namespace

Result<SealedWriter> SealedWriter::make(Files& files, std::filesystem::path path,
                                        const security::SigningKey& key, std::string_view header) {
    security::prepare_sodium();
    SEGURIFAI_TRY_AS(auto file, files.make(path));
    SealedWriter writer(std::move(file), std::move(path));
    crypto_generichash_init(&writer.checksum_, nullptr, 0, kChecksumBytes);
    std::string start(kMagic);
    start += static_cast<char>(key.id.size());
    start += key.id;
    std::string stream_header(crypto_secretstream_xchacha20poly1305_HEADERBYTES, '\0');
    crypto_secretstream_xchacha20poly1305_init_push(&writer.stream_, raw(stream_header),
                                                    key.key.bytes().data());
    start += stream_header;
    SEGURIFAI_TRY(writer.append(start));
    SEGURIFAI_TRY(writer.seal(header, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE, start));
    return writer;
}

Result<void> SealedWriter::append(std::string_view bytes) {
    SEGURIFAI_TRY(file_->write_at(size_, bytes));
    size_ += bytes.size();
    crypto_generichash_update(&checksum_, raw(bytes), bytes.size());
    return {};
}

Result<void> SealedWriter::seal(std::string_view record, unsigned char tag,
                                std::string_view bound) {
    if (record.size() > kRecordBytesMax)
        return fail(Code::kTooLong, "A record of a backup is longer than 8 MiB.");
    sealed_.clear();
    put(sealed_, static_cast<std::uint32_t>(record.size() + kOverhead));
    sealed_.resize(sizeof(std::uint32_t) + record.size() + kOverhead);
    crypto_secretstream_xchacha20poly1305_push(&stream_, raw(sealed_) + sizeof(std::uint32_t),
                                               nullptr, raw(record), record.size(), raw(bound),
                                               bound.size(), tag);
    return append(sealed_);
}

Result<void> SealedWriter::add(std::string_view record) {
    return seal(record, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE, {});
}

Result<void> SealedWriter::sync() {
    return file_->sync();
}

Result<std::string> SealedWriter::finish() {
    SEGURIFAI_TRY(seal({}, crypto_secretstream_xchacha20poly1305_TAG_FINAL, {}));
    const std::string digest = end_of(checksum_);
    SEGURIFAI_TRY(file_->write_at(size_, digest));
    size_ += digest.size();
    SEGURIFAI_TRY(file_->sync());
    file_.reset();
    return security::hex(security::bytes_of(digest));
}

std::unexpected<Error> SealedReader::damaged(std::string_view what) const {
    return fail(Code::kCorrupt,
                fmt::format("{} is damaged: {} at byte {}.", path_.string(), what, offset_));
}

Result<std::string> SealedReader::take(std::size_t size) {
    std::string bytes(size, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, file_->read_at(offset_, bytes));
    if (given != size) return damaged("it ends too early");
    offset_ += size;
    crypto_generichash_update(&checksum_, raw(bytes), bytes.size());
    return bytes;
}

Result<std::string> SealedReader::open_record(std::string_view bound, bool& is_last) {
    SEGURIFAI_TRY_AS(const std::string size_bytes, take(sizeof(std::uint32_t)));
    std::string_view rest = size_bytes;
    const auto size = backup::take<std::uint32_t>(rest);
    if (size < kOverhead || size > kRecordBytesMax + kOverhead)
        return damaged("a record has an impossible size");
    SEGURIFAI_TRY_AS(const std::string sealed, take(size));
    std::string record(size - kOverhead, '\0');
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&stream_, raw(record), nullptr, &tag,
                                                   raw(sealed), sealed.size(), raw(bound),
                                                   bound.size()) != 0)
        return damaged("a record is not as it was written");
    is_last = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    return record;
}

Result<SealedReader> SealedReader::open(Files& files, std::filesystem::path path,
                                        std::span<const security::SigningKey> keys) {
    security::prepare_sodium();
    SEGURIFAI_TRY_AS(auto file, files.open(path));
    SealedReader reader(std::move(file), std::move(path));
    crypto_generichash_init(&reader.checksum_, nullptr, 0, kChecksumBytes);
    SEGURIFAI_TRY_AS(std::string start, reader.take(kMagic.size() + 1));
    if (!start.starts_with(kMagic)) return reader.damaged("it does not begin as a backup does");
    const auto id_size = static_cast<unsigned char>(start.back());
    SEGURIFAI_TRY_AS(const std::string id, reader.take(id_size));
    SEGURIFAI_TRY_AS(const std::string stream_header,
                     reader.take(crypto_secretstream_xchacha20poly1305_HEADERBYTES));
    const auto key = std::ranges::find(keys, id, &security::SigningKey::id);
    if (key == keys.end())
        return fail(Code::kPermission,
                    fmt::format("{} is sealed with the key '{}', which is not among the secrets "
                                "of this installation: add it to secrets.toml.",
                                reader.path_.string(), security::is_key_id(id) ? id : "?"));
    if (crypto_secretstream_xchacha20poly1305_init_pull(&reader.stream_, raw(stream_header),
                                                        key->key.bytes().data()) != 0)
        return reader.damaged("its start is not as it was written");
    start += id;
    start += stream_header;
    bool is_last = false;
    SEGURIFAI_TRY_AS(reader.header_, reader.open_record(start, is_last));
    if (is_last) return reader.damaged("it ends before its content");
    return reader;
}

Result<std::optional<std::string>> SealedReader::next() {
    bool is_last = false;
    SEGURIFAI_TRY_AS(std::string record, open_record({}, is_last));
    if (!is_last) return std::optional(std::move(record));
    const std::string digest = end_of(checksum_);
    std::string stored(digest.size() + 1, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, file_->read_at(offset_, stored));
    stored.resize(given);
    if (stored != digest) return damaged("its checksum is another");
    checksum_text_ = security::hex(security::bytes_of(digest));
    return std::optional<std::string>();
}

}  // namespace segurifai::backup

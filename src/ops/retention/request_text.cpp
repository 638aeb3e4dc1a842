#include "ops/retention/request_text.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <zstd.h>

#include <array>
#include <optional>

#include "model/json_mapping.hpp"
#include "security/encoding.hpp"

namespace segurifai::retention {
namespace {

/// Higher levels gain a fifth at most, and take many times as long.
constexpr int kLevel = 3;

constexpr std::string_view kLineBegin = R"({"table":")";
constexpr std::string_view kLineMiddle = R"(","row":)";

std::string sha256(std::string_view text) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
    const auto bytes = security::bytes_of(text);
    crypto_hash_sha256(digest.data(), bytes.data(), bytes.size());
    return security::hex(digest);
}

std::unexpected<Error> damaged(const archive::ArchivedRequest& archived) {
    return fail_damaged(archived.request_number,
                        fmt::format("The archive of {} is damaged: bring it back from a backup.",
                                    archived.request_number));
}

/// The row of one line.
Result<model::Record> row_of(const model::Registry& registry, std::string_view line) {
    const auto no_line = [] {
        return fail(Code::kCorrupt, "An archived request holds a line that is no row.");
    };
    if (!line.starts_with(kLineBegin) || !line.ends_with('}')) return no_line();
    line = line.substr(kLineBegin.size(), line.size() - kLineBegin.size() - 1);
    const std::size_t middle = line.find(kLineMiddle);
    if (middle == std::string_view::npos) return no_line();
    const std::string_view name = line.substr(0, middle);
    const model::Table* table = registry.find(name);
    if (table == nullptr)
        return fail(
            Code::kUnsupported,
            fmt::format("An archived request holds rows of {}, a table that is no more.", name));
    return model::parse_record(model::plan_of(*table), line.substr(middle + kLineMiddle.size()));
}

}  // namespace

std::string text_of(std::span<const model::Record> rows) {
    std::string text;
    for (const model::Record& row : rows) {
        text += kLineBegin;
        text += row.table().name;
        text += kLineMiddle;
        model::append_json(text, row, {.leave_out_credentials = false});
        text += "}\n";
    }
    return text;
}

Result<std::vector<model::Record>> rows_of(const model::Registry& registry, std::string_view text) {
    std::vector<model::Record> rows;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos)
            return fail(Code::kCorrupt, "An archived request ends in the middle of a line.");
        SEGURIFAI_TRY_AS(auto row, row_of(registry, text.substr(0, end)));
        rows.push_back(std::move(row));
        text.remove_prefix(end + 1);
    }
    return rows;
}

Packer::Packer() : packing_(ZSTD_createCCtx()), unpacking_(ZSTD_createDCtx()) {
    if (!packing_ || !unpacking_) throw std::bad_alloc();
}

void Packer::Free::operator()(ZSTD_CCtx_s* context) const noexcept {
    ZSTD_freeCCtx(context);
}

void Packer::Free::operator()(ZSTD_DCtx_s* context) const noexcept {
    ZSTD_freeDCtx(context);
}

void Packer::pack(std::string_view text, archive::ArchivedRequest& archived) {
    std::vector<std::uint8_t> packed(ZSTD_compressBound(text.size()));
    // With room for the worst case, compressing fails for want of memory only.
    const std::size_t size = ZSTD_compressCCtx(packing_.get(), packed.data(), packed.size(),
                                               text.data(), text.size(), kLevel);
    if (ZSTD_isError(size) != 0) throw std::bad_alloc();
    archived.text_bytes = static_cast<std::int32_t>(text.size());
    archived.text_sha256 = sha256(text);
    archived.packed = security::base64url(std::span(packed).first(size));
}

Result<std::string> Packer::unpack(const archive::ArchivedRequest& archived) {
    const std::optional<std::string> packed = security::base64url_decode(archived.packed);
    const auto bytes = static_cast<std::size_t>(archived.text_bytes);
    if (!packed || ZSTD_getFrameContentSize(packed->data(), packed->size()) != bytes)
        return damaged(archived);
    std::string text(bytes, '\0');
    const std::size_t size = ZSTD_decompressDCtx(unpacking_.get(), text.data(), text.size(),
                                                 packed->data(), packed->size());
    if (ZSTD_isError(size) != 0 || size != text.size() || sha256(text) != archived.text_sha256)
        return damaged(archived);
    return text;
}

Result<std::string> unpack(const archive::ArchivedRequest& archived) {
    return Packer().unpack(archived);
}

}  // namespace segurifai::retention

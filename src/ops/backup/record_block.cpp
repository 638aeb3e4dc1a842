#include "ops/backup/record_block.hpp"

#include <fmt/format.h>

namespace segurifai::backup {
namespace {

/// The fastest: on pages, higher levels win a tenth of the size for several times the work.
constexpr int kCompression = 1;

/// Where the system gives no other thread, the one that takes does the work.
std::launch where(bool on_another_thread) noexcept {
    return on_another_thread ? std::launch::async | std::launch::deferred : std::launch::deferred;
}

}  // namespace

void PackingBlock::begin(std::uint64_t number, bool on_another_thread) {
    packed_ = std::async(where(on_another_thread), [this, number] { return pack(number); });
}

Result<void> PackingBlock::pack(std::uint64_t number) {
    std::size_t size = 0;
    compressed_.resize_and_overwrite(
        ZSTD_compressBound(content_.size()), [&](char* out, std::size_t room) {
            size = ZSTD_compressCCtx(context_.get(), out, room, content_.data(), content_.size(),
                                     kCompression);
            return ZSTD_isError(size) != 0 ? 0 : size;
        });
    if (ZSTD_isError(size) != 0)
        return fail(Code::kInternal, fmt::format("zstd failed: {}", ZSTD_getErrorName(size)));
    sealed_.clear();
    seal_.seal(number, compressed_, {}, sealed_);
    return {};
}

Result<std::string_view> PackingBlock::take() {
    SEGURIFAI_TRY(packed_.get());
    content_.clear();
    return sealed_;
}

void UnpackingBlock::begin(bool on_another_thread) {
    unpacked_ = std::async(where(on_another_thread), [this] { return unpack(); });
}

UnpackingBlock::Outcome UnpackingBlock::unpack() {
    if (!seal_.open(record_.number, record_.bytes, {}, compressed_)) return Outcome::kForged;
    const unsigned long long size =
        ZSTD_getFrameContentSize(compressed_.data(), compressed_.size());
    if (size == 0 || size > kContentBytesMax) return Outcome::kNotUnderstood;
    bool is_whole = false;
    content_.resize_and_overwrite(size, [&](char* out, std::size_t room) {
        is_whole = ZSTD_decompressDCtx(context_.get(), out, room, compressed_.data(),
                                       compressed_.size()) == size;
        return is_whole ? size : 0;
    });
    return is_whole ? Outcome::kUnpacked : Outcome::kNotUnderstood;
}

UnpackingBlock::Outcome UnpackingBlock::take() {
    return unpacked_.get();
}

}  // namespace segurifai::backup

#include "ops/backup/record_block.hpp"

#include <fmt/format.h>

#include <thread>

#include "ops/backup/background.hpp"

namespace segurifai::backup {
namespace {

/// The fastest: on pages, higher levels win a tenth of the size for several times the work.
constexpr int kCompression = 1;

/// Where the system gives no other thread, the one that takes does the work.
std::launch where(Worker worker) noexcept {
    return worker == Worker::kCaller ? std::launch::deferred
                                     : std::launch::async | std::launch::deferred;
}

}  // namespace

void PackingBlock::begin(std::uint64_t number, Worker worker) {
    const auto work = [this, number, worker, caller = std::this_thread::get_id()] {
        const bool is_own = std::this_thread::get_id() != caller;
        if (worker == Worker::kPatient && is_own) take_what_is_left();
        return pack(number);
    };
    packed_ = std::async(where(worker), work);
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

void UnpackingBlock::begin(Worker worker) {
    unpacked_ = std::async(where(worker), [this] { return unpack(); });
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

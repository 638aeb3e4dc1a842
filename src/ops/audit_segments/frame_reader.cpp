#include "ops/audit_segments/frame_reader.hpp"

#include <new>

#include "ops/audit_segments/chain.hpp"
#include "ops/audit_segments/segment_writer.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr int kWindowLogMax = 23;  // 8 MiB: what level 3 asks for is far below

}  // namespace

FrameReader::FrameReader(StoredFile& file)
    : file_(file), context_(ZSTD_createDCtx()), buffer_(kReadBytes) {
    if (!context_) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
}

Result<std::optional<Frame>> FrameReader::next() {
    SEGURIFAI_TRY_AS(bool more, fill());
    if (!more) return std::nullopt;
    Frame frame;
    Sha256 sum;
    std::string piece(ZSTD_DStreamOutSize(), '\0');
    for (;;) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        const std::size_t before = input_.pos;
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &input_);
        if (ZSTD_isError(left) != 0) {
            frame.damage = std::string("cannot be decompressed (") + ZSTD_getErrorName(left) + ")";
            return frame;
        }
        sum.add({buffer_.data() + before, input_.pos - before});
        frame.bytes += static_cast<std::int64_t>(input_.pos - before);
        frame.text.append(piece.data(), out.pos);
        if (frame.text.size() > kFrameBytesMax) {
            frame.damage = "is larger than any that was written";
            return frame;
        }
        if (left == 0) break;
        if (out.pos == out.size) continue;  // there may be more without more input
        SEGURIFAI_TRY_AS(more, fill());
        if (!more) {
            frame.damage = "is cut off: the file ends within it";
            return frame;
        }
    }
    frame.sha256 = sum.finish();
    return frame;
}

Result<bool> FrameReader::fill() {
    if (input_.pos < input_.size) return true;
    SEGURIFAI_TRY_AS(const std::size_t size, file_.read(buffer_));
    input_ = {buffer_.data(), size, 0};
    return size > 0;
}

}  // namespace segurifai::audit_segments

#include "ops/audit_segments/segment_writer.hpp"

#include <new>
#include <utility>

namespace segurifai::audit_segments {
namespace {

// Level 19 saves a fifth of the room and takes a hundred times as long.
constexpr int kLevel = 3;

}  // namespace

SegmentWriter::SegmentWriter(NewFile& file, std::string begins, std::size_t frame_bytes)
    : file_(file),
      context_(ZSTD_createCCtx()),
      frame_bytes_(frame_bytes),
      begins_(begins),
      head_(std::move(begins)) {
    if (!context_) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

Result<void> SegmentWriter::add(std::string_view event) {
    head_ = chain_next(head_, event);
    text_ += line_of(event, head_);
    ++events_;
    ++frame_events_;
    if (text_.size() < frame_bytes_) return {};
    return end_frame();
}

Result<void> SegmentWriter::finish() {
    if (text_.empty()) return {};
    return end_frame();
}

Result<void> SegmentWriter::end_frame() {
    packed_.resize(ZSTD_compressBound(text_.size()));
    const std::size_t size =
        ZSTD_compress2(context_.get(), packed_.data(), packed_.size(), text_.data(), text_.size());
    if (ZSTD_isError(size) != 0)
        return fail(Code::kInternal,
                    std::string("A frame could not be compressed: ") + ZSTD_getErrorName(size));
    const std::string_view frame(packed_.data(), size);
    SEGURIFAI_TRY(file_.append(frame));
    sum_.add(frame);
    bytes_ += static_cast<std::int64_t>(size);
    frames_.push_back({.events = frame_events_,
                       .bytes = static_cast<std::int64_t>(size),
                       .sha256 = sha256(frame),
                       .head = head_});
    frame_events_ = 0;
    text_.clear();
    return {};
}

void SegmentWriter::describe(Manifest& manifest) {
    manifest.events = events_;
    manifest.bytes = bytes_;
    manifest.sha256 = sum_.finish();
    manifest.begins = begins_;
    manifest.head = head_;
    manifest.frames = frames_;
}

}  // namespace segurifai::audit_segments

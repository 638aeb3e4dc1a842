#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ops/audit_segments/chain.hpp"
#include "ops/audit_segments/folder.hpp"
#include "ops/audit_segments/manifest.hpp"

namespace segurifai::audit_segments {

/// Text of a frame before it is compressed: small enough to hold, large enough to compress well.
inline constexpr std::size_t kFrameBytes = std::size_t{1} << 20;
/// What a frame holds at the most when it is read: a full frame and one more event, with the two
/// largest JSON values that an event may have.
inline constexpr std::size_t kFrameBytesMax = std::size_t{8} << 20;

/// Writes the events of a month as chained lines in zstd frames.
class SegmentWriter {
public:
    /// `begins`: the chain's hash so far. `frame_bytes`: text after which a frame ends.
    SegmentWriter(NewFile& file, std::string begins, std::size_t frame_bytes);

    [[nodiscard]] Result<void> add(std::string_view event);
    /// Writes the last frame. The file is not synced.
    [[nodiscard]] Result<void> finish();

    [[nodiscard]] std::int64_t events() const noexcept { return events_; }
    /// What the manifest says of the file: its size and sum, head and frames. After finish().
    void describe(Manifest& manifest);

private:
    struct FreeContext {
        void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    };
    [[nodiscard]] Result<void> end_frame();

    NewFile& file_;
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
    std::size_t frame_bytes_;
    std::string begins_;
    std::string head_;
    std::string text_;    ///< lines of the frame so far
    std::string packed_;  ///< a frame compressed; kept for its memory
    Sha256 sum_;
    std::int64_t events_ = 0;
    std::int64_t frame_events_ = 0;
    std::int64_t bytes_ = 0;
    std::vector<FrameFacts> frames_;
};

}  // namespace segurifai::audit_segments

#pragma once

#include <zstd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ops/audit_segments/folder.hpp"

namespace segurifai::audit_segments {

/// A frame decompressed, or why it cannot be.
struct Frame {
    std::string text;
    std::string sha256;
    std::int64_t bytes = 0;
    std::string damage;  ///< empty: it was read whole
};

/// Takes a file apart into its frames, from where the file is read.
class FrameReader {
public:
    /// `file` outlives it.
    explicit FrameReader(StoredFile& file);

    /// The next frame; nothing at the end of the file.
    [[nodiscard]] Result<std::optional<Frame>> next();

private:
    struct FreeContext {
        void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
    };

    /// Whether there is input, read from the file when there was none.
    [[nodiscard]] Result<bool> fill();

    StoredFile& file_;
    std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
    std::vector<char> buffer_;
    ZSTD_inBuffer input_{nullptr, 0, 0};
};

}  // namespace segurifai::audit_segments

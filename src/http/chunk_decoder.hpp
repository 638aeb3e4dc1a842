#pragma once

#include <cstddef>
#include <cstdint>

#include "http/head_guard.hpp"

namespace segurifai::http {

inline constexpr std::size_t kChunkExtensionBytesMax = 256;          ///< of one chunk
inline constexpr std::size_t kChunkExtensionBytesTotalMax = 16'384;  ///< of one body
inline constexpr int kChunkSizeDigitsMax = 15;                       ///< leading zeros included

/// Takes the chunks off a body, strictly: sizes are bare hexadecimal digits, lines end in CR LF,
/// extensions are short and ignored, and any trailer field is refused. Resumes at any byte.
class ChunkDecoder {
public:
    enum class State : std::uint8_t { kMore, kComplete, kRefused };
    struct Step {
        State state = State::kMore;
        std::size_t consumed = 0;  ///< of the input; all of it unless the body ended
        std::size_t produced = 0;
    };

    /// For a body of at most `bytes_max` decoded bytes.
    void reset(std::size_t bytes_max) noexcept;
    /// Decodes `size` bytes at `in` to `out`, which may be `in` or lie before it.
    [[nodiscard]] Step decode(const char* in, std::size_t size, char* out) noexcept;
    [[nodiscard]] const Refused& refused() const noexcept { return refused_; }

private:
    enum class At : std::uint8_t {
        kSize,
        kExtension,
        kSizeLineFeed,
        kData,
        kDataReturn,
        kDataLineFeed,
        kEndReturn,
        kEndLineFeed,
        kDone,
    };

    bool framing(char c) noexcept;
    bool size_byte(char c) noexcept;
    bool refuse(const Refused& why) noexcept;

    Refused refused_;
    std::size_t left_ = 0;  ///< bytes the body may still have
    std::uint64_t chunk_ = 0;
    std::size_t extension_ = 0;
    std::size_t extensions_ = 0;
    int digits_ = 0;
    At at_ = At::kSize;
};

}  // namespace segurifai::http

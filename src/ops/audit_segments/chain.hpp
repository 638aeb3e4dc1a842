#pragma once

#include <sodium.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace segurifai::audit_segments {

/// SHA-256 of bytes that come in pieces.
class Sha256 {
public:
    Sha256() noexcept;
    void add(std::string_view bytes) noexcept;
    /// 64 hexadecimal digits. Nothing is added afterwards.
    [[nodiscard]] std::string finish() noexcept;

private:
    crypto_hash_sha256_state state_;
};

[[nodiscard]] std::string sha256(std::string_view bytes);

// The chain: each event has a hash made of the hash before it and of itself, so that no event can
// be changed, removed, added or moved without every later hash being another.

/// The hash before the first event of all: 64 zeros.
[[nodiscard]] std::string chain_start();

/// The hash of an event: SHA-256 over the 64 digits of the hash before it and the event's text.
[[nodiscard]] std::string chain_next(std::string_view before, std::string_view event);

/// How many digits of its hash an event has beside it. They only say which event is the first that
/// is wrong; whether one is, the whole hash says that the manifest has for each frame.
inline constexpr std::size_t kLineHashSize = 16;

/// A line of a segment, with its line end: {"event":{…},"hash":"0123456789abcdef"}
[[nodiscard]] std::string line_of(std::string_view event, std::string_view hash);

struct Line {
    std::string_view event;
    std::string_view hash;  ///< its first `kLineHashSize` digits
};

/// Takes a line apart, without its line end; nothing when it is not one.
[[nodiscard]] std::optional<Line> split_line(std::string_view line) noexcept;

}  // namespace segurifai::audit_segments

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace segurifai {

class Clock;
class Random;

/// A 128-bit identifier (RFC 9562). Compares bytewise, which is also the order of its text.
struct Uuid {
    std::array<std::uint8_t, 16> bytes{};

    /// Reads the canonical 36-character form, upper or lower case. Anything else is nothing.
    [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;

    /// A new time-ordered identifier (version 7): rows made together stand together in the index.
    [[nodiscard]] static Uuid make(Clock& clock, Random& random);

    /// Writes exactly 36 lower-case characters to `out`.
    void write(char* out) const noexcept;
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

}  // namespace segurifai

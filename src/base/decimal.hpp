#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace segurifai {

/// The largest precision a decimal may have: what an int64 holds, and what a double keeps exactly
/// when SQLite stores it (IEEE 754 binary64 keeps 15 significant decimal digits).
inline constexpr int kDecimalPrecisionMax = 15;

/// 10 to the power of `exponent`, 0 to 18.
[[nodiscard]] constexpr std::int64_t power_of_ten(int exponent) noexcept {
    std::int64_t power = 1;
    for (int i = 0; i < exponent; ++i) power *= 10;
    return power;
}

/// Reads "-12.5" as an integer count of 10^-scale. Nothing when the text is not a plain decimal
/// number, has more than `scale` digits after the point (zeros excepted) or does not fit
/// `precision` digits in all: a decimal is never rounded on the way in.
[[nodiscard]] std::optional<std::int64_t> parse_decimal(std::string_view text, int precision,
                                                        int scale) noexcept;

/// Writes `unscaled` × 10^-scale with exactly `scale` digits after the point ("39.90").
[[nodiscard]] std::string format_decimal(std::int64_t unscaled, int scale);

/// Writes the same to `out` (at least 24 characters) and returns its length.
std::size_t write_decimal(char* out, std::int64_t unscaled, int scale) noexcept;

/// DECIMAL(P,S): a count of 10^-S. Money is Decimal<10,2>, so `unscaled` is centavos.
template <int P, int S>
struct Decimal {
    static_assert(P >= 1 && P <= kDecimalPrecisionMax && S >= 0 && S <= P);
    static constexpr int kPrecision = P;
    static constexpr int kScale = S;

    std::int64_t unscaled = 0;

    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text) noexcept {
        const auto value = parse_decimal(text, P, S);
        return value ? std::optional(Decimal{*value}) : std::nullopt;
    }
    [[nodiscard]] std::string to_string() const { return format_decimal(unscaled, S); }

    friend auto operator<=>(const Decimal&, const Decimal&) = default;
};

using Money = Decimal<10, 2>;      ///< GTQ, in centavos
using Coordinate = Decimal<9, 6>;  ///< degrees, in millionths

}  // namespace segurifai

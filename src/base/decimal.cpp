#include "base/decimal.hpp"

namespace segurifai {

std::optional<std::int64_t> parse_decimal(std::string_view text, int precision,
                                          int scale) noexcept {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const std::int64_t limit = power_of_ten(precision);
    std::int64_t value = 0;
    int fraction = -1;  // digits seen after the point; -1 before it
    bool any = false;
    for (const char c : text) {
        if (c == '.') {
            if (fraction >= 0 || !any) return std::nullopt;
            fraction = 0;
            continue;
        }
        const auto digit = static_cast<unsigned>(c - '0');
        if (digit > 9) return std::nullopt;
        any = true;
        if (fraction >= scale) {
            if (digit != 0) return std::nullopt;
            continue;
        }
        if (fraction >= 0) ++fraction;
        value = value * 10 + digit;
        if (value >= limit) return std::nullopt;
    }
    if (!any || text.back() == '.') return std::nullopt;
    for (int i = fraction < 0 ? 0 : fraction; i < scale; ++i) {
        value *= 10;
        if (value >= limit) return std::nullopt;
    }
    return negative ? -value : value;
}

std::size_t write_decimal(char* out, std::int64_t unscaled, int scale) noexcept {
    char reversed[24];
    std::size_t size = 0;
    auto magnitude = unscaled < 0 ? 0 - static_cast<std::uint64_t>(unscaled)
                                  : static_cast<std::uint64_t>(unscaled);
    for (int digit = 0; magnitude != 0 || digit <= scale; ++digit) {
        if (digit == scale && scale > 0) reversed[size++] = '.';
        reversed[size++] = static_cast<char>('0' + magnitude % 10);
        magnitude /= 10;
    }
    std::size_t at = 0;
    if (unscaled < 0) out[at++] = '-';
    while (size > 0) out[at++] = reversed[--size];
    return at;
}

std::string format_decimal(std::int64_t unscaled, int scale) {
    char buffer[32];
    return {buffer, write_decimal(buffer, unscaled, scale)};
}

}  // namespace segurifai

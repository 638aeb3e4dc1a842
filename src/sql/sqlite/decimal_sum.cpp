#include "sql/sqlite/decimal_sum.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <optional>
#include <string>

#include "base/decimal.hpp"
#include "sql/sqlite/codec.hpp"

namespace segurifai::sql::sqlite {
namespace {

__extension__ using Wide = __int128;

constexpr int kScale = 9;
constexpr Wide kUnit = power_of_ten(kScale);

/// Memory of one aggregation, which SQLite gives zeroed and aligned to 8 only. The sum counts
/// 10^-9, so 128 bits hold 10^10 rows of the largest decimals.
struct Sum {
    std::array<std::uint64_t, 2> words;
    std::int64_t rows;

    [[nodiscard]] Wide total() const noexcept { return std::bit_cast<Wide>(words); }
    void set_total(Wide total) noexcept { words = std::bit_cast<decltype(words)>(total); }
};

std::optional<Wide> scaled_of(sqlite3_value* value) noexcept {
    if (sqlite3_value_type(value) == SQLITE_INTEGER) return sqlite3_value_int64(value) * kUnit;
    if (sqlite3_value_type(value) != SQLITE_FLOAT) return std::nullopt;
    const double number = sqlite3_value_double(value);
    // The first scale that gives the number back is the decimal that was stored: 15 digits of a
    // double determine one. Money first.
    for (const int scale : {2, 6, 0, 1, 3, 4, 5, 7, 8, 9})
        if (const auto unscaled = unscaled_of(number, scale))
            return *unscaled * static_cast<Wide>(power_of_ten(kScale - scale));
    return std::nullopt;
}

void add(sqlite3_context* context, sqlite3_value* value, int sign) noexcept {
    if (sqlite3_value_type(value) == SQLITE_NULL) return;
    auto* sum = static_cast<Sum*>(sqlite3_aggregate_context(context, sizeof(Sum)));
    if (sum == nullptr) return sqlite3_result_error_nomem(context);
    const auto scaled = scaled_of(value);
    if (!scaled)
        return sqlite3_result_error(
            context, "decimal_sum() takes decimals of at most 15 digits, 9 after the point", -1);
    Wide total = sum->total();
    if (__builtin_add_overflow(total, sign * *scaled, &total))
        return sqlite3_result_error(context, "integer overflow", -1);
    sum->set_total(total);
    sum->rows += sign;
}

/// The double nearest to a sum too long for one exact division: its text, correctly read.
double nearest(Wide total) noexcept {
    std::array<char, 48> digits{};
    std::size_t at = digits.size();
    const bool negative = total < 0;
    auto rest =
        negative ? -static_cast<unsigned __int128>(total) : static_cast<unsigned __int128>(total);
    for (int i = 0; rest != 0 || i <= kScale; ++i) {
        if (i == kScale) digits[--at] = '.';
        digits[--at] = static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    if (negative) digits[--at] = '-';
    double number = 0;
    std::from_chars(digits.data() + at, digits.data() + digits.size(), number);
    return number;
}

void give(sqlite3_context* context) noexcept {
    const auto* sum = static_cast<const Sum*>(sqlite3_aggregate_context(context, 0));
    if (sum == nullptr || sum->rows == 0) return sqlite3_result_null(context);
    const Wide total = sum->total();
    if (total % kUnit == 0) {
        const Wide whole = total / kUnit;
        if (whole >= INT64_MIN && whole <= INT64_MAX)
            return sqlite3_result_int64(context, static_cast<std::int64_t>(whole));
    }
    sqlite3_result_double(context, nearest(total));
}

void on_step(sqlite3_context* context, int, sqlite3_value** values) {
    add(context, values[0], 1);
}
void on_inverse(sqlite3_context* context, int, sqlite3_value** values) {
    add(context, values[0], -1);
}

}  // namespace

int register_decimal_sum(sqlite3* db) noexcept {
    return sqlite3_create_window_function(db, "decimal_sum", 1,
                                          SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                          nullptr, on_step, give, give, on_inverse, nullptr);
}

}  // namespace segurifai::sql::sqlite

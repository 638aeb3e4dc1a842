#include "sql/sqlite/codec.hpp"

#include <fmt/core.h>

#include <array>
#include <cmath>

#include "base/decimal.hpp"
#include "base/json.hpp"

namespace segurifai::sql::sqlite {
namespace {

// Every power here is an exact double, so one division of exact numbers is correctly rounded.
constexpr auto kPowers = [] {
    std::array<double, kDecimalPrecisionMax + 1> powers{};
    for (int i = 0; i <= kDecimalPrecisionMax; ++i)
        powers[static_cast<std::size_t>(i)] = static_cast<double>(power_of_ten(i));
    return powers;
}();
constexpr std::int64_t kUnscaledMax = power_of_ten(kDecimalPrecisionMax) - 1;
constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

std::unexpected<Error> refused(Code code, int number, std::string_view why) {
    return fail(code, fmt::format("Parameter ${} {}.", number, why));
}

int bind_characters(sqlite3_stmt* statement, int index, std::string_view text) noexcept {
    // A null pointer would bind NULL: an empty text still needs an address.
    const char* data = text.data() != nullptr ? text.data() : "";
    return sqlite3_bind_text64(statement, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

std::optional<std::string_view> text_cell(sqlite3_stmt* statement, int column) noexcept {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
    if (data == nullptr) return std::nullopt;  // out of memory
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return std::string_view(data, size);
}

template <class Part>
bool read_parsed(sqlite3_stmt* statement, int column, Value (*make)(Part), Value& out) noexcept {
    const auto text = text_cell(statement, column);
    if (!text) return false;
    const auto parsed = std::remove_cvref_t<Part>::parse(*text);
    if (!parsed) return false;
    out = make(*parsed);
    return true;
}

bool read_number(sqlite3_stmt* statement, int column, bool whole, ValueType want, int scale,
                 Value& out) noexcept {
    if (want == ValueType::kFloat) {
        if (!whole) {
            out = Value::real(sqlite3_column_double(statement, column));
            return true;
        }
        const std::int64_t integer = sqlite3_column_int64(statement, column);
        if (integer > kExactInDouble || integer < -kExactInDouble) return false;
        out = Value::real(static_cast<double>(integer));
        return true;
    }
    if (want == ValueType::kDecimal) {
        if (scale < 0 || scale > kDecimalPrecisionMax) return false;
        if (!whole) {
            const auto unscaled = unscaled_of(sqlite3_column_double(statement, column), scale);
            if (!unscaled) return false;
            out = Value::decimal(*unscaled, scale);
            return true;
        }
        std::int64_t unscaled = 0;
        if (__builtin_mul_overflow(sqlite3_column_int64(statement, column), power_of_ten(scale),
                                   &unscaled) ||
            unscaled > kUnscaledMax || unscaled < -kUnscaledMax)
            return false;
        out = Value::decimal(unscaled, scale);
        return true;
    }
    if (!whole) return false;
    const std::int64_t integer = sqlite3_column_int64(statement, column);
    if (want == ValueType::kInteger) {
        out = Value::integer(integer);
        return true;
    }
    if (want != ValueType::kBoolean || (integer != 0 && integer != 1)) return false;
    out = Value::boolean(integer == 1);
    return true;
}

bool read_text(sqlite3_stmt* statement, int column, ValueType want, Value& out) noexcept {
    switch (want) {
        case ValueType::kUuid: return read_parsed<const Uuid&>(statement, column, Value::uuid, out);
        case ValueType::kDate: return read_parsed<Date>(statement, column, Value::date, out);
        case ValueType::kInstant:
            return read_parsed<Instant>(statement, column, Value::instant, out);
        case ValueType::kText:
        case ValueType::kJson: {
            const auto text = text_cell(statement, column);
            if (!text || !is_storable_text(*text)) return false;
            if (want == ValueType::kJson && text->empty()) return false;
            out = want == ValueType::kText ? Value::text(*text) : Value::json(*text);
            return true;
        }
        default: return false;
    }
}

Result<void> bind_decimal(sqlite3_stmt* statement, int index, int number, const Value& value,
                          int& code) {
    const std::int64_t unscaled = value.as_unscaled();
    if (value.scale() > kDecimalPrecisionMax || unscaled > kUnscaledMax || unscaled < -kUnscaledMax)
        return refused(Code::kOutOfRange, number, "has more than 15 digits");
    code = sqlite3_bind_double(
        statement, index,
        static_cast<double>(unscaled) / kPowers[static_cast<std::size_t>(value.scale())]);
    return {};
}

}  // namespace

std::optional<std::int64_t> unscaled_of(double number, int scale) noexcept {
    const double power = kPowers[static_cast<std::size_t>(scale)];
    const double scaled = number * power;
    if (!(std::fabs(scaled) <= static_cast<double>(kUnscaledMax) + 0.25)) return std::nullopt;
    const std::int64_t unscaled = std::llround(scaled);
    if (static_cast<double>(unscaled) / power != number) return std::nullopt;
    return unscaled;
}

Result<void> bind_value(sqlite3_stmt* statement, int index, int number, const Value& value,
                        char* room) {
    int code = SQLITE_OK;
    if (value.is_null()) {
        code = sqlite3_bind_null(statement, index);
    } else {
        switch (value.type()) {
            case ValueType::kBoolean:
            case ValueType::kInteger:
                code = sqlite3_bind_int64(statement, index, value.as_integer());
                break;
            case ValueType::kFloat:
                // SQLite would store NULL in its place.
                if (std::isnan(value.as_real()))
                    return refused(Code::kInvalid, number, "is not a number (NaN)");
                code = sqlite3_bind_double(statement, index, value.as_real());
                break;
            case ValueType::kDecimal:
                SEGURIFAI_TRY(bind_decimal(statement, index, number, value, code));
                break;
            case ValueType::kText:
            case ValueType::kJson:
                if (!is_storable_text(value.as_text()))
                    return refused(Code::kInvalid, number,
                                   "is not valid UTF-8 text, or holds the character U+0000");
                code = bind_characters(statement, index, value.as_text());
                break;
            case ValueType::kUuid:
                value.as_uuid().write(room);
                code = bind_characters(statement, index, {room, 36});
                break;
            case ValueType::kDate:
                if (value.as_date().days < kDateMinDays || value.as_date().days > kDateMaxDays)
                    return refused(Code::kOutOfRange, number, "is outside the years 1 to 9999");
                value.as_date().write(room);
                code = bind_characters(statement, index, {room, Date::kTextSize});
                break;
            case ValueType::kInstant:
                if (value.as_instant().micros < kInstantMinMicros ||
                    value.as_instant().micros > kInstantMaxMicros)
                    return refused(Code::kOutOfRange, number, "is outside the years 1 to 9999");
                value.as_instant().write_stored(room);
                code = bind_characters(statement, index, {room, Instant::kStoredSize});
                break;
        }
    }
    if (code == SQLITE_TOOBIG) return refused(Code::kTooLong, number, "is too long to store");
    if (code != SQLITE_OK) return refused(Code::kInternal, number, "could not be bound");
    return {};
}

bool read_cell(sqlite3_stmt* statement, int column, ValueType want, int scale,
               Value& out) noexcept {
    switch (sqlite3_column_type(statement, column)) {
        case SQLITE_NULL: out = Value::null(want, scale); return true;
        case SQLITE_INTEGER: return read_number(statement, column, true, want, scale, out);
        case SQLITE_FLOAT: return read_number(statement, column, false, want, scale, out);
        case SQLITE_TEXT: return read_text(statement, column, want, out);
        default: return false;
    }
}

}  // namespace segurifai::sql::sqlite

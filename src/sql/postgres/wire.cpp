#include "sql/postgres/wire.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <optional>

#include "base/decimal.hpp"
#include "base/json.hpp"
#include "sql/postgres/jsonb_text.hpp"

namespace segurifai::sql::postgres {
namespace {

constexpr std::int32_t kEpochDays = 10'957;  // 2000-01-01 since 1970-01-01
constexpr std::int64_t kEpochMicros = kEpochDays * kMicrosPerDay;
constexpr std::int64_t kNumericBase = 10'000;
constexpr std::uint16_t kNumericNegative = 0x4000;
constexpr char kJsonbVersion = 1;

template <class Unsigned>
void append_big_endian(std::string& out, Unsigned value) {
    char bytes[sizeof value];
    for (std::size_t i = 0; i < sizeof value; ++i)
        bytes[i] = static_cast<char>(value >> (8 * (sizeof value - 1 - i)));
    out.append(bytes, sizeof value);
}

template <class Unsigned>
Unsigned read_big_endian(std::string_view bytes) noexcept {
    Unsigned value = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
        value = static_cast<Unsigned>((value << 8) | static_cast<unsigned char>(bytes[i]));
    return value;
}

Result<void> check_text(std::string_view text) {
    if (is_storable_text(text)) return {};
    return fail(Code::kInvalid, "A text is not well-formed UTF-8 or holds the character U+0000.");
}

Result<void> append_text(std::string& out, std::string_view text) {
    SEGURIFAI_TRY(check_text(text));
    out += text;
    return {};
}

/// A numeric as it arrives: base-10000 digits, the first worth 10000^weight.
struct Numeric {
    std::string_view digits;
    int count = 0;
    int weight = 0;
    bool negative = false;

    [[nodiscard]] int digit(int i) const noexcept {
        return read_big_endian<std::uint16_t>(digits.substr(static_cast<std::size_t>(i) * 2));
    }

    /// Nothing for NaN and the infinities.
    static std::optional<Numeric> read(std::string_view cell) noexcept {
        if (cell.size() < 8) return std::nullopt;
        Numeric numeric;
        numeric.count = static_cast<std::int16_t>(read_big_endian<std::uint16_t>(cell));
        numeric.weight = static_cast<std::int16_t>(read_big_endian<std::uint16_t>(cell.substr(2)));
        const auto sign = read_big_endian<std::uint16_t>(cell.substr(4));
        if (sign != 0 && sign != kNumericNegative) return std::nullopt;
        numeric.negative = sign == kNumericNegative;
        numeric.digits = cell.substr(8);
        if (numeric.count < 0 ||
            numeric.digits.size() != static_cast<std::size_t>(numeric.count) * 2)
            return std::nullopt;
        return numeric;
    }
};

/// The numeric as a count of 10^-scale; nothing when that is not exact or not an int64.
std::optional<std::int64_t> unscaled_of(const Numeric& numeric, int scale) noexcept {
    std::int64_t value = 0;  // built negative, so that the smallest int64 fits
    for (int i = 0; i < numeric.count; ++i) {
        // The decimal place of this group's last digit, counted from 10^-scale.
        const int place = (numeric.weight - i) * 4 + scale;
        int group = numeric.digit(i);
        if (group == 0) continue;
        std::int64_t factor = 1;
        if (place >= 0) {
            if (place > 18) return std::nullopt;
            factor = power_of_ten(place);
        } else if (place > -4) {
            const auto divisor = static_cast<int>(power_of_ten(-place));
            if (group % divisor != 0) return std::nullopt;
            group /= divisor;
        } else {
            return std::nullopt;
        }
        std::int64_t part = 0;
        if (__builtin_mul_overflow(-static_cast<std::int64_t>(group), factor, &part) ||
            __builtin_add_overflow(value, part, &value))
            return std::nullopt;
    }
    if (numeric.negative) return value;
    if (value == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return -value;
}

/// The nearest double, by way of the decimal text, which from_chars rounds correctly.
double real_of(const Numeric& numeric) {
    std::string text = numeric.negative ? "-0." : "0.";
    for (int i = 0; i < numeric.count; ++i) {
        const auto group = std::to_string(kNumericBase + numeric.digit(i));
        text.append(group, 1);
    }
    text += 'e';
    text += std::to_string((numeric.weight + 1) * 4);
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::optional<std::int64_t> integer_of(Oid type, std::string_view cell) noexcept {
    switch (type) {
        case kInt2:
            if (cell.size() != 2) return std::nullopt;
            return static_cast<std::int16_t>(read_big_endian<std::uint16_t>(cell));
        case kInt4:
            if (cell.size() != 4) return std::nullopt;
            return static_cast<std::int32_t>(read_big_endian<std::uint32_t>(cell));
        case kOid:
            if (cell.size() != 4) return std::nullopt;
            return read_big_endian<std::uint32_t>(cell);
        case kInt8:
            if (cell.size() != 8) return std::nullopt;
            return static_cast<std::int64_t>(read_big_endian<std::uint64_t>(cell));
        case kNumeric: {  // sum() of a bigint is a numeric
            const auto numeric = Numeric::read(cell);
            return numeric ? unscaled_of(*numeric, 0) : std::nullopt;
        }
        default: return std::nullopt;
    }
}

std::optional<std::int64_t> decimal_of(Oid type, std::string_view cell, int scale) noexcept {
    if (type == kNumeric) {
        const auto numeric = Numeric::read(cell);
        return numeric ? unscaled_of(*numeric, scale) : std::nullopt;
    }
    const auto whole = integer_of(type, cell);
    std::int64_t unscaled = 0;
    if (!whole || __builtin_mul_overflow(*whole, power_of_ten(scale), &unscaled))
        return std::nullopt;
    return unscaled;
}

std::optional<double> number_of(Oid type, std::string_view cell) {
    if (type == kFloat8 && cell.size() == 8)
        return std::bit_cast<double>(read_big_endian<std::uint64_t>(cell));
    if (type == kFloat4 && cell.size() == 4)
        return std::bit_cast<float>(read_big_endian<std::uint32_t>(cell));
    if (type == kNumeric) {
        const auto numeric = Numeric::read(cell);
        return numeric ? std::optional(real_of(*numeric)) : std::nullopt;
    }
    const auto whole = integer_of(type, cell);
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

bool is_textual(Oid type) noexcept {
    switch (type) {
        case kTextType:
        case kVarchar:
        case kBpchar:
        case kName:
        case kChar:
        case kUnknown: return true;
        default: return false;
    }
}

bool decode_json(Oid type, std::string_view cell, Value& out, std::deque<std::string>& kept) {
    if (type == kJsonb) {
        if (cell.empty() || cell[0] != kJsonbVersion) return false;
        cell.remove_prefix(1);
    } else if (type != kJsonType) {
        return false;
    }
    std::string text;
    text.reserve(cell.size());
    if (type != kJsonb || !append_canonical(text, cell)) {
        auto canonical = Json::parse(cell);
        if (!canonical) return false;
        text = std::move(canonical->text);
    }
    out = Value::json(kept.emplace_back(std::move(text)));
    return true;
}

bool decode_instant(Oid type, std::string_view cell, Value& out) noexcept {
    if ((type != kTimestamptz && type != kTimestamp) || cell.size() != 8) return false;
    const auto since_2000 = static_cast<std::int64_t>(read_big_endian<std::uint64_t>(cell));
    // The infinities are the extreme values, and fall out of this range as the years BC do.
    if (since_2000 < kInstantMinMicros - kEpochMicros ||
        since_2000 > kInstantMaxMicros - kEpochMicros)
        return false;
    out = Value::instant(Instant{since_2000 + kEpochMicros});
    return true;
}

bool decode_date(Oid type, std::string_view cell, Value& out) noexcept {
    if (type != kDateType || cell.size() != 4) return false;
    const auto since_2000 = static_cast<std::int32_t>(read_big_endian<std::uint32_t>(cell));
    if (since_2000 < kDateMinDays - kEpochDays || since_2000 > kDateMaxDays - kEpochDays)
        return false;
    out = Value::date(Date{since_2000 + kEpochDays});
    return true;
}

template <class Narrow>
Result<void> append_narrow(std::string& out, std::int64_t value) {
    if (value < std::numeric_limits<Narrow>::min() || value > std::numeric_limits<Narrow>::max())
        return fail(Code::kOutOfRange, "A number is out of its column's range.");
    append_big_endian(out, static_cast<std::make_unsigned_t<Narrow>>(value));
    return {};
}

Result<void> mismatch() {
    return fail(Code::kInvalid, "A value is not of the kind that its column's type needs.");
}

Result<void> append_integer_as(std::string& out, Oid type, std::int64_t value) {
    switch (type) {
        case kInt2: return append_narrow<std::int16_t>(out, value);
        case kInt4: return append_narrow<std::int32_t>(out, value);
        case kInt8: append_int64(out, value); return {};
        case kFloat8: return append_parameter(out, Value::real(static_cast<double>(value)));
        case kNumeric: append_numeric(out, value, 0); return {};
        default: return mismatch();
    }
}

}  // namespace

void append_int16(std::string& out, std::int16_t value) {
    append_big_endian(out, static_cast<std::uint16_t>(value));
}
void append_int32(std::string& out, std::int32_t value) {
    append_big_endian(out, static_cast<std::uint32_t>(value));
}
void append_int64(std::string& out, std::int64_t value) {
    append_big_endian(out, static_cast<std::uint64_t>(value));
}

Oid parameter_type(ValueType type) noexcept {
    switch (type) {
        case ValueType::kBoolean: return kBool;
        case ValueType::kInteger: return kInt8;
        case ValueType::kFloat: return kFloat8;
        case ValueType::kDecimal: return kNumeric;
        case ValueType::kText: return kTextType;
        case ValueType::kUuid: return kUuidType;
        case ValueType::kDate: return kDateType;
        case ValueType::kInstant: return kTimestamptz;
        case ValueType::kJson: return kJsonb;
    }
    return kUnknown;
}

void append_numeric(std::string& out, std::int64_t unscaled, int scale) {
    // The point must fall between two groups of four digits, so the fraction is filled up with
    // zeros; 19 + 3 digits need more than 64 bits.
    const int fill = (4 - scale % 4) % 4;
    __extension__ using Wide = unsigned __int128;
    Wide magnitude = unscaled < 0 ? 0 - static_cast<std::uint64_t>(unscaled)
                                  : static_cast<std::uint64_t>(unscaled);
    magnitude *= static_cast<std::uint64_t>(power_of_ten(fill));
    int group_place = -(scale + fill) / 4;  // the power of 10000 of the last group
    std::array<std::uint16_t, 8> groups{};  // the lowest first
    std::size_t count = 0;
    for (; magnitude != 0; magnitude /= kNumericBase) {
        const auto group = static_cast<std::uint16_t>(magnitude % kNumericBase);
        if (count == 0 && group == 0) {
            ++group_place;  // trailing zeros are not sent
            continue;
        }
        groups[count++] = group;
    }
    const int weight = count == 0 ? 0 : group_place + static_cast<int>(count) - 1;
    append_int16(out, static_cast<std::int16_t>(count));
    append_int16(out, static_cast<std::int16_t>(weight));
    append_int16(out, static_cast<std::int16_t>(unscaled < 0 ? kNumericNegative : 0));
    append_int16(out, static_cast<std::int16_t>(scale));
    while (count > 0) append_int16(out, static_cast<std::int16_t>(groups[--count]));
}

Result<void> append_parameter(std::string& out, const Value& value) {
    switch (value.type()) {
        case ValueType::kBoolean: out += value.as_boolean() ? '\1' : '\0'; return {};
        case ValueType::kInteger: append_int64(out, value.as_integer()); return {};
        case ValueType::kFloat:
            append_big_endian(out, std::bit_cast<std::uint64_t>(value.as_real()));
            return {};
        case ValueType::kDecimal:
            append_numeric(out, value.as_unscaled(), value.scale());
            return {};
        case ValueType::kText: return append_text(out, value.as_text());
        case ValueType::kUuid: {
            const Uuid uuid = value.as_uuid();
            out.append(reinterpret_cast<const char*>(uuid.bytes.data()), uuid.bytes.size());
            return {};
        }
        case ValueType::kDate: append_int32(out, value.as_date().days - kEpochDays); return {};
        case ValueType::kInstant:
            append_int64(out, value.as_instant().micros - kEpochMicros);
            return {};
        case ValueType::kJson: out += kJsonbVersion; return append_text(out, value.as_text());
    }
    return mismatch();
}

Result<void> check_parameters(Params params) {
    for (const Value& value : params)
        if (value.type() == ValueType::kText || value.type() == ValueType::kJson)
            if (!value.is_null()) SEGURIFAI_TRY(check_text(value.as_text()));
    return {};
}

Result<void> append_as(std::string& out, Oid type, const Value& value) {
    if (value.type() == ValueType::kInteger)
        return append_integer_as(out, type, value.as_integer());
    if (type == parameter_type(value.type())) return append_parameter(out, value);
    switch (value.type()) {
        case ValueType::kText:
            if (is_textual(type) && type != kChar) return append_text(out, value.as_text());
            break;
        case ValueType::kJson:
            if (type == kJsonType) return append_text(out, value.as_text());
            break;
        case ValueType::kInstant:
            if (type == kTimestamp) return append_parameter(out, value);
            break;
        case ValueType::kFloat:
            if (type == kFloat4) {
                const auto narrow = static_cast<float>(value.as_real());
                append_big_endian(out, std::bit_cast<std::uint32_t>(narrow));
                return {};
            }
            break;
        default: break;
    }
    return mismatch();
}

bool decode(Oid type, std::string_view cell, ValueType want, int scale, Value& out,
            std::deque<std::string>& kept) {
    switch (want) {
        case ValueType::kBoolean:
            if (type != kBool || cell.size() != 1) return false;
            out = Value::boolean(cell[0] != 0);
            return true;
        case ValueType::kInteger: {
            const auto value = integer_of(type, cell);
            if (value) out = Value::integer(*value);
            return value.has_value();
        }
        case ValueType::kFloat: {
            const auto value = number_of(type, cell);
            if (value) out = Value::real(*value);
            return value.has_value();
        }
        case ValueType::kDecimal: {
            const auto value = decimal_of(type, cell, scale);
            if (value) out = Value::decimal(*value, scale);
            return value.has_value();
        }
        case ValueType::kText:
            if (!is_textual(type)) return false;
            out = Value::text(cell);
            return true;
        case ValueType::kUuid: {
            if (type != kUuidType || cell.size() != 16) return false;
            Uuid uuid;
            std::memcpy(uuid.bytes.data(), cell.data(), 16);
            out = Value::uuid(uuid);
            return true;
        }
        case ValueType::kDate: return decode_date(type, cell, out);
        case ValueType::kInstant: return decode_instant(type, cell, out);
        case ValueType::kJson: return decode_json(type, cell, out, kept);
    }
    return false;
}

}  // namespace segurifai::sql::postgres

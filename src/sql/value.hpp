#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/uuid.hpp"

namespace segurifai::sql {

/// The kinds of value that cross the border to an engine. Each engine knows how it stores each.
enum class ValueType : std::uint8_t {
    kBoolean,
    kInteger,  ///< up to 64 bits
    kFloat,
    kDecimal,  ///< unscaled int64 with a scale
    kText,
    kUuid,
    kDate,
    kInstant,
    kJson,  ///< canonical JSON text
};

/// One cell or parameter: small, trivially copyable, typed also when it is NULL (so that
/// PostgreSQL always knows the parameter's type). Text and JSON are borrowed: whoever makes a
/// Value keeps the characters alive for as long as it is used.
class Value {
public:
    Value() noexcept : Value(null(ValueType::kText)) {}

    [[nodiscard]] static Value null(ValueType type, int scale = 0) noexcept {
        Value value(type, true);
        value.scale_ = static_cast<std::uint8_t>(scale);
        return value;
    }
    [[nodiscard]] static Value boolean(bool b) noexcept {
        Value value(ValueType::kBoolean, false);
        value.data_.integer = b ? 1 : 0;
        return value;
    }
    [[nodiscard]] static Value integer(std::int64_t i) noexcept {
        Value value(ValueType::kInteger, false);
        value.data_.integer = i;
        return value;
    }
    [[nodiscard]] static Value real(double d) noexcept {
        Value value(ValueType::kFloat, false);
        value.data_.real = d;
        return value;
    }
    [[nodiscard]] static Value decimal(std::int64_t unscaled, int scale) noexcept {
        Value value(ValueType::kDecimal, false);
        value.data_.integer = unscaled;
        value.scale_ = static_cast<std::uint8_t>(scale);
        return value;
    }
    [[nodiscard]] static Value text(std::string_view characters) noexcept {
        return view(ValueType::kText, characters);
    }
    [[nodiscard]] static Value json(std::string_view characters) noexcept {
        return view(ValueType::kJson, characters);
    }
    [[nodiscard]] static Value uuid(const Uuid& uuid) noexcept {
        Value value(ValueType::kUuid, false);
        std::memcpy(value.data_.bytes, uuid.bytes.data(), 16);
        return value;
    }
    [[nodiscard]] static Value date(Date date) noexcept {
        Value value(ValueType::kDate, false);
        value.data_.integer = date.days;
        return value;
    }
    [[nodiscard]] static Value instant(Instant instant) noexcept {
        Value value(ValueType::kInstant, false);
        value.data_.integer = instant.micros;
        return value;
    }

    [[nodiscard]] ValueType type() const noexcept { return type_; }
    [[nodiscard]] bool is_null() const noexcept { return null_; }
    [[nodiscard]] int scale() const noexcept { return scale_; }

    // Each accessor belongs to its type; the caller has looked at type() and is_null().
    [[nodiscard]] bool as_boolean() const noexcept { return data_.integer != 0; }
    [[nodiscard]] std::int64_t as_integer() const noexcept { return data_.integer; }
    [[nodiscard]] double as_real() const noexcept { return data_.real; }
    [[nodiscard]] std::int64_t as_unscaled() const noexcept { return data_.integer; }
    [[nodiscard]] std::string_view as_text() const noexcept {
        return {data_.view.data, data_.view.size};
    }
    [[nodiscard]] Uuid as_uuid() const noexcept {
        Uuid uuid;
        std::memcpy(uuid.bytes.data(), data_.bytes, 16);
        return uuid;
    }
    [[nodiscard]] Date as_date() const noexcept {
        return Date{static_cast<std::int32_t>(data_.integer)};
    }
    [[nodiscard]] Instant as_instant() const noexcept { return Instant{data_.integer}; }

    /// Equal type, nullness and content.
    friend bool operator==(const Value& a, const Value& b) noexcept;

private:
    Value(ValueType type, bool null) noexcept : type_(type), null_(null) {
        std::memset(&data_, 0, sizeof data_);
    }
    static Value view(ValueType type, std::string_view characters) noexcept {
        Value value(type, false);
        value.data_.view = {characters.data(), characters.size()};
        return value;
    }

    struct View {
        const char* data;
        std::size_t size;
    };
    union Data {
        std::int64_t integer;
        double real;
        View view;
        std::uint8_t bytes[16];
    };

    Data data_;
    ValueType type_;
    bool null_;
    std::uint8_t scale_ = 0;
};

using Params = std::span<const Value>;

/// A Value that owns its characters: for rows kept beyond the statement that read them.
class OwnedValue {
public:
    OwnedValue() = default;
    explicit OwnedValue(const Value& value);
    OwnedValue(const OwnedValue& other) : OwnedValue(other.view()) {}
    OwnedValue(OwnedValue&& other) noexcept;
    OwnedValue& operator=(OwnedValue other) noexcept;
    ~OwnedValue() = default;

    /// The borrowed form; valid while this object lives and is not assigned to.
    [[nodiscard]] Value view() const noexcept;

    friend bool operator==(const OwnedValue& a, const OwnedValue& b) noexcept {
        return a.view() == b.view();
    }

private:
    Value value_;
    std::string characters_;
};

/// The value as a person reads it ("NULL", "39.90", "2026-02-03 …"): for messages and tests.
[[nodiscard]] std::string to_display(const Value& value);

}  // namespace segurifai::sql

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// The types of the specification. Each has one storage form per engine and one JSON form.
enum class Type : std::uint8_t {
    kBoolean,
    kInteger,     ///< 32 bits
    kBigInteger,  ///< 64 bits; for tables of ours
    kFloat,       ///< IEEE 754 binary64, finite
    kDecimal,     ///< (precision, scale)
    kVarchar,     ///< up to `length` characters
    kChar,        ///< exactly `length` characters
    kText,
    kUuid,
    kDate,
    kDateTime,  ///< UTC, microseconds
    kJson,
};

/// Asked of each cell of each row.
[[nodiscard]] constexpr sql::ValueType value_type(Type type) noexcept {
    switch (type) {
        case Type::kBoolean: return sql::ValueType::kBoolean;
        case Type::kInteger:
        case Type::kBigInteger: return sql::ValueType::kInteger;
        case Type::kFloat: return sql::ValueType::kFloat;
        case Type::kDecimal: return sql::ValueType::kDecimal;
        case Type::kVarchar:
        case Type::kChar:
        case Type::kText: return sql::ValueType::kText;
        case Type::kUuid: return sql::ValueType::kUuid;
        case Type::kDate: return sql::ValueType::kDate;
        case Type::kDateTime: return sql::ValueType::kInstant;
        case Type::kJson: return sql::ValueType::kJson;
    }
    return sql::ValueType::kText;
}

/// "VARCHAR(254)", "DECIMAL(10,2)": the specification's spelling.
[[nodiscard]] std::string spelling(Type type, int length, int precision, int scale);

enum class AutoTime : std::uint8_t { kNone, kInsert, kWrite };

/// What happens to a row when its parent is deleted (RULES §0): evidence restricts, a part
/// cascades, an optional link is set to null.
enum class OnDelete : std::uint8_t { kRestrict, kCascade, kSetNull };

/// Whose data a field holds, for exports, erasure, logs and masking. kUnset never starts.
enum class Personal : std::uint8_t {
    kUnset,
    kNone,        ///< says nothing about a person
    kReference,   ///< points at a person (a key), pseudonymous by itself
    kIdentity,    ///< who somebody is: name, identity document, picture
    kContact,     ///< how somebody is reached
    kLocation,    ///< where somebody is or was
    kFinancial,   ///< what somebody pays or holds
    kHealth,      ///< how somebody is
    kContent,     ///< free text or files by or about somebody
    kCredential,  ///< secrets: never leave the database, not even to staff
};

/// How long a row or a field is kept (RULES §11). kUnset never starts.
enum class Retention : std::uint8_t {
    kUnset,
    kTable,            ///< fields only: as the table says
    kReferenceData,    ///< catalogue of the business: kept
    kAccount,          ///< for ever; archived on deletion
    kRequest,          ///< to the archive 2 years after the end, gone at 7 years
    kLocationHistory,  ///< 90 days
    kLedger,           ///< financial evidence: kept with the account
    kSession,          ///< 24 hours
    kAudit,            ///< 2 years
    kOperational,      ///< rows of the platform's own machinery
};

/// A default as the database states it. Decimals, enumerations and JSON are given as text.
class Default {
public:
    enum class Kind : std::uint8_t { kNone, kBoolean, kInteger, kText };

    constexpr Default() = default;
    constexpr Default(bool value) : kind_(Kind::kBoolean), integer_(value ? 1 : 0) {}
    constexpr Default(int value) : kind_(Kind::kInteger), integer_(value) {}
    constexpr Default(const char* value) : kind_(Kind::kText), text_(value) {}

    [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }
    [[nodiscard]] constexpr bool exists() const noexcept { return kind_ != Kind::kNone; }
    [[nodiscard]] constexpr std::int64_t integer() const noexcept { return integer_; }
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    Kind kind_ = Kind::kNone;
    std::int64_t integer_ = 0;
    std::string_view text_;
};

/// Says what is wrong with a value, or nothing when it is right. The value is not NULL.
using Validator = std::optional<std::string> (*)(const sql::Value& value);

/// The facts of a column that a person writes beside its member (see description.hpp).
struct ColumnOptions {
    bool primary_key = false;
    bool identity = false;  ///< the database counts it up
    bool unique = false;
    std::string_view unique_name;  ///< index name without the table's, when not `<column>_key`
    int length = 0;                ///< characters: VARCHAR and CHAR
    Default preset;                ///< the DEFAULT of the column
    AutoTime auto_time = AutoTime::kNone;
    std::string_view references;  ///< parent table; its primary key is what is pointed at
    OnDelete on_delete = OnDelete::kRestrict;
    std::string_view min;  ///< smallest value, as SQL writes it; empty = none
    std::string_view max;  ///< largest value
    JsonKind json = JsonKind::kAny;
    Validator validate = nullptr;
    Retention retention = Retention::kTable;
    std::string_view help;  ///< one line for documentation
};

/// A column as data: everything generic code (mapping, JSON, validation, DDL, documents) needs.
struct Column {
    std::uint16_t number = 0;  ///< stable for ever: renames are recognised by it
    std::string_view name;
    Type type = Type::kText;
    int length = 0;
    int precision = 0;
    int scale = 0;
    bool null = false;
    bool primary_key = false;
    bool identity = false;
    bool unique = false;
    std::string_view unique_name;
    Default preset;
    AutoTime auto_time = AutoTime::kNone;
    std::span<const std::string_view> choices;
    std::string_view references;
    OnDelete on_delete = OnDelete::kRestrict;
    std::string_view min;
    std::string_view max;
    JsonKind json = JsonKind::kAny;
    Validator validate = nullptr;
    Personal personal = Personal::kUnset;
    Retention retention = Retention::kUnset;
    std::string_view help;

    /// Reads the member of a row struct. The Value borrows the member's characters.
    sql::Value (*load)(const void* row) = nullptr;
    /// Writes the member; false when the value is not one of this column.
    bool (*store)(void* row, const sql::Value& value) = nullptr;

    [[nodiscard]] sql::ValueType value_type() const noexcept { return model::value_type(type); }
    [[nodiscard]] std::string type_spelling() const {
        return spelling(type, length, precision, scale);
    }
};

/// Whether a column must be given by whoever inserts a row: not generated, not nullable, without a
/// default. (Texts that the specification leaves without a constraint state the default ''.)
[[nodiscard]] bool is_required(const Column& column) noexcept;

/// The column's default as a Value that borrows from the column. Nothing when it has none, or
/// when the stated text is no value of the column's type (which check_descriptions() refuses).
[[nodiscard]] std::optional<sql::Value> default_value(const Column& column);

}  // namespace segurifai::model

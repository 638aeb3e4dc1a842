#include "model/column.hpp"

#include "base/decimal.hpp"

namespace segurifai::model {

std::string spelling(Type type, int length, int precision, int scale) {
    switch (type) {
        case Type::kBoolean: return "BOOLEAN";
        case Type::kInteger: return "INTEGER";
        case Type::kBigInteger: return "BIGINT";
        case Type::kFloat: return "FLOAT";
        case Type::kDecimal:
            return "DECIMAL(" + std::to_string(precision) + "," + std::to_string(scale) + ")";
        case Type::kVarchar: return "VARCHAR(" + std::to_string(length) + ")";
        case Type::kChar: return "CHAR(" + std::to_string(length) + ")";
        case Type::kText: return "TEXT";
        case Type::kUuid: return "UUID";
        case Type::kDate: return "DATE";
        case Type::kDateTime: return "DATETIME";
        case Type::kJson: return "JSON";
    }
    return {};
}

std::optional<sql::Value> default_value(const Column& column) {
    const Default& preset = column.preset;
    switch (preset.kind()) {
        case Default::Kind::kNone: return std::nullopt;
        case Default::Kind::kBoolean: return sql::Value::boolean(preset.integer() != 0);
        case Default::Kind::kInteger: return sql::Value::integer(preset.integer());
        case Default::Kind::kText: break;
    }
    if (column.type == Type::kDecimal) {
        const auto unscaled = parse_decimal(preset.text(), column.precision, column.scale);
        if (!unscaled) return std::nullopt;
        return sql::Value::decimal(*unscaled, column.scale);
    }
    if (column.type == Type::kJson) return sql::Value::json(preset.text());
    return sql::Value::text(preset.text());
}

bool is_required(const Column& column) noexcept {
    return !column.null && !column.identity && column.auto_time == AutoTime::kNone &&
           !column.preset.exists();
}

}  // namespace segurifai::model

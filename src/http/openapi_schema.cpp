// JSON schemas of shapes and described rows.

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <cstdlib>
#include <optional>

#include "base/decimal.hpp"
#include "http/openapi.hpp"
#include "http/openapi_schema.hpp"

namespace segurifai::http {
namespace {

namespace json = boost::json;

constexpr int kCoordinateScale = 6;

/// A bound as a number, for the types whose JSON form is one.
std::optional<double> number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    return std::strtod(std::string(text).c_str(), nullptr);
}

void add_bounds(json::object& schema, std::string_view min, std::string_view max) {
    if (const auto least = number(min)) schema["minimum"] = *least;
    if (const auto most = number(max)) schema["maximum"] = *most;
}

/// What a scalar looks like in JSON, whatever describes it.
struct Scalar {
    model::Type type = model::Type::kText;
    int precision = 0;
    int scale = 0;
    std::span<const std::string_view> choices;
    int length = 0;
    int length_min = 0;
    std::string_view min;
    std::string_view max;
    JsonKind json = JsonKind::kAny;
};

void describe_text(json::object& schema, const Scalar& scalar) {
    schema["type"] = "string";
    if (!scalar.choices.empty()) {
        json::array words;
        for (const std::string_view word : scalar.choices) words.emplace_back(word);
        schema["enum"] = std::move(words);
        return;
    }
    if (scalar.length > 0) schema["maxLength"] = scalar.length;
    if (scalar.length_min > 0) schema["minLength"] = scalar.length_min;
}

void describe_decimal(json::object& schema, const Scalar& scalar) {
    if (scalar.scale == kCoordinateScale) {
        schema["type"] = "number";
        add_bounds(schema, scalar.min, scalar.max);
        return;
    }
    schema["type"] = "string";
    schema["pattern"] = fmt::format("^-?[0-9]{{1,{}}}\\.[0-9]{{{}}}$",
                                    scalar.precision - scalar.scale, scalar.scale);
}

json::object schema_of_scalar(const Scalar& scalar) {
    json::object schema;
    switch (scalar.type) {
        case model::Type::kBoolean: schema["type"] = "boolean"; break;
        case model::Type::kInteger:
        case model::Type::kBigInteger:
            schema["type"] = "integer";
            schema["format"] = scalar.type == model::Type::kInteger ? "int32" : "int64";
            add_bounds(schema, scalar.min, scalar.max);
            break;
        case model::Type::kFloat:
            schema["type"] = "number";
            add_bounds(schema, scalar.min, scalar.max);
            break;
        case model::Type::kDecimal: describe_decimal(schema, scalar); break;
        case model::Type::kVarchar:
        case model::Type::kChar:
        case model::Type::kText: describe_text(schema, scalar); break;
        case model::Type::kUuid:
            schema["type"] = "string";
            schema["format"] = "uuid";
            break;
        case model::Type::kDate:
            schema["type"] = "string";
            schema["format"] = "date";
            break;
        case model::Type::kDateTime:
            schema["type"] = "string";
            schema["format"] = "date-time";
            break;
        case model::Type::kJson:
            if (scalar.json == JsonKind::kObject) schema["type"] = "object";
            if (scalar.json == JsonKind::kArray) schema["type"] = "array";
            break;
    }
    return schema;
}

/// "or null", as OpenAPI 3.1 says it.
json::object nullable(json::object schema) {
    if (auto* type = schema.if_contains("type"); type != nullptr && type->is_string()) {
        schema["type"] = json::array{*type, "null"};
        if (auto* words = schema.if_contains("enum")) words->as_array().emplace_back(nullptr);
        return schema;
    }
    json::object either;
    either["anyOf"] = json::array{std::move(schema), json::object{{"type", "null"}}};
    return either;
}

bool is_listed(std::string_view words, std::string_view word) {
    while (!words.empty()) {
        const std::size_t end = words.find(' ');
        if (words.substr(0, end) == word) return true;
        words = end == std::string_view::npos ? std::string_view() : words.substr(end + 1);
    }
    return false;
}

}  // namespace

json::object schema_of_column(const model::Column& column) {
    json::object schema = schema_of_scalar({.type = column.type,
                                            .precision = column.precision,
                                            .scale = column.scale,
                                            .choices = column.choices,
                                            .length = column.length,
                                            .min = column.min,
                                            .max = column.max,
                                            .json = column.json});
    if (column.null) schema = nullable(std::move(schema));
    if (!column.help.empty()) schema["description"] = column.help;
    return schema;
}

json::object schema_of(const FieldType& type, const FieldOptions& options) {
    json::object schema;
    switch (type.kind) {
        case FieldType::Kind::kScalar:
            schema = schema_of_scalar({.type = type.type,
                                       .precision = type.precision,
                                       .scale = type.scale,
                                       .choices = type.choices,
                                       .length = options.length,
                                       .length_min = options.length_min,
                                       .min = options.min,
                                       .max = options.max,
                                       .json = options.json});
            break;
        case FieldType::Kind::kObject:
            schema["$ref"] = fmt::format("#/components/schemas/{}", type.shape().name);
            break;
        case FieldType::Kind::kRow:
            schema["$ref"] = fmt::format("#/components/schemas/{}", type.table->name);
            break;
        case FieldType::Kind::kArray: {
            FieldOptions of_items = options;
            of_items.help = {};
            schema["type"] = "array";
            schema["items"] = schema_of(*type.inner, of_items);
            if (options.items_min > 0) schema["minItems"] = options.items_min;
            break;
        }
        case FieldType::Kind::kOptional:
        case FieldType::Kind::kMaybe: schema = nullable(schema_of(*type.inner, options)); break;
    }
    if (!options.help.empty()) schema["description"] = options.help;
    return schema;
}

json::object schema_of_row(const model::Table& table, std::string_view leave_out) {
    json::object properties;
    for (const model::Column& column : table.columns) {
        if (column.personal == model::Personal::kCredential || is_listed(leave_out, column.name))
            continue;
        properties[column.name] = schema_of_column(column);
    }
    json::object schema;
    schema["type"] = "object";
    if (!table.help.empty()) schema["description"] = table.help;
    schema["properties"] = std::move(properties);
    return schema;
}

json::object schema_of_shape(const Shape& shape) {
    json::object properties;
    json::array required;
    for (const Field& field : shape.fields) {
        if (field.type->kind == FieldType::Kind::kRow && field.name.empty()) {
            const json::object row = schema_of_row(*field.type->table, field.options.leave_out);
            for (const auto& [name, column] : row.at("properties").as_object())
                properties[name] = column;
            continue;
        }
        json::object schema = schema_of(*field.type, field.options);
        if (field.options.read_only) schema["readOnly"] = true;
        properties[field.name] = std::move(schema);
        const bool may_be_absent = field.type->kind == FieldType::Kind::kOptional ||
                                   field.type->kind == FieldType::Kind::kMaybe;
        if (!may_be_absent) required.emplace_back(field.name);
    }
    json::object schema;
    schema["type"] = "object";
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
}

}  // namespace segurifai::http

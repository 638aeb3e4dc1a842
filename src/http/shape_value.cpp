#include "http/shape_value.hpp"

#include <charconv>
#include <cmath>

#include "http/shape_text.hpp"
#include "model/json_value.hpp"
#include "model/text_value.hpp"

namespace segurifai::http {
namespace {

using Kind = JsonNode::Kind;
using Wrong = std::optional<std::string>;

/// Degrees past this are no coordinate of any column, and still round within an int64.
constexpr double kCoordinateAbsMax = 1e9;

std::string must_be(std::string_view form) {
    return "Must be " + std::string(form) + ".";
}

bool is_text(const model::Column& column) noexcept {
    return column.value_type() == sql::ValueType::kText;
}

bool is_coordinate(const model::Column& column) noexcept {
    return column.type == model::Type::kDecimal && column.scale == model::kCoordinateScale;
}

/// The last step of all: the field's rules, then the member.
Wrong take(const FieldPlan& plan, const sql::Value& value, void* target) {
    if (auto wrong = plan.rules->check(0, value)) return wrong;
    if (!plan.scalar->store(target, value)) return must_be(model::json_form(plan.column.front()));
    return std::nullopt;
}

Wrong take_text(const FieldPlan& plan, std::string_view text, void* target) {
    const FieldOptions& options = plan.field->options;
    std::string buffer;
    if (!options.verbatim) {
        if (!is_storable_text(text)) {
            // A document's texts are well-formed: what is left is U+0000.
            return "Must not contain control characters.";
        }
        const auto tidy = tidy_text(text, buffer);
        if (!tidy) return "Must not contain control characters.";
        text = *tidy;
    }
    if (plan.scalar->is_phone) {
        const auto phone = Phone::parse(text);
        if (!phone) return "Must be a telephone number of Guatemala.";
        return take(plan, sql::Value::text(phone->text()), target);
    }
    if (options.length_min > 0) {
        if (text.empty()) return "This field may not be blank.";
        if (character_count(text) < static_cast<std::size_t>(options.length_min))
            return "Must have at least " + std::to_string(options.length_min) + " characters.";
    }
    return take(plan, sql::Value::text(text), target);
}

/// Any number of decimals is taken and rounded to six, half away from zero.
Wrong take_coordinate(const FieldPlan& plan, std::string_view text, void* target) {
    const model::Column& column = plan.column.front();
    const auto wrong = [] { return must_be("a number of degrees"); };
    double degrees = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), degrees);
    if (error != std::errc() || stop != end) return wrong();
    if (!(std::abs(degrees) <= kCoordinateAbsMax)) return wrong();
    const double scaled = degrees * static_cast<double>(power_of_ten(column.scale));
    return take(plan, sql::Value::decimal(std::llround(scaled), column.scale), target);
}

Wrong take_json(const FieldPlan& plan, const JsonTree& tree, std::size_t index, void* target) {
    std::string text;
    tree.append_json(text, index);
    const auto canonical = Json::parse(text);
    if (!canonical) return canonical.error().message;
    const auto limit = static_cast<std::size_t>(plan.field->options.length);
    if (limit > 0 && canonical->text.size() > limit)
        return "Must have at most " + std::to_string(limit) + " bytes.";
    return take(plan, sql::Value::json(canonical->text), target);
}

}  // namespace

Wrong read_scalar(const FieldPlan& plan, const JsonTree& tree, std::size_t index, void* target) {
    const model::Column& column = plan.column.front();
    const JsonNode& node = tree[index];
    if (column.type == model::Type::kJson) return take_json(plan, tree, index, target);
    std::optional<sql::Value> value;
    switch (node.kind) {
        case Kind::kBoolean:
            if (column.type == model::Type::kBoolean) value = sql::Value::boolean(node.truth);
            break;
        case Kind::kString:
            if (is_text(column)) return take_text(plan, node.text, target);
            value = model::value_of_json_string(column, node.text);
            break;
        case Kind::kNumber:
            if (is_coordinate(column)) return take_coordinate(plan, node.text, target);
            value = model::value_of_json_number(column, node.text);
            break;
        default: break;
    }
    if (value) return take(plan, *value, target);
    return must_be(is_coordinate(column) ? "a number of degrees" : model::json_form(column));
}

Wrong read_scalar(const FieldPlan& plan, std::string_view text, void* target) {
    const model::Column& column = plan.column.front();
    if (is_text(column)) return take_text(plan, text, target);
    if (is_coordinate(column)) return take_coordinate(plan, text, target);
    const auto value = model::parse_value(column, text);
    if (!value) return must_be(model::expectation(column));
    return take(plan, *value, target);
}

}  // namespace segurifai::http

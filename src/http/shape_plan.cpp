#include "http/shape_plan.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/json.hpp"
#include "model/text_value.hpp"

namespace segurifai::http {
namespace {

using Kind = FieldType::Kind;

std::string key_of(std::string_view name) {
    std::string key;
    append_json_string(key, name);
    return key + ":";
}

/// `name` among words joined by spaces.
bool is_among(std::string_view words, std::string_view name) noexcept {
    while (!words.empty()) {
        const std::size_t space = words.find(' ');
        if (words.substr(0, space) == name) return true;
        words = space == std::string_view::npos ? "" : words.substr(space + 1);
    }
    return false;
}

const FieldType& innermost(const FieldType& type) noexcept {
    const FieldType* inside = &type;
    while (inside->inner != nullptr) inside = inside->inner;
    return *inside;
}

bool is_text(model::Type type) noexcept {
    return type == model::Type::kText || type == model::Type::kVarchar;
}

model::Column column_of(const Field& field, const FieldType& scalar) {
    const FieldOptions& options = field.options;
    model::Column column;
    column.name = field.name;
    column.type = scalar.type;
    if (column.type == model::Type::kText && options.length > 0 && !scalar.is_phone)
        column.type = model::Type::kVarchar;
    column.length = column.type == model::Type::kVarchar ? options.length : 0;
    column.precision = scalar.precision;
    column.scale = scalar.scale;
    column.choices = scalar.choices;
    column.min = options.min;
    column.max = options.max;
    column.json = options.json;
    column.validate = options.validate;
    return column;
}

std::unexpected<Error> defect(const Shape& shape, std::string_view name, std::string_view what) {
    return fail(Code::kInternal,
                std::string(shape.name) + "." + std::string(name) + " " + std::string(what));
}

/// Looks at a shape and, once each, at those within.
class Checker {
public:
    explicit Checker(ShapeUse use) : use_(use) {}

    Result<void> check(const Shape& shape) {
        if (!seen_.insert(&shape).second) return {};
        if (shape.fields.size() > kShapeFieldsMax)
            return defect(shape, "*", "are more fields than one shape may have.");
        std::set<std::string_view> names;
        for (const Field& field : shape.fields) {
            const FieldType& inside = innermost(*field.type);
            if (field.name.empty()) {
                SEGURIFAI_TRY(check_row(shape, field, names));
                continue;
            }
            if (!names.insert(field.name).second)
                return defect(shape, field.name, "is there twice.");
            if (inside.kind == Kind::kObject) SEGURIFAI_TRY(check(inside.shape()));
            if (use_ == ShapeUse::kRead && !field.options.read_only)
                SEGURIFAI_TRY(check_read(shape, field, inside));
        }
        return {};
    }

private:
    static Result<void> check_row(const Shape& shape, const Field& field,
                                  std::set<std::string_view>& names) {
        for (const ShownColumn& shown : plan_field(field).columns)
            if (!names.insert(shown.column->name).second)
                return defect(shape, shown.column->name, "is there twice.");
        std::string_view words = field.options.leave_out;
        while (!words.empty()) {
            const std::size_t space = words.find(' ');
            const std::string_view name = words.substr(0, space);
            if (field.type->table->find(name) == nullptr)
                return defect(shape, name, "is left out but is no column.");
            words = space == std::string_view::npos ? "" : words.substr(space + 1);
        }
        return {};
    }

    static Result<void> check_read(const Shape& shape, const Field& field,
                                   const FieldType& inside) {
        const FieldOptions& options = field.options;
        if (inside.kind == Kind::kRow)
            return defect(shape, field.name, "is a row, which cannot be read.");
        for (const FieldType* type = field.type->inner; type != nullptr; type = type->inner)
            if (type->kind == Kind::kMaybe)
                return defect(shape, field.name, "has a Maybe that is no field.");
        if (options.items_min > options.items_max || options.items_max > kItemsMax)
            return defect(shape, field.name, "has no good number of items.");
        if (inside.kind != Kind::kScalar) return {};
        const bool limited = options.length > 0 || !inside.choices.empty() || inside.is_phone;
        if (is_text(inside.type) && !limited)
            return defect(shape, field.name, "is a text without a length.");
        if (options.length < 0 || options.length_min < 0 ||
            (options.length > 0 && options.length_min > options.length))
            return defect(shape, field.name, "has no good length.");
        const model::Column column = column_of(field, inside);
        for (const std::string_view bound : {options.min, options.max})
            if (!bound.empty() && (is_text(column.type) || !model::parse_value(column, bound)))
                return defect(shape, field.name, "has a bound that is no value of it.");
        return {};
    }

    ShapeUse use_;
    std::set<const Shape*> seen_;
};

}  // namespace

FieldPlan plan_field(const Field& field) {
    FieldPlan plan;
    plan.field = &field;
    if (field.name.empty()) {
        for (const model::Column& column : field.type->table->columns)
            if (column.personal != model::Personal::kCredential &&
                !is_among(field.options.leave_out, column.name))
                plan.columns.push_back({key_of(column.name), &column});
        return plan;
    }
    plan.key = key_of(field.name);
    plan.is_read = !field.options.read_only && innermost(*field.type).kind != Kind::kRow;
    plan.is_required = field.type->kind != Kind::kOptional && field.type->kind != Kind::kMaybe;
    if (const FieldType& inside = innermost(*field.type); inside.kind == Kind::kScalar) {
        plan.scalar = &inside;
        plan.column.push_back(column_of(field, inside));
        plan.rules.emplace(std::span<const model::Column>(plan.column));
    }
    return plan;
}

const ShapePlan& plan_of(const Shape& shape) {
    if (const ShapePlan* made = shape.plan->load(std::memory_order_acquire)) return *made;
    static std::mutex mutex;
    static std::deque<std::unique_ptr<const ShapePlan>> plans;
    const std::scoped_lock lock(mutex);
    if (const ShapePlan* made = shape.plan->load(std::memory_order_acquire)) return *made;
    auto plan = std::make_unique<ShapePlan>();
    plan->fields.reserve(shape.fields.size());
    for (const Field& field : shape.fields) plan->fields.push_back(plan_field(field));
    const ShapePlan& kept = *plans.emplace_back(std::move(plan));
    shape.plan->store(&kept, std::memory_order_release);
    return kept;
}

Result<void> check_shape(const Shape& shape, ShapeUse use) {
    return Checker(use).check(shape);
}

}  // namespace segurifai::http

#include <algorithm>

#include "http/shape_plan.hpp"
#include "model/json_mapping.hpp"

namespace segurifai::http {
namespace {

using Kind = FieldType::Kind;
using Names = std::span<const std::string>;

bool is_named(Names names, std::string_view name) noexcept {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

void append_key(std::string& out, bool& first, std::string_view key) {
    out += first ? '{' : ',';
    out += key;
    first = false;
}

void append_object(std::string& out, const Shape& shape, const void* object, Names names) {
    bool first = true;
    for (const FieldPlan& plan : plan_of(shape).fields) {
        const Field& field = *plan.field;
        const void* member = field.member_of(object);
        for (const ShownColumn& shown : plan.columns) {
            if (!is_named(names, shown.column->name)) continue;
            append_key(out, first, shown.key);
            model::append_json_value(out, shown.column->load(member));
        }
        if (plan.key.empty() || !is_named(names, field.name)) continue;
        const FieldType& type = *field.type;
        if (type.kind == Kind::kMaybe && !type.given(member)) continue;
        append_key(out, first, plan.key);
        append_value(out, type, member);
    }
    out += first ? "{}" : "}";
}

void append_row(std::string& out, const model::Table& table, const void* row, Names names) {
    bool first = true;
    for (const model::Column& column : table.columns) {
        if (column.personal == model::Personal::kCredential || !is_named(names, column.name))
            continue;
        out += first ? "{\"" : ",\"";
        out += column.name;
        out += "\":";
        first = false;
        model::append_json_value(out, column.load(row));
    }
    out += first ? "{}" : "}";
}

}  // namespace

void append_json(std::string& out, const Shape& shape, const void* object) {
    append_object(out, shape, object, {});
}

void append_value(std::string& out, const FieldType& type, const void* value) {
    switch (type.kind) {
        case Kind::kScalar: model::append_json_value(out, type.load(value)); return;
        case Kind::kObject: append_object(out, type.shape(), value, {}); return;
        case Kind::kRow: append_row(out, *type.table, value, {}); return;
        case Kind::kOptional:
        case Kind::kMaybe:
            if (type.size(value) == 0)
                out += "null";
            else
                append_value(out, *type.inner, type.at(value, 0));
            return;
        case Kind::kArray: {
            out += '[';
            const std::size_t size = type.size(value);
            for (std::size_t i = 0; i < size; ++i) {
                if (i > 0) out += ',';
                append_value(out, *type.inner, type.at(value, i));
            }
            out += ']';
            return;
        }
    }
}

void append_members(std::string& out, const FieldType& type, const void* value, Names names) {
    if (type.kind == Kind::kObject)
        append_object(out, type.shape(), value, names);
    else if (type.kind == Kind::kRow)
        append_row(out, *type.table, value, names);
    else
        append_value(out, type, value);
}

bool has_member(const FieldType& type, std::string_view name) {
    if (type.kind == Kind::kRow) {
        const model::Column* column = type.table->find(name);
        return column != nullptr && column->personal != model::Personal::kCredential;
    }
    if (type.kind != Kind::kObject) return false;
    for (const FieldPlan& plan : plan_of(type.shape()).fields) {
        if (!plan.key.empty() && plan.field->name == name) return true;
        for (const ShownColumn& shown : plan.columns)
            if (shown.column->name == name) return true;
    }
    return false;
}

}  // namespace segurifai::http

#include <algorithm>

#include "http/shape_plan.hpp"
#include "model/json_mapping.hpp"

namespace segurifai::http {
namespace {

using Kind = FieldType::Kind;

const MemberChoice kAll;

/// Calls `visit` with the name of each member, in the order they are written, until it says false.
template <class Visit>
void each_member(const FieldType& type, Visit visit) {
    if (type.kind == Kind::kRow) {
        for (const model::Column& column : type.table->columns)
            if (column.personal != model::Personal::kCredential && !visit(column.name)) return;
    }
    if (type.kind != Kind::kObject) return;
    for (const FieldPlan& plan : plan_of(type.shape()).fields) {
        for (const ShownColumn& shown : plan.columns)
            if (!visit(shown.column->name)) return;
        if (!plan.key.empty() && !visit(plan.field->name)) return;
    }
}

void append_key(std::string& out, bool& first, std::string_view key) {
    out += first ? '{' : ',';
    out += key;
    first = false;
}

void append_object(std::string& out, const Shape& shape, const void* object,
                   const MemberChoice& chosen) {
    bool first = true;
    std::size_t place = 0;
    for (const FieldPlan& plan : plan_of(shape).fields) {
        const Field& field = *plan.field;
        const void* member = field.member_of(object);
        for (const ShownColumn& shown : plan.columns) {
            if (!chosen.has(place++)) continue;
            append_key(out, first, shown.key);
            model::append_json_value(out, shown.column->load(member));
        }
        if (plan.key.empty() || !chosen.has(place++)) continue;
        const FieldType& type = *field.type;
        if (type.kind == Kind::kMaybe && !type.given(member)) continue;
        append_key(out, first, plan.key);
        append_value(out, type, member);
    }
    out += first ? "{}" : "}";
}

void append_row(std::string& out, const model::Table& table, const void* row,
                const MemberChoice& chosen) {
    bool first = true;
    std::size_t place = 0;
    for (const model::Column& column : table.columns) {
        if (column.personal == model::Personal::kCredential || !chosen.has(place++)) continue;
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
    append_object(out, shape, object, kAll);
}

void append_value(std::string& out, const FieldType& type, const void* value) {
    switch (type.kind) {
        case Kind::kScalar: model::append_json_value(out, type.load(value)); return;
        case Kind::kObject: append_object(out, type.shape(), value, kAll); return;
        case Kind::kRow: append_row(out, *type.table, value, kAll); return;
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

MemberChoice::MemberChoice(const FieldType& type, std::span<const std::string> names) {
    if (names.empty()) return;
    each_member(type, [&](std::string_view name) {
        chosen_.push_back(std::ranges::find(names, name) != names.end());
        return true;
    });
}

void append_members(std::string& out, const FieldType& type, const void* value,
                    const MemberChoice& chosen) {
    if (type.kind == Kind::kObject)
        append_object(out, type.shape(), value, chosen);
    else if (type.kind == Kind::kRow)
        append_row(out, *type.table, value, chosen);
    else
        append_value(out, type, value);
}

bool has_member(const FieldType& type, std::string_view name) {
    bool found = false;
    each_member(type, [&](std::string_view member) {
        found = member == name;
        return !found;
    });
    return found;
}

}  // namespace segurifai::http

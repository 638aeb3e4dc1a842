#include <algorithm>

#include "http/shape_plan.hpp"
#include "model/json_mapping.hpp"

namespace segurifai::http {
namespace {

using Kind = FieldType::Kind;

/// Calls `visit` with each member, in the order they are written, until it says false.
template <class Visit>
void each_member(const FieldType& type, Visit visit) {
    if (type.kind == Kind::kRow) {
        for (const model::Column& column : type.table->columns)
            if (column.personal != model::Personal::kCredential &&
                !visit(MemberChoice::Member{column.name, nullptr, &column}))
                return;
    }
    if (type.kind != Kind::kObject) return;
    for (const FieldPlan& plan : plan_of(type.shape()).fields) {
        for (const ShownColumn& shown : plan.columns)
            if (!visit(MemberChoice::Member{shown.column->name, plan.field, shown.column})) return;
        if (!plan.key.empty() &&
            !visit(MemberChoice::Member{plan.field->name, plan.field, nullptr}))
            return;
    }
}

void append_key(std::string& out, bool& first, std::string_view key) {
    out += first ? '{' : ',';
    out += key;
    first = false;
}

void append_name(std::string& out, bool& first, std::string_view name) {
    out += first ? "{\"" : ",\"";
    out += name;
    out += "\":";
    first = false;
}

bool is_left_out(const FieldType& type, const void* value) {
    return type.kind == Kind::kMaybe && !type.given(value);
}

void append_object(std::string& out, const Shape& shape, const void* object) {
    bool first = true;
    for (const FieldPlan& plan : plan_of(shape).fields) {
        const void* member = plan.field->member_of(object);
        for (const ShownColumn& shown : plan.columns) {
            append_key(out, first, shown.key);
            model::append_json_value(out, shown.column->load(member));
        }
        if (plan.key.empty() || is_left_out(*plan.field->type, member)) continue;
        append_key(out, first, plan.key);
        append_value(out, *plan.field->type, member);
    }
    out += first ? "{}" : "}";
}

void append_row(std::string& out, const model::Table& table, const void* row) {
    bool first = true;
    for (const model::Column& column : table.columns) {
        if (column.personal == model::Personal::kCredential) continue;
        append_name(out, first, column.name);
        model::append_json_value(out, column.load(row));
    }
    out += first ? "{}" : "}";
}

}  // namespace

void append_json(std::string& out, const Shape& shape, const void* object) {
    append_object(out, shape, object);
}

void append_value(std::string& out, const FieldType& type, const void* value) {
    switch (type.kind) {
        case Kind::kScalar: model::append_json_value(out, type.load(value)); return;
        case Kind::kObject: append_object(out, type.shape(), value); return;
        case Kind::kRow: append_row(out, *type.table, value); return;
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

MemberChoice::MemberChoice(const FieldType& type, std::span<const std::string> names)
    : all_(names.empty() || (type.kind != Kind::kObject && type.kind != Kind::kRow)) {
    if (all_) return;
    each_member(type, [&](const Member& member) {
        if (std::ranges::find(names, member.name) != names.end()) members_.push_back(member);
        return true;
    });
}

void append_members(std::string& out, const FieldType& type, const void* value,
                    const MemberChoice& chosen) {
    if (chosen.all()) {
        append_value(out, type, value);
        return;
    }
    bool first = true;
    for (const auto& [name, field, column] : chosen.members()) {
        const void* member = field != nullptr ? field->member_of(value) : value;
        if (column == nullptr && is_left_out(*field->type, member)) continue;
        append_name(out, first, name);
        if (column != nullptr)
            model::append_json_value(out, column->load(member));
        else
            append_value(out, *field->type, member);
    }
    out += first ? "{}" : "}";
}

bool has_member(const FieldType& type, std::string_view name) {
    bool found = false;
    each_member(type, [&](const MemberChoice::Member& member) {
        found = member.name == name;
        return !found;
    });
    return found;
}

}  // namespace segurifai::http

#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "base/json.hpp"
#include "model/description.hpp"
#include "model/json_mapping.hpp"

namespace segurifai::providers {

/// What an audit event tells of a row that was changed: the columns that differ, as canonical JSON
/// objects; the stamp of the write is none of them.
template <model::Described T>
[[nodiscard]] audit::Change change_of(const T& before, const T& after) {
    const model::Table& table = model::table_of<T>();
    std::vector<const model::Column*> columns;
    for (const model::Column& column : table.columns)
        if (column.personal != model::Personal::kCredential &&
            column.auto_time == model::AutoTime::kNone &&
            column.load(&before) != column.load(&after))
            columns.push_back(&column);
    std::ranges::sort(columns, {}, &model::Column::name);
    const auto object = [&](const void* row) {
        std::string json = "{";
        for (const model::Column* column : columns) {
            if (json.size() > 1) json += ',';
            append_json_string(json, column->name);
            json += ':';
            model::append_json_value(json, column->load(row));
        }
        json += '}';
        return json;
    };
    audit::Change change;
    change.object_table = table.name;
    change.object_id = std::to_string(after.id.value);
    change.before = object(&before);
    change.after = object(&after);
    return change;
}

}  // namespace segurifai::providers

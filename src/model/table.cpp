#include "model/table.hpp"

namespace segurifai::model {

const Column* Table::find(std::string_view column) const noexcept {
    for (const Column& candidate : columns)
        if (candidate.name == column) return &candidate;
    return nullptr;
}

const Column& Table::primary_key() const noexcept {
    for (const Column& column : columns)
        if (column.primary_key) return column;
    return columns.front();  // check_descriptions() refuses a table without a key at start
}

std::string physical_name(std::string_view table, std::string_view name) {
    std::string physical(table);
    physical += '_';
    physical += name;
    return physical;
}

std::string unique_index_name(const Table& table, const Column& column) {
    if (!column.unique_name.empty()) return physical_name(table.name, column.unique_name);
    return physical_name(table.name, std::string(column.name) + "_key");
}

}  // namespace segurifai::model

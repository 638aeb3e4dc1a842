#include "model/row_mapping.hpp"

namespace segurifai::model {

std::unexpected<Error> corrupt(const Table& table, const Column& column) {
    return std::unexpected(Error{
        .code = Code::kCorrupt,
        .message = "A stored value of " + std::string(table.name) + "." + std::string(column.name) +
                   " is not " + column.type_spelling() + " as described; run `segurifai checkdb`.",
        .table = std::string(table.name),
        .column = std::string(column.name)});
}

std::unexpected<Error> unexpected_shape(const Table& table, int columns) {
    return std::unexpected(Error{.code = Code::kInternal,
                                 .message = "A statement gave " + std::to_string(columns) +
                                            " columns for a row of " + std::string(table.name) +
                                            ", which has " + std::to_string(table.columns.size()) +
                                            ".",
                                 .table = std::string(table.name)});
}

Result<void> decode_into(const Table& table, const sql::Row& row, void* out) {
    if (static_cast<std::size_t>(row.size()) != table.columns.size()) [[unlikely]]
        return unexpected_shape(table, row.size());
    sql::Value value;
    int position = 0;
    for (const Column& column : table.columns) {
        if (!row.get(position++, column.value_type(), column.scale, value) ||
            !column.store(out, value)) [[unlikely]]
            return corrupt(table, column);
    }
    return {};
}

Result<void> decode_into(const Table& table, std::span<const std::size_t> columns,
                         const sql::Row& row, void* out) {
    if (static_cast<std::size_t>(row.size()) != columns.size()) [[unlikely]]
        return unexpected_shape(table, row.size());
    sql::Value value;
    int position = 0;
    for (const std::size_t at : columns) {
        const Column& column = table.columns[at];
        if (!row.get(position++, column.value_type(), column.scale, value) ||
            !column.store(out, value)) [[unlikely]]
            return corrupt(table, column);
    }
    return {};
}

bool RecordsOf::on_row(const sql::Row& row) {
    auto record = Record::of_row(*table_, row);
    if (!record) {
        error = std::move(record).error();
        return false;
    }
    rows.push_back(std::move(*record));
    return true;
}

}  // namespace segurifai::model

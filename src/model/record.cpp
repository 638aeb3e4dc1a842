#include "model/record.hpp"

#include "model/row_mapping.hpp"
#include "model/validation.hpp"

namespace segurifai::model {

sql::Value null_of(const Column& column) noexcept {
    return sql::Value::null(column.value_type(), column.scale);
}

Record::Record(const Table& table) : table_(&table) {
    values_.reserve(table.columns.size());
    for (const Column& column : table.columns) values_.emplace_back(null_of(column));
}

Record Record::of_struct(const Table& table, const void* row) {
    Record record(table);
    for (std::size_t i = 0; i < table.columns.size(); ++i)
        record.set(i, table.columns[i].load(row));
    return record;
}

Result<Record> Record::of_row(const Table& table, const sql::Row& row) {
    Record record(table);
    if (static_cast<std::size_t>(row.size()) != table.columns.size())
        return unexpected_shape(table, row.size());
    sql::Value value;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Column& column = table.columns[i];
        if (!row.get(static_cast<int>(i), column.value_type(), column.scale, value))
            return corrupt(table, column);
        record.set(i, value);
    }
    return record;
}

Result<void> Record::to_struct(void* row) const {
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < values_.size(); ++i) {
        const Column& column = table_->columns[i];
        const sql::Value value = values_[i].view();
        const bool filled_later = column.identity || column.auto_time != AutoTime::kNone;
        if (value.is_null() && !column.null && filled_later) continue;
        if (!column.store(row, value))
            faults.push_back({std::string(column.name), "The value is not one of this column."});
    }
    if (!faults.empty()) return invalid(*table_, std::move(faults));
    return {};
}

sql::Value Record::at(std::string_view column) const {
    for (std::size_t i = 0; i < values_.size(); ++i)
        if (table_->columns[i].name == column) return values_[i].view();
    return {};
}

bool Record::set(std::string_view column, const sql::Value& value) {
    for (std::size_t i = 0; i < values_.size(); ++i) {
        if (table_->columns[i].name != column) continue;
        set(i, value);
        return true;
    }
    return false;
}

}  // namespace segurifai::model

#include "conformance/specified_rows.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace segurifai::conformance {
namespace {

/// A day long past, for which no partition exists but the one that the tests make.
constexpr std::int64_t kNoon = 946'728'000'000'000;  // 2000-01-01 12:00 UTC
constexpr std::int32_t kDay = 10'957;                // 2000-01-01
constexpr std::int64_t kSecond = 1'000'000;

sql::OwnedValue owned(const sql::Value& value) {
    return sql::OwnedValue(value);
}

Uuid uuid_of(int serial) {
    Uuid uuid;
    for (std::size_t i = 0; i < 4; ++i)
        uuid.bytes[15 - i] = static_cast<std::uint8_t>(serial >> (8 * i));
    return uuid;
}

sql::ValueType value_type(const SpecifiedColumn& column) {
    if (column.is("INTEGER")) return sql::ValueType::kInteger;
    if (column.is("BOOLEAN")) return sql::ValueType::kBoolean;
    if (column.is("DECIMAL")) return sql::ValueType::kDecimal;
    if (column.is("FLOAT")) return sql::ValueType::kFloat;
    if (column.is("UUID")) return sql::ValueType::kUuid;
    if (column.is("DATETIME")) return sql::ValueType::kInstant;
    if (column.is("DATE")) return sql::ValueType::kDate;
    if (column.is("JSON")) return sql::ValueType::kJson;
    return sql::ValueType::kText;
}

}  // namespace

sql::OwnedValue number_value(const SpecifiedColumn& column, double number) {
    switch (value_type(column)) {
        case sql::ValueType::kInteger: return owned(sql::Value::integer(std::llround(number)));
        case sql::ValueType::kFloat: return owned(sql::Value::real(number));
        case sql::ValueType::kDecimal:
            return owned(sql::Value::decimal(std::llround(number * std::pow(10.0, column.scale)),
                                             column.scale));
        case sql::ValueType::kUuid:
            return owned(sql::Value::uuid(uuid_of(static_cast<int>(number))));
        default: throw std::runtime_error(column.name + " holds no numbers");
    }
}

sql::OwnedValue text_value(const SpecifiedColumn& column, const std::string& text) {
    if (value_type(column) != sql::ValueType::kText)
        throw std::runtime_error(column.name + " holds no text");
    return owned(sql::Value::text(text));
}

sql::OwnedValue null_value(const SpecifiedColumn& column) {
    return owned(sql::Value::null(value_type(column), column.scale));
}

sql::OwnedValue RowMaker::valid_value(const SpecifiedTable& table, const SpecifiedColumn& column) {
    if (!column.references.empty()) return parent_key(specification().table(column.references));
    const auto serial = static_cast<std::size_t>(serial_);
    if (!column.choices.empty())
        return text_value(column, column.choices[serial % column.choices.size()]);
    switch (value_type(column)) {
        case sql::ValueType::kBoolean: return owned(sql::Value::boolean(true));
        case sql::ValueType::kInteger:
        case sql::ValueType::kFloat:
        case sql::ValueType::kDecimal:
            return number_value(column, std::max(1.0, column.min.value_or(1)));
        case sql::ValueType::kUuid: return owned(sql::Value::uuid(uuid_of(serial_)));
        case sql::ValueType::kDate: return owned(sql::Value::date(Date{kDay}));
        case sql::ValueType::kInstant: {
            // A validity that ends must end after it began, and columns come in that order.
            const auto place = &column - table.columns.data();
            return owned(sql::Value::instant(Instant{kNoon + place * kSecond}));
        }
        case sql::ValueType::kJson: return owned(sql::Value::json(column.preset.value_or("{}")));
        case sql::ValueType::kText: break;
    }
    return text_value(column, "t" + std::to_string(serial_));
}

sql::OwnedValue RowMaker::parent_key(const SpecifiedTable& parent) {
    if (const auto known = parents_.find(parent.name); known != parents_.end())
        return known->second;
    Cells row = cells(parent);
    if (const auto inserted = insert(parent, row); !inserted)
        throw std::runtime_error("A valid row of " + parent.name +
                                 " is refused: " + describe(inserted.error()));
    return parents_[parent.name] = row.at("id");
}

Cells RowMaker::cells(const SpecifiedTable& table) {
    Cells row;
    for (const SpecifiedColumn& column : table.columns)
        if (!(column.primary_key && column.is("INTEGER")))
            row[column.name] = valid_value(table, column);
    return row;
}

Result<void> RowMaker::insert(const SpecifiedTable& table, Cells& cells) {
    std::string names, places;
    std::vector<sql::Value> params;
    for (const auto& [name, value] : cells) {
        names += (names.empty() ? "" : ", ") + sql::quoted(name);
        params.push_back(value.view());
        places += (places.empty() ? "$" : ", $") + std::to_string(params.size());
    }
    sql::OwnedValue key;
    const SpecifiedColumn& id = table.column("id");
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value value;
        if (row.get(0, value_type(id), 0, value)) key = sql::OwnedValue(value);
    });
    SEGURIFAI_TRY(session_.run("INSERT INTO " + sql::quoted(table.name) + " (" + names +
                                   ") VALUES (" + places + ") RETURNING id",
                               params, &sink));
    cells["id"] = key;
    return {};
}

}  // namespace segurifai::conformance

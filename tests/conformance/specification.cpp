#include "conformance/specification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <stdexcept>

#include "embedded/conformance/files.hpp"

namespace segurifai::conformance {
namespace {

namespace json = boost::json;

json::value file(std::string_view name) {
    for (const EmbeddedFile& embedded : files::files())
        if (embedded.name == name) return json::parse({embedded.text.data(), embedded.text.size()});
    throw std::runtime_error("There is no file " + std::string(name));
}

std::string text(const json::value& value) {
    return std::string(value.as_string());
}

std::vector<std::string> texts(const json::value& value) {
    std::vector<std::string> all;
    for (const json::value& element : value.as_array()) all.push_back(text(element));
    return all;
}

bool flag(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains({key.data(), key.size()});
    return value != nullptr && value->as_bool();
}

/// A default as text: words as they are, numbers in digits, the rest as JSON writes it.
std::string preset_text(const json::value& value) {
    if (value.is_string()) return text(value);
    return value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
}

/// "VARCHAR(254)" gives 254, "DECIMAL(10,2)" gives its scale 2.
int last_number(const std::string& type) {
    const std::size_t start = type.find_last_of("(,");
    int number = 0;
    if (start != std::string::npos)
        std::from_chars(type.data() + start + 1, type.data() + type.size(), number);
    return number;
}

SpecifiedColumn read_column(const json::object& object) {
    SpecifiedColumn column;
    column.name = text(object.at("name"));
    column.type = text(object.at("type"));
    column.null = flag(object, "null");
    column.primary_key = flag(object, "primary_key");
    if (const auto* parent = object.if_contains("references")) column.references = text(*parent);
    if (const auto* choices = object.if_contains("choices")) column.choices = texts(*choices);
    if (const auto* preset = object.if_contains("default")) column.preset = preset_text(*preset);
    if (column.is("VARCHAR") || column.is("CHAR")) column.length = last_number(column.type);
    if (column.is("DECIMAL")) column.scale = last_number(column.type);
    return column;
}

/// Two lists may name the same columns: that is one index.
void add_index(SpecifiedTable& table, SpecifiedIndex index) {
    const auto same = std::ranges::find(table.indexes, index.columns, &SpecifiedIndex::columns);
    if (same == table.indexes.end()) {
        table.indexes.push_back(std::move(index));
        return;
    }
    same->unique = same->unique || index.unique;
    if (!index.name.empty()) same->name = index.name;
}

SpecifiedColumn& column_of(Specification& read, std::string_view table, std::string_view column) {
    for (SpecifiedTable& candidate : read.tables)
        for (SpecifiedColumn& found : candidate.columns)
            if (candidate.name == table && found.name == column) return found;
    throw std::runtime_error("There is no column " + std::string(table) + "." +
                             std::string(column));
}

void add_rules(Specification& read) {
    for (const auto& [table, columns] : file("empty_text_defaults.json").as_object())
        for (const auto& [column, preset] : columns.as_object())
            column_of(read, table, column).preset = preset_text(preset);
    const json::value rules = file("rules.json");
    for (const auto& [table, columns] : rules.at("ranges").as_object())
        for (const auto& [name, range] : columns.as_object()) {
            SpecifiedColumn& column = column_of(read, table, name);
            column.min = range.at(0).to_number<double>();
            if (!range.at(1).is_null()) column.max = range.at(1).to_number<double>();
        }
    for (const std::string& cascade : texts(rules.at("cascades"))) {
        const std::size_t dot = cascade.find('.');
        column_of(read, cascade.substr(0, dot), cascade.substr(dot + 1)).cascade = true;
    }
}

Specification read_all() {
    Specification read;
    const json::value schema = file("schema.json");
    for (const json::value& object : schema.at("tables").as_array()) {
        SpecifiedTable& table = read.tables.emplace_back();
        table.app = text(object.at("app"));
        table.name = text(object.at("table"));
        for (const json::value& column : object.at("columns").as_array())
            table.columns.push_back(read_column(column.as_object()));
        for (const json::value& columns : object.at("unique").as_array())
            add_index(table, {.columns = texts(columns), .unique = true});
        for (const json::value& columns : object.at("indexes").as_array()) {
            add_index(table, {.columns = texts(columns)});
            ++read.listed_indexes;
        }
    }
    for (const json::value& index : schema.at("performance_indexes").as_array()) {
        const std::string table = text(index.at("table"));
        const auto found = std::ranges::find(read.tables, table, &SpecifiedTable::name);
        if (found == read.tables.end()) throw std::runtime_error("There is no table " + table);
        add_index(*found, {.columns = texts(index.at("columns")),
                           .name = table + "_" + text(index.at("name"))});
        ++read.performance_indexes;
    }
    add_rules(read);
    return read;
}

}  // namespace

const SpecifiedColumn& SpecifiedTable::column(const std::string& column) const {
    const auto found = std::ranges::find(columns, column, &SpecifiedColumn::name);
    if (found == columns.end()) throw std::runtime_error("There is no column " + column);
    return *found;
}

std::vector<std::vector<std::string>> SpecifiedTable::uniques() const {
    std::vector<std::vector<std::string>> all;
    for (const SpecifiedIndex& index : indexes)
        if (index.unique) all.push_back(index.columns);
    return all;
}

const SpecifiedTable& Specification::table(const std::string& name) const {
    const auto found = std::ranges::find(tables, name, &SpecifiedTable::name);
    if (found == tables.end()) throw std::runtime_error("There is no table " + name);
    return *found;
}

const Specification& specification() {
    static const Specification read = read_all();
    return read;
}

}  // namespace segurifai::conformance

#include "model/description_check.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/decimal.hpp"
#include "model/text_value.hpp"
#include "model/validation.hpp"

namespace segurifai::model {
namespace {

bool is_text(Type type) noexcept {
    return type == Type::kVarchar || type == Type::kChar || type == Type::kText;
}

bool may_have_range(Type type) noexcept {
    return type == Type::kInteger || type == Type::kBigInteger || type == Type::kFloat ||
           type == Type::kDecimal || type == Type::kDate || type == Type::kDateTime;
}

/// Lower-case ASCII words: then no engine needs to be asked how it folds a name.
bool is_name(std::string_view name) noexcept {
    return !name.empty() && (name[0] < '0' || name[0] > '9') &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

/// Walks a set of descriptions and collects what is wrong with them.
class Examination {
public:
    explicit Examination(std::span<const Table* const> tables) : tables_(tables) {}

    std::vector<Fault> run() {
        examine_identities();
        for (const Table* table : tables_) examine(*table);
        examine_physical_names();
        return std::move(faults_);
    }

private:
    void add(const Table& table, std::string_view part, std::string message) {
        std::string path(table.name);
        if (!part.empty()) path.append(".").append(part);
        faults_.push_back({std::move(path), std::move(message)});
    }

    [[nodiscard]] const Table* find(std::string_view name) const {
        for (const Table* table : tables_)
            if (table->name == name) return table;
        return nullptr;
    }

    void examine_identities() {
        std::map<std::string_view, int> names;
        std::map<std::uint16_t, const Table*> numbers;
        for (const Table* table : tables_) {
            if (++names[table->name] == 2) add(*table, "", "Two tables have this name.");
            const auto [other, fresh] = numbers.emplace(table->number, table);
            if (table->number == 0)
                add(*table, "", "The table has no number; give it the next free one.");
            else if (!fresh)
                add(*table, "",
                    "Its number " + std::to_string(table->number) + " belongs to " +
                        std::string(other->second->name) + ".");
        }
    }

    void examine(const Table& table) {
        if (!is_name(table.name)) add(table, "", "The name must be of a-z, 0-9 and _.");
        if (table.app.empty()) add(table, "", "The table belongs to no app.");
        if (table.retention == Retention::kUnset || table.retention == Retention::kTable)
            add(table, "", "The table has no retention class.");
        examine_retention(table);
        examine_keys(table);
        const Validation validation(table);
        std::map<std::uint16_t, std::string_view> numbers;
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            const Column& column = table.columns[i];
            if (!names.insert(column.name).second)
                add(table, column.name, "Two columns have this name.");
            const auto [other, fresh] = numbers.emplace(column.number, column.name);
            if (column.number == 0)
                add(table, column.name, "The column has no number; give it the next free one.");
            else if (!fresh)
                add(table, column.name,
                    "Its number " + std::to_string(column.number) + " belongs to " +
                        std::string(other->second) + ".");
            examine(table, column);
            examine_default(table, column, validation, i);
        }
        examine_partition(table);
        examine_indexes(table);
        for (const Check& check : table.checks)
            if (check.name.empty() || check.expression.empty())
                add(table, check.name, "A check needs a name and an expression.");
    }

    void examine_keys(const Table& table) {
        const auto keys = std::count_if(table.columns.begin(), table.columns.end(),
                                        [](const Column& column) { return column.primary_key; });
        if (keys == 0) add(table, "", "The table has no primary key.");
        if (keys > 1) add(table, "", "The table has several primary keys; it takes one column.");
    }

    void examine(const Table& table, const Column& column) {
        const std::string_view name = column.name;
        if (!is_name(name)) add(table, name, "The name must be of a-z, 0-9 and _.");
        if (column.personal == Personal::kUnset)
            add(table, name, "The column has no personal-data tag.");
        if (column.retention == Retention::kUnset)
            add(table, name, "The column has no retention class.");
        if (column.primary_key && column.null) add(table, name, "A primary key cannot be NULL.");
        const bool whole = column.type == Type::kInteger || column.type == Type::kBigInteger;
        if (column.identity && (!whole || column.null))
            add(table, name, "Only an integer that is NOT NULL can be counted up.");
        if (column.identity && !column.primary_key)
            add(table, name, "Only a primary key can be counted up.");
        if ((column.type == Type::kVarchar || column.type == Type::kChar) && column.length < 1)
            add(table, name, "VARCHAR and CHAR need a length.");
        if (column.length < 0 || (column.length > 0 && !is_text(column.type)))
            add(table, name, "Only texts have a length, and it is 1 or more.");
        if (column.type == Type::kDecimal &&
            (column.precision < 1 || column.precision > kDecimalPrecisionMax || column.scale < 0 ||
             column.scale > column.precision))
            add(table, name, "A decimal has 1 to 15 digits, and no more of them after the point.");
        if (column.auto_time != AutoTime::kNone && column.type != Type::kDateTime)
            add(table, name, "Only a DATETIME is set by the clock.");
        if (column.json != JsonKind::kAny && column.type != Type::kJson)
            add(table, name, "Only a JSON column has a JSON kind.");
        if (column.primary_key && (column.type == Type::kJson || column.type == Type::kFloat))
            add(table, name, "A JSON document or a float cannot be a key.");
        if (column.unique && column.type == Type::kJson)
            add(table, name, "A JSON document cannot be unique.");
        if (column.load == nullptr || column.store == nullptr)
            add(table, name, "The column has no member to load from and store to.");
        examine_choices(table, column);
        examine_range(table, column);
        examine_reference(table, column);
    }

    void examine_choices(const Table& table, const Column& column) {
        std::set<std::string_view> seen;
        for (const std::string_view choice : column.choices) {
            const std::size_t characters = character_count(choice);
            if (!seen.insert(choice).second)
                add(table, column.name, "The choice '" + std::string(choice) + "' is there twice.");
            if (choice.empty() || !is_storable_text(choice))
                add(table, column.name, "A choice must be a word.");
            if (column.length > 0 && characters > static_cast<std::size_t>(column.length))
                add(table, column.name,
                    "The choice '" + std::string(choice) + "' is longer than the column.");
            if (column.type == Type::kChar && characters < static_cast<std::size_t>(column.length))
                add(table, column.name,
                    "The choice '" + std::string(choice) + "' is shorter than the CHAR.");
        }
        if (!column.choices.empty() && !is_text(column.type))
            add(table, column.name, "Only a text column has choices.");
    }

    void examine_range(const Table& table, const Column& column) {
        if (column.min.empty() && column.max.empty()) return;
        if (!may_have_range(column.type)) {
            add(table, column.name, "A column of this type has no range.");
            return;
        }
        const auto min = parse_value(column, column.min);
        const auto max = parse_value(column, column.max);
        if (!column.min.empty() && !min)
            add(table, column.name,
                "The smallest value '" + std::string(column.min) + "' is no value of the column.");
        if (!column.max.empty() && !max)
            add(table, column.name,
                "The largest value '" + std::string(column.max) + "' is no value of the column.");
        if (!min || !max || column.min.empty() || column.max.empty()) return;
        const bool crossed = column.type == Type::kFloat ? min->as_real() > max->as_real()
                                                         : min->as_integer() > max->as_integer();
        if (crossed) add(table, column.name, "The smallest value is above the largest.");
    }

    void examine_default(const Table& table, const Column& column, const Validation& validation,
                         std::size_t position) {
        if (!column.preset.exists()) return;
        if (column.identity || column.auto_time != AutoTime::kNone) {
            add(table, column.name, "A column that fills itself has no default.");
            return;
        }
        const auto value = default_value(column);
        if (!value || value->type() != column.value_type()) {
            add(table, column.name, "The default is no value of the column's type.");
            return;
        }
        if (column.type == Type::kJson) {
            const auto parsed = Json::parse(value->as_text());
            if (!parsed || parsed->text != value->as_text()) {
                add(table, column.name, "The default is not JSON in canonical form.");
                return;
            }
        }
        if (const auto fault = validation.check(position, *value))
            add(table, column.name, "The default breaks the column's own rule: " + *fault);
    }

    void examine_reference(const Table& table, const Column& column) {
        if (column.references.empty()) return;
        if (column.on_delete == OnDelete::kSetNull && !column.null)
            add(table, column.name, "A column that is NOT NULL cannot be set to NULL on delete.");
        const Table* parent = find(column.references);
        if (parent == nullptr) {
            add(table, column.name,
                "It references " + std::string(column.references) +
                    ", which is no table of the registry.");
            return;
        }
        const Column* key = nullptr;
        for (const Column& candidate : parent->columns)
            if (candidate.primary_key && key == nullptr) key = &candidate;
        if (key == nullptr || !parent->partition_by.empty()) {
            add(table, column.name,
                "It references " + std::string(column.references) +
                    ", whose primary key is not a single column.");
            return;
        }
        if (key->type != column.type || key->length != column.length ||
            key->precision != column.precision || key->scale != column.scale)
            add(table, column.name,
                "It is " + column.type_spelling() + ", but the key of " +
                    std::string(column.references) + " is " + key->type_spelling() + ".");
    }

    void examine_partition(const Table& table) {
        if (table.partition_by.empty()) return;
        const Column* column = table.find(table.partition_by);
        if (column == nullptr)
            add(table, table.partition_by, "The partition column is no column of the table.");
        else if (column->type != Type::kDateTime || column->null)
            add(table, table.partition_by, "A partition column is a DATETIME that is NOT NULL.");
    }

    /// Rows that go by the clock say by which of their instants.
    void examine_retention(const Table& table) {
        const bool timed = table.retention == Retention::kSession ||
                           table.retention == Retention::kLocationHistory;
        if (table.retained_from.empty()) {
            if (timed) add(table, "", "The table does not say from which column it is retained.");
            return;
        }
        const Column* column = table.find(table.retained_from);
        if (!timed)
            add(table, table.retained_from, "The table's retention class counts from no column.");
        else if (column == nullptr || column->type != Type::kDateTime || column->null)
            add(table, table.retained_from,
                "What a table is retained from is a DATETIME of its own that is NOT NULL.");
    }

    void examine_indexes(const Table& table) {
        for (const Index& index : table.indexes) {
            if (index.name.empty()) add(table, "", "An index has no name.");
            if (index.columns[0].empty()) add(table, index.name, "The index has no column.");
            std::set<std::string_view> seen;
            for (const std::string_view column : index.columns) {
                if (column.empty()) continue;
                if (table.find(column) == nullptr)
                    add(table, index.name,
                        "The index names " + std::string(column) + ", which is no column.");
                if (!seen.insert(column).second)
                    add(table, index.name, "The index names " + std::string(column) + " twice.");
            }
        }
    }

    void examine_physical_names() {
        std::map<std::string, std::string> owners;  // physical name -> where it is from
        for (const Table* table : tables_) {
            for (const PhysicalName& physical : physical_names(*table)) {
                if (physical.name.size() > kNameBytesMax)
                    add(*table, physical.origin,
                        "The name " + physical.name + " has " +
                            std::to_string(physical.name.size()) + " bytes; PostgreSQL keeps 63.");
                if (physical.kind == PhysicalName::Kind::kTable && find(table->name) != table)
                    continue;  // said above: two tables of one name
                std::string owner(table->name);
                if (!physical.origin.empty()) owner += "." + physical.origin;
                const auto [other, fresh] = owners.emplace(physical.name, owner);
                if (!fresh)
                    add(*table, physical.origin,
                        "The name " + physical.name + " is also made by " + other->second + ".");
            }
        }
    }

    std::span<const Table* const> tables_;
    std::vector<Fault> faults_;
};

}  // namespace

std::vector<PhysicalName> physical_names(const Table& table) {
    using Kind = PhysicalName::Kind;
    std::vector<PhysicalName> names;
    names.push_back({Kind::kTable, std::string(table.name), ""});
    names.push_back({Kind::kPrimaryKey, physical_name(table.name, "pkey"), ""});
    for (const Column& column : table.columns) {
        const std::string origin(column.name);
        const auto add = [&](Kind kind, const char* suffix) {
            names.push_back({kind, physical_name(table.name, origin + suffix), origin});
        };
        add(Kind::kColumnCheck, "_type");
        if (!column.choices.empty()) add(Kind::kColumnCheck, "_choices");
        if (!column.min.empty() || !column.max.empty()) add(Kind::kColumnCheck, "_range");
        if (column.length > 0) add(Kind::kColumnCheck, "_length");
        if (column.type == Type::kJson) add(Kind::kColumnCheck, "_json");
        if (!column.references.empty()) add(Kind::kForeignKey, "_fkey");
        if (column.unique)
            names.push_back({Kind::kIndex, unique_index_name(table, column), origin});
    }
    for (const Index& index : table.indexes)
        names.push_back(
            {Kind::kIndex, physical_name(table.name, index.name), std::string(index.name)});
    for (const Check& check : table.checks)
        names.push_back(
            {Kind::kCheck, physical_name(table.name, check.name), std::string(check.name)});
    return names;
}

std::vector<Fault> check_descriptions(std::span<const Table* const> tables) {
    return Examination(tables).run();
}

}  // namespace segurifai::model

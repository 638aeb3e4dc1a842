#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "migrate/lint_rules.hpp"
#include "migrate/type_change.hpp"

namespace segurifai::migrate::rules {

namespace {

bool has_default(const PresetState& preset) noexcept {
    return !std::holds_alternative<std::monostate>(preset);
}

std::string spelled(const ColumnState& column) {
    return model::spelling(column.type, column.length, column.precision, column.scale);
}

const AddColumn* added(const Subject& s) noexcept {
    const auto* add = std::get_if<AddColumn>(&s.operation);
    return add != nullptr && s.in_use(add->table) ? add : nullptr;
}

const AlterColumn* altered(const Subject& s) noexcept {
    const auto* alter = std::get_if<AlterColumn>(&s.operation);
    return alter != nullptr && s.in_use(alter->table) && s.altered() != nullptr ? alter : nullptr;
}

/// The columns a CREATE TABLE or ADD COLUMN brings.
std::vector<const ColumnState*> new_columns(const Subject& s) {
    std::vector<const ColumnState*> columns;
    if (const auto* create = std::get_if<CreateTable>(&s.operation))
        for (const ColumnState& column : create->table.columns) columns.push_back(&column);
    if (const auto* add = std::get_if<AddColumn>(&s.operation)) columns.push_back(&add->column);
    return columns;
}

bool is_text(model::Type type) noexcept {
    return type == model::Type::kVarchar || type == model::Type::kChar ||
           type == model::Type::kText;
}

/// Characters a text column takes; 0 for no limit.
int limit_of(const ColumnState& column) noexcept {
    return column.type == model::Type::kText ? 0 : column.length;
}

bool shortens(const ColumnState& from, const ColumnState& to) noexcept {
    if (!is_text(from.type) || !is_text(to.type) || limit_of(to) == 0) return false;
    return limit_of(from) == 0 || limit_of(to) < limit_of(from);
}

bool same_type(const ColumnState& from, const ColumnState& to) noexcept {
    return from.type == to.type && from.length == to.length && from.precision == to.precision &&
           from.scale == to.scale;
}

/// Changes that PostgreSQL makes in its catalogue alone.
bool only_catalogue(const ColumnState& from, const ColumnState& to) noexcept {
    const bool text = from.type != model::Type::kChar && to.type != model::Type::kChar &&
                      is_text(from.type) && is_text(to.type) && !shortens(from, to);
    const bool decimal = from.type == model::Type::kDecimal && to.type == model::Type::kDecimal &&
                         from.scale == to.scale && to.precision >= from.precision;
    return text || decimal;
}

// --- new columns

Hits required_field(const Subject& s) {
    const AddColumn* add = added(s);
    if (add == nullptr || add->column.null || add->column.identity ||
        has_default(add->column.preset) || has_default(add->fill))
        return {};
    return {
        {fmt::format("{} is NOT NULL without a default: the migration fails as soon as {} has "
                     "a row, and the running release, which does not know the column, cannot "
                     "insert any more.",
                     add->column.name, add->table)}};
}

Hits field_with_default(const Subject& s) {
    const AddColumn* add = added(s);
    if (add == nullptr || !has_default(add->column.preset)) return {};
    return {
        {"The default is a constant: both engines keep it in the catalogue and rewrite no row."}};
}

Hits field_with_fill(const Subject& s) {
    const AddColumn* add = added(s);
    if (add == nullptr || !has_default(add->fill)) return {};
    return {{how(s, add->table, "Existing rows are filled in batches by key, outside a transaction",
                 "Existing rows are filled by one UPDATE, which is short on a small table.")}};
}

Hits foreign_key(const Subject& s) {
    if (const AddColumn* add = added(s); add != nullptr && add->column.references)
        return {{how(s, add->table,
                     "The key is added NOT VALID and validated afterwards, so writes go on",
                     "The key is added in one go, which is short on a small table.")}};
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || !alter->column.references ||
        s.altered()->references == alter->column.references)
        return {};
    return {{fmt::format("Rows of {} without a parent in {} make the migration fail, and every row "
                         "is looked up.",
                         alter->table, alter->column.references->table),
             Severity::kWarning}};
}

/// Whether an index of the table, as it is after the whole migration, starts with the column.
bool is_indexed(const Subject& s, const TableState& table, const ColumnState& column) {
    const auto leads = [&](const IndexState& index) {
        return !index.columns.empty() && index.columns.front() == column.name;
    };
    if (std::ranges::any_of(table.indexes, leads)) return true;
    return std::ranges::any_of(s.migration.operations, [&](const Operation& operation) {
        const auto* add = std::get_if<AddIndex>(&operation);
        return add != nullptr && add->table == table.name && leads(add->index);
    });
}

Hits unindexed_foreign_key(const Subject& s) {
    Hits hits;
    const auto* create = std::get_if<CreateTable>(&s.operation);
    const TableState* table = create != nullptr     ? &create->table
                              : added(s) != nullptr ? s.before.find(added(s)->table)
                                                    : nullptr;
    if (table == nullptr) return hits;
    for (const ColumnState* column : new_columns(s))
        if (column->references && !column->primary_key && !is_indexed(s, *table, *column))
            hits.push_back(
                {fmt::format("No index starts with {}: deleting a row of {} reads the "
                             "whole of {}.",
                             column->name, column->references->table, table->name)});
    return hits;
}

Hits int_identity(const Subject& s) {
    Hits hits;
    for (const ColumnState* column : new_columns(s))
        if (column->identity && column->type == model::Type::kInteger)
            hits.push_back(
                {fmt::format("{} counts up in 32 bits and is full after 2,147,483,647 "
                             "rows, deleted ones included.",
                             column->name)});
    return hits;
}

Hits char_field(const Subject& s) {
    Hits hits;
    for (const ColumnState* column : new_columns(s))
        if (column->type == model::Type::kChar)
            hits.push_back(
                {fmt::format("{} is {}: PostgreSQL pads it with blanks and compares it "
                             "without them.",
                             column->name, spelled(*column))});
    return hits;
}

Hits varchar_field(const Subject& s) {
    std::string names;
    for (const ColumnState* column : new_columns(s)) {
        if (column->type != model::Type::kVarchar) continue;
        if (!names.empty()) names += ", ";
        names += column->name;
    }
    if (names.empty()) return {};
    return {
        {fmt::format("The length of {} is part of the type: making it longer later is free, "
                     "shorter reads the whole table under a lock.",
                     names)}};
}

// --- changed columns

Hits not_null(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || !s.altered()->null || alter->column.null) return {};
    std::string why =
        how(s, alter->table, "A validated CHECK is added first, so that SET NOT NULL reads no row",
            "Every row is read while reads and writes wait; short on a small table");
    why += has_default(alter->fill) ? "; NULLs are filled in before. "
                                    : "; it fails when one row holds NULL. ";
    why += "The running release must no longer write NULL.";
    return {{std::move(why)}};
}

Hits drop_not_null(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || s.altered()->null || !alter->column.null) return {};
    return {{fmt::format("The running release does not expect NULL in {}.", alter->column.name)}};
}

Hits type_changed(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || same_type(*s.altered(), alter->column)) return {};
    if (only_catalogue(*s.altered(), alter->column))
        return {{fmt::format("{} becomes {}: PostgreSQL changes its catalogue alone; SQLite copies "
                             "the table.",
                             spelled(*s.altered()), spelled(alter->column)),
                 Severity::kNote}};
    if (shortens(*s.altered(), alter->column)) return {};  // a rule of its own
    return {
        {fmt::format("{} becomes {}: every row and index of {} is written anew while reads and "
                     "writes wait, and the running release gets another type.",
                     spelled(*s.altered()), spelled(alter->column), alter->table)}};
}

Hits shortened(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || !shortens(*s.altered(), alter->column)) return {};
    return {
        {fmt::format("{} becomes {}: one longer value makes the migration fail, and the whole "
                     "table is read under a lock.",
                     spelled(*s.altered()), spelled(alter->column))}};
}

Hits lossy(const Subject& s) {
    if (safety_of(s.operation, s.before) != Safety::kLossy) return {};
    return {
        {"Going there and back does not give every value back as it was; migrate asks for "
         "--accept-data-loss."}};
}

Hits irreversible(const Subject& s) {
    if (safety_of(s.operation, s.before) != Safety::kIrreversible) return {};
    return {{"There is no way back: a release that has to be rolled back cannot roll this back."}};
}

Hits drop_default(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || !has_default(s.altered()->preset) || has_default(alter->column.preset))
        return {};
    return {{fmt::format("The running release may insert without {} and then {}.",
                         alter->column.name, alter->column.null ? "stores NULL" : "is refused")}};
}

Hits set_default(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || !has_default(alter->column.preset) ||
        s.altered()->preset == alter->column.preset)
        return {};
    return {
        {"Only rows inserted from now on get the new default; existing rows keep what they "
         "have."}};
}

// --- rules on values

Hits choices_changed(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || s.altered()->choices == alter->column.choices ||
        alter->column.choices.empty())
        return {};
    const auto& now = alter->column.choices;
    std::string gone;
    for (const std::string& choice : s.altered()->choices)
        if (std::ranges::find(now, choice) == now.end())
            gone += (gone.empty() ? "" : ", ") + choice;
    if (s.altered()->choices.empty())
        return {
            {"Rows with any other word make the migration fail, and the running release may "
             "still write them."}};
    if (!gone.empty())
        return {
            {fmt::format("Rows with {} make the migration fail, and the running release may "
                         "still write it.",
                         gone)}};
    return {
        {"Words are only added: no row can break it, but the running release does not know "
         "them when it reads.",
         Severity::kNote}};
}

/// A bound as a number, as far as it is one.
std::optional<double> number(const std::string& text) {
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || read.ec != std::errc()) return std::nullopt;
    return value;
}

Hits range_narrowed(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr) return {};
    const auto& from = *s.altered();
    const auto& to = alter->column;
    const auto tighter = [](const std::string& was, const std::string& is, bool lower) {
        if (is.empty() || is == was) return false;
        const auto before = number(was);
        const auto after = number(is);
        return !before || !after || (lower ? *after > *before : *after < *before);
    };
    if (!tighter(from.min, to.min, true) && !tighter(from.max, to.max, false)) return {};
    return {
        {fmt::format("Rows outside the new range of {} make the migration fail, and the running "
                     "release may still write them.",
                     to.name)}};
}

Hits json_narrowed(const Subject& s) {
    const AlterColumn* alter = altered(s);
    if (alter == nullptr || s.altered()->json == alter->column.json ||
        alter->column.json == JsonKind::kAny)
        return {};
    return {{fmt::format("Documents of another kind in {} make the migration fail.",
                         alter->column.name)}};
}

const std::vector<std::string> kTwoReleases{
    "add a new column beside the old one", "release a version that writes both",
    "fill the new column in batches, in a migration of its own",
    "release a version that reads the new one", "drop the old column"};
const std::vector<std::string> kCleanFirst{
    "release a version that no longer writes what will be refused",
    "clean the rows in batches, in a migration of its own", "then change the rule"};

}  // namespace

std::span<const Rule> column_rules() {
    static const std::array kRules{
        Rule{"adding-required-field",
             Severity::kError,
             "a NOT NULL column without default on a table in use",
             required_field,
             {"give the column a default, or let it be NULL", "release a version that writes it",
              "fill the rows that are there in batches", "then make it NOT NULL"}},
        Rule{"adding-field-with-default", Severity::kNote, "a new column with a constant default",
             field_with_default},
        Rule{"adding-field-with-fill", Severity::kNote, "a new column whose rows are filled",
             field_with_fill},
        Rule{"adding-foreign-key-constraint",
             Severity::kNote,
             "a foreign key on a table in use",
             foreign_key,
             {"clean rows without a parent in batches", "add the key NOT VALID",
              "validate it in a statement of its own"}},
        Rule{"unindexed-foreign-key",
             Severity::kNote,
             "a foreign key no index starts with",
             unindexed_foreign_key,
             {"add an index on the column"}},
        Rule{"prefer-bigint-over-int",
             Severity::kNote,
             "a key counted up in 32 bits",
             int_identity,
             {"use a 64-bit key where rows are many"}},
        Rule{"ban-char-field",
             Severity::kNote,
             "a CHAR column",
             char_field,
             {"use VARCHAR or TEXT with a check"}},
        Rule{"prefer-text-field",
             Severity::kNote,
             "a VARCHAR column",
             varchar_field,
             {"use TEXT with a check where the length may shrink"}},
        Rule{"adding-not-nullable-field",
             Severity::kWarning,
             "a column that turns NOT NULL",
             not_null,
             {"release a version that always writes the column",
              "fill NULLs in batches, in a migration of its own",
              "add CHECK (… IS NOT NULL) NOT VALID, validate it, SET NOT NULL, drop the check"}},
        Rule{"ban-drop-not-null",
             Severity::kWarning,
             "a column that may become NULL",
             drop_not_null,
             {"release a version that reads NULL", "then drop NOT NULL"}},
        Rule{"changing-column-type", Severity::kWarning, "a column that gets another type",
             type_changed, kTwoReleases},
        Rule{"shortening-text-field", Severity::kWarning, "a text column that gets shorter",
             shortened, kCleanFirst},
        Rule{"lossy-change", Severity::kWarning, "a change that rounds, merges or fills in values",
             lossy, kTwoReleases},
        Rule{"irreversible-change",
             Severity::kWarning,
             "a change without a way back",
             irreversible,
             {"give a RunSql its reverse, and mark it reversible",
              "or keep the old column beside the new one until nobody goes back"}},
        Rule{"ban-drop-default",
             Severity::kWarning,
             "a default that goes",
             drop_default,
             {"release a version that always writes the column", "then drop the default"}},
        Rule{"ban-set-default",
             Severity::kNote,
             "a default that changes",
             set_default,
             {"fill existing rows in batches where they should have it too"}},
        Rule{"changing-choices", Severity::kWarning, "a list of allowed words that changes",
             choices_changed, kCleanFirst},
        Rule{"narrowing-range", Severity::kWarning, "a range that gets narrower", range_narrowed,
             kCleanFirst},
        Rule{"narrowing-json", Severity::kWarning, "a JSON column restricted to one kind",
             json_narrowed, kCleanFirst},
    };
    return kRules;
}

}  // namespace segurifai::migrate::rules

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "migrate/lint_rules.hpp"

namespace segurifai::migrate::rules {

namespace {

constexpr std::size_t kNameBytesMax = 63;  ///< PostgreSQL cuts what is longer
constexpr std::size_t kIndexColumnsMax = 3;

/// The operation when its table was there before the migration.
template <class Kind>
const Kind* in_use(const Subject& s) {
    const auto* operation = std::get_if<Kind>(&s.operation);
    return operation != nullptr && s.in_use(table_of(s.operation)) ? operation : nullptr;
}

Hits drop_table(const Subject& s) {
    const auto* drop = in_use<DropTable>(s);
    if (drop == nullptr) return {};
    return {
        {fmt::format("The running release fails on every statement that names {}. The rows are "
                     "kept as a tombstone until purge ends it.",
                     drop->table)}};
}

Hits drop_column(const Subject& s) {
    const auto* drop = in_use<DropColumn>(s);
    if (drop == nullptr) return {};
    return {
        {fmt::format("The running release fails on every statement that names {}.{}. The values "
                     "are kept as a tombstone until purge ends it.",
                     drop->table, drop->column)}};
}

Hits rename_table(const Subject& s) {
    const auto* rename = std::get_if<RenameTable>(&s.operation);
    if (rename == nullptr || !s.in_use(rename->from) || rename->from == rename->to) return {};
    return {{fmt::format("The running release knows the table as {} and fails on every statement.",
                         rename->from)}};
}

Hits rename_column(const Subject& s) {
    const auto* rename = in_use<RenameColumn>(s);
    if (rename == nullptr) return {};
    return {
        {fmt::format("The running release knows the column as {}.{} and fails on every "
                     "statement.",
                     rename->table, rename->from)}};
}

const TableState* table_before(const Subject& s) {
    return s.before.find(table_of(s.operation));
}

Hits add_index(const Subject& s) {
    const auto* add = in_use<AddIndex>(s);
    if (add == nullptr || add->index.unique) return {};
    const TableState* table = table_before(s);
    if (table != nullptr && !table->partition_by.empty())
        return {{fmt::format("{} is partitioned: PostgreSQL cannot build the index of all "
                             "partitions CONCURRENTLY, so writes wait.",
                             add->table),
                 Severity::kWarning}};
    return {{how(s, add->table, "The index is built CONCURRENTLY, writes go on",
                 "The index is built in one go; writes wait, which is short on a small table.")}};
}

Hits unique_index(const Subject& s) {
    const auto* add = in_use<AddIndex>(s);
    if (add == nullptr || !add->index.unique) return {};
    return {{fmt::format(
        "Two rows of {} that are alike make the migration fail, and the running release may still "
        "write some. {}",
        add->table,
        how(s, add->table, "The index is built CONCURRENTLY", "The index is built in one go."))}};
}

Hits drop_index(const Subject& s) {
    const auto* drop = in_use<DropIndex>(s);
    if (drop == nullptr) return {};
    const TableState* table = table_before(s);
    const IndexState* index = table == nullptr ? nullptr : table->find_index(drop->index);
    if (index != nullptr && index->unique) return {};  // a rule of its own
    return {{how(s, drop->table, "The index is dropped CONCURRENTLY",
                 "The index is dropped in one go, which is short on a small table.")}};
}

Hits drop_unique(const Subject& s) {
    const auto* drop = in_use<DropIndex>(s);
    const TableState* table = table_before(s);
    if (drop == nullptr || table == nullptr) return {};
    const IndexState* index = table->find_index(drop->index);
    if (index == nullptr || !index->unique) return {};
    return {
        {fmt::format("Nothing keeps rows of {} that are alike out any more; going back fails "
                     "once there are some.",
                     drop->table)}};
}

/// The indexes an operation brings, with their table's columns.
std::vector<std::pair<const IndexState*, const TableState*>> new_indexes(const Subject& s) {
    std::vector<std::pair<const IndexState*, const TableState*>> list;
    if (const auto* create = std::get_if<CreateTable>(&s.operation))
        for (const IndexState& index : create->table.indexes)
            list.emplace_back(&index, &create->table);
    if (const auto* add = std::get_if<AddIndex>(&s.operation))
        list.emplace_back(&add->index, table_before(s));
    return list;
}

Hits wide_index(const Subject& s) {
    Hits hits;
    for (const auto& [index, table] : new_indexes(s))
        if (!index->unique && index->columns.size() > kIndexColumnsMax)
            hits.push_back(
                {fmt::format("{} has {} columns; more than {} seldom make it faster and "
                             "cost every write.",
                             index->name, index->columns.size(), kIndexColumnsMax)});
    return hits;
}

Hits json_index(const Subject& s) {
    Hits hits;
    for (const auto& [index, table] : new_indexes(s)) {
        if (table == nullptr) continue;
        for (const std::string& name : index->columns) {
            const ColumnState* column = table->find_column(name);
            if (column != nullptr && column->type == model::Type::kJson)
                hits.push_back(
                    {fmt::format("{} holds whole documents of {}: it finds only equal "
                                 "ones, and a document over 2,700 bytes is refused.",
                                 index->name, name)});
        }
    }
    return hits;
}

Hits duplicate_index(const Subject& s) {
    const auto* add = std::get_if<AddIndex>(&s.operation);
    const TableState* table = table_before(s);
    if (add == nullptr || table == nullptr || add->index.unique) return {};
    for (const IndexState& index : table->indexes) {
        const bool covers =
            index.columns.size() >= add->index.columns.size() &&
            std::ranges::equal(add->index.columns,
                               std::span(index.columns).first(add->index.columns.size()));
        if (covers && index.where == add->index.where)
            return {{fmt::format("{} starts with the same columns and serves the same reads.",
                                 index.name)}};
    }
    return {};
}

Hits add_check(const Subject& s) {
    const auto* add = in_use<AddCheck>(s);
    if (add == nullptr) return {};
    return {
        {fmt::format("Rows of {} that break it make the migration fail, and the running release "
                     "may still write some. {}",
                     add->table,
                     how(s, add->table, "The check is added NOT VALID and validated afterwards",
                         "The check is added in one go."))}};
}

Hits drop_check(const Subject& s) {
    const auto* drop = in_use<DropCheck>(s);
    if (drop == nullptr) return {};
    return {
        {fmt::format("Rows that the running release takes for impossible may appear in {}; "
                     "going back fails once there are some.",
                     drop->table)}};
}

Hits long_name(const Subject& s) {
    std::vector<std::string_view> names;
    if (const auto* create = std::get_if<CreateTable>(&s.operation)) {
        names.push_back(create->table.name);
        for (const auto& column : create->table.columns) names.push_back(column.name);
        for (const auto& index : create->table.indexes) names.push_back(index.name);
        for (const auto& check : create->table.checks) names.push_back(check.name);
    }
    if (const auto* add = std::get_if<AddColumn>(&s.operation)) names.push_back(add->column.name);
    if (const auto* add = std::get_if<AddIndex>(&s.operation)) names.push_back(add->index.name);
    if (const auto* add = std::get_if<AddCheck>(&s.operation)) names.push_back(add->check.name);
    if (const auto* rename = std::get_if<RenameTable>(&s.operation)) names.push_back(rename->to);
    if (const auto* rename = std::get_if<RenameColumn>(&s.operation)) names.push_back(rename->to);
    if (const auto* rename = std::get_if<RenameIndex>(&s.operation)) names.push_back(rename->to);
    Hits hits;
    for (const std::string_view name : names)
        if (name.size() > kNameBytesMax)
            hits.push_back({fmt::format("{} has {} bytes; PostgreSQL cuts names at {}.", name,
                                        name.size(), kNameBytesMax)});
    return hits;
}

/// What SQLite cannot do in place: the table is copied, once per table and migration.
Hits sqlite_rebuild(const Subject& s) {
    const bool rebuilds = in_use<AlterColumn>(s) != nullptr || in_use<AddCheck>(s) != nullptr ||
                          in_use<DropCheck>(s) != nullptr || in_use<DropColumn>(s) != nullptr;
    if (!rebuilds) return {};
    return {
        {fmt::format("SQLite copies all rows of {} into a new table, with writes waiting; "
                     "changes of one table in one migration share the copy.",
                     table_of(s.operation))}};
}

const std::vector<std::string> kUnusedFirst{"release a version that no longer reads or writes it",
                                            "then drop it in a migration of its own",
                                            "purge ends the tombstone when nobody goes back"};
const std::vector<std::string> kMoveOver{
    "make the new one beside the old", "release a version that writes both",
    "copy the rows in batches, in a migration of its own",
    "release a version that reads the new one", "drop the old one"};
const std::vector<std::string> kCleanFirst{
    "release a version that no longer writes what will be refused",
    "clean the rows in batches, in a migration of its own", "then add the rule"};

}  // namespace

std::span<const Rule> table_rules() {
    static const std::array kRules{
        Rule{"ban-drop-table", Severity::kWarning, "a table in use that goes", drop_table,
             kUnusedFirst},
        Rule{"ban-drop-column", Severity::kWarning, "a column in use that goes", drop_column,
             kUnusedFirst},
        Rule{"renaming-table", Severity::kError, "a table in use that gets another name",
             rename_table, kMoveOver},
        Rule{"renaming-column", Severity::kError, "a column in use that gets another name",
             rename_column, kMoveOver},
        Rule{"require-concurrent-index-creation",
             Severity::kNote,
             "an index on a table in use",
             add_index,
             {"build it CONCURRENTLY; on a partitioned table, partition by partition"}},
        Rule{"disallowed-unique-constraint", Severity::kWarning, "a unique rule on a table in use",
             unique_index, kCleanFirst},
        Rule{"require-concurrent-index-deletion", Severity::kNote, "an index that goes",
             drop_index},
        Rule{"dropping-unique-rule",
             Severity::kWarning,
             "a unique rule that goes",
             drop_unique,
             {"release a version that copes with rows that are alike", "then drop the rule"}},
        Rule{"wide-index",
             Severity::kNote,
             "an index over many columns",
             wide_index,
             {"start with the columns that narrow the rows down most, and leave out the rest"}},
        Rule{"indexing-json",
             Severity::kWarning,
             "an index on a JSON column",
             json_index,
             {"give what is searched for a column of its own, and index that"}},
        Rule{"duplicate-index",
             Severity::kNote,
             "an index that another one covers",
             duplicate_index,
             {"leave it out"}},
        Rule{"constraint-missing-not-valid", Severity::kWarning, "a check on a table in use",
             add_check, kCleanFirst},
        Rule{"ban-drop-constraint",
             Severity::kNote,
             "a check that goes",
             drop_check,
             {"release a version that copes with such rows", "then drop the check"}},
        Rule{"identifier-too-long",
             Severity::kError,
             "a name over 63 bytes",
             long_name,
             {"choose a shorter name"}},
        Rule{"sqlite-table-rebuild", Severity::kNote, "a change SQLite makes by copying the table",
             sqlite_rebuild},
    };
    return kRules;
}

}  // namespace segurifai::migrate::rules

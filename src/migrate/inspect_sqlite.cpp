#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "migrate/catalogue.hpp"
#include "migrate/sql_words.hpp"

namespace segurifai::migrate {

namespace {

// Every cell is CAST, because a pragma's columns have no declared type to read them by.

constexpr std::string_view kObjects = R"sql(
SELECT CAST(type AS TEXT), CAST(name AS TEXT), CAST(tbl_name AS TEXT), CAST(sql AS TEXT)
FROM sqlite_schema
WHERE type IN ('table', 'index', 'trigger') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name)sql";

constexpr std::string_view kColumns = R"sql(
SELECT CAST(m.name AS TEXT), CAST(c.name AS TEXT), CAST(c.type AS TEXT), CAST(c."notnull" AS INTEGER),
       CAST(c.dflt_value AS TEXT), CAST(c.pk AS INTEGER), CAST(c.hidden AS INTEGER)
FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY m.name, c.cid)sql";

constexpr std::string_view kForeignKeys = R"sql(
SELECT CAST(m.name AS TEXT), CAST(f.id AS INTEGER), CAST(f."table" AS TEXT), CAST(f."from" AS TEXT),
       CAST(f."to" AS TEXT), CAST(f.on_update AS TEXT), CAST(f.on_delete AS TEXT)
FROM sqlite_schema m JOIN pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY m.name, f.id, f.seq)sql";

/// Unique rules that are part of a CREATE TABLE have an index without a text of its own.
constexpr std::string_view kUniqueRules = R"sql(
SELECT CAST(m.name AS TEXT), CAST(i.name AS TEXT), CAST(x.name AS TEXT)
FROM sqlite_schema m JOIN pragma_index_list(m.name) i JOIN pragma_index_xinfo(i.name) x
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' AND i.origin = 'u' AND x.key = 1
ORDER BY m.name, i.name, x.seqno)sql";

bool is_left_out(std::string_view table) noexcept {
    return is_bookkeeping(table) || is_tombstone(table);
}

/// Reads the catalogue's four lists into one schema.
class SqliteCatalogue {
public:
    explicit SqliteCatalogue(sql::Session& session) : session_(session) {}

    Result<LiveSchema> read() {
        SEGURIFAI_TRY(each(kObjects, [this](const sql::Row& row) { add_object(row); }));
        SEGURIFAI_TRY(each(kColumns, [this](const sql::Row& row) { add_column(row); }));
        SEGURIFAI_TRY(each(kForeignKeys, [this](const sql::Row& row) { add_foreign_key(row); }));
        SEGURIFAI_TRY(each(kUniqueRules, [this](const sql::Row& row) { add_unique(row); }));
        close_foreign_key();
        close_unique();
        return std::move(schema_);
    }

private:
    template <class Function>
    Result<void> each(std::string_view sql, Function function) {
        auto sink = sql::each_row(std::move(function));
        SEGURIFAI_TRY(session_.run(sql, {}, &sink));
        return {};
    }

    LiveTable* table(std::string_view name) {
        const auto found = schema_.tables.find(std::string(name));
        return found == schema_.tables.end() ? nullptr : &found->second;
    }

    void add_object(const sql::Row& row) {
        const std::string_view kind = row.text(0);
        const std::string name(row.text(1));
        if (kind == "table") {
            if (is_left_out(name)) return;
            SqliteTableText text = read_create_table(row.text(3));
            LiveTable& table = schema_.tables[name];
            table.constraints = text.checks;
            table.storage = text.options;
            texts_[name] = std::move(text);
            return;
        }
        LiveTable* owner = table(row.text(2));
        if (owner == nullptr || is_tombstone(name)) return;
        auto& definitions = kind == "index" ? owner->indexes : owner->triggers;
        definitions[name] = canonical_sql(sql_words(row.text(3)));
    }

    void add_column(const sql::Row& row) {
        LiveTable* owner = table(row.text(0));
        if (owner == nullptr || is_tombstone(row.text(1))) return;
        const SqliteTableText& text = texts_[std::string(row.text(0))];
        std::string name(row.text(1));
        LiveColumn column{.type = std::string(row.text(2)),
                          .null = row.integer(3) == 0,
                          .preset = std::string(row.text(4)),
                          .primary_key = static_cast<int>(row.integer(5))};
        if (const auto found = text.collations.find(name); found != text.collations.end())
            column.type += " COLLATE " + found->second;
        if (row.integer(6) == 1) column.type += " HIDDEN";
        if (row.integer(6) >= 2) column.type += " GENERATED";
        column.identity = column.primary_key == 1 && text.autoincrement;
        owner->column_order.push_back(name);
        owner->columns.emplace(std::move(name), std::move(column));
    }

    struct ForeignKey {
        std::string table;
        std::int64_t id = -1;
        std::string columns, parent, parent_columns, on_update, on_delete;
    };

    void add_foreign_key(const sql::Row& row) {
        if (row.text(0) != key_.table || row.integer(1) != key_.id) {
            close_foreign_key();
            key_ = {.table = std::string(row.text(0)),
                    .id = row.integer(1),
                    .parent = std::string(row.text(2)),
                    .on_update = std::string(row.text(5)),
                    .on_delete = std::string(row.text(6))};
        }
        if (!key_.columns.empty()) key_.columns += ", ";
        key_.columns += row.text(3);
        if (!key_.parent_columns.empty()) key_.parent_columns += ", ";
        key_.parent_columns += row.text(4);
    }

    void close_foreign_key() {
        LiveTable* owner = table(key_.table);
        if (owner != nullptr) {
            std::string definition =
                fmt::format("FOREIGN KEY ({}) REFERENCES {}", key_.columns, key_.parent);
            if (!key_.parent_columns.empty()) definition += " (" + key_.parent_columns + ")";
            if (key_.on_update != "NO ACTION") definition += " ON UPDATE " + key_.on_update;
            definition += " ON DELETE " + key_.on_delete;
            const auto& names = texts_[key_.table].foreign_key_names;
            const auto found = names.find(key_.columns);
            owner->constraints[found == names.end() ? unnamed(definition) : found->second] =
                std::move(definition);
        }
        key_ = {};
    }

    void add_unique(const sql::Row& row) {
        if (row.text(0) != unique_table_ || row.text(1) != unique_index_) {
            close_unique();
            unique_table_ = row.text(0);
            unique_index_ = row.text(1);
        }
        if (!unique_columns_.empty()) unique_columns_ += ", ";
        unique_columns_ += row.text(2);
    }

    void close_unique() {
        if (LiveTable* owner = table(unique_table_); owner != nullptr) {
            const std::string definition = "UNIQUE (" + unique_columns_ + ")";
            owner->constraints[unnamed(definition)] = definition;
        }
        unique_table_.clear();
        unique_index_.clear();
        unique_columns_.clear();
    }

    sql::Session& session_;
    LiveSchema schema_;
    std::map<std::string, SqliteTableText> texts_;
    ForeignKey key_;
    std::string unique_table_, unique_index_, unique_columns_;
};

}  // namespace

Result<LiveSchema> inspect_sqlite(sql::Session& session) {
    return SqliteCatalogue(session).read();
}

}  // namespace segurifai::migrate

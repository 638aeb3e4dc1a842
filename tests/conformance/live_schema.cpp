#include "conformance/live_schema.hpp"

#include <functional>
#include <stdexcept>

namespace segurifai::conformance {
namespace {

void query(sql::Session& session, const std::string& sql,
           const std::function<void(const sql::Row&)>& each) {
    auto sink = sql::each_row([&](const sql::Row& row) { each(row); });
    if (const auto ran = session.run(sql, {}, &sink); !ran)
        throw std::runtime_error(describe(ran.error()) + " in " + sql);
}

std::optional<std::string> text_or_null(const sql::Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(std::string(row.text(column)));
}

/// What a DEFAULT expression gives when it is used.
std::string evaluated(sql::Session& session, const std::string& expression) {
    const auto given = session.one_text("SELECT CAST((" + expression + ") AS TEXT)");
    if (!given || !*given) throw std::runtime_error("This default gives nothing: " + expression);
    return **given;
}

std::string on_delete_word(std::string word) {
    return word == "NO ACTION" ? "RESTRICT" : word;
}

void read_sqlite_columns(sql::Session& session, const std::string& name, LiveTable& table) {
    std::map<std::int64_t, std::string> key;
    query(session,
          "SELECT name, type, \"notnull\", dflt_value, pk, hidden FROM pragma_table_xinfo('" +
              name + "')",
          [&](const sql::Row& row) {
              LiveColumn column;
              column.type = row.text(1);
              const auto position = row.integer(4);
              column.counted_up = position == 1 && column.type == "INTEGER";
              // SQLite leaves NOT NULL off a row's own number, which cannot be NULL.
              column.null = row.integer(2) == 0 && !column.counted_up;
              column.preset = text_or_null(row, 3);
              if (row.integer(5) != 0) column.type += " HIDDEN";
              if (position > 0) key[position] = row.text(0);
              table.columns.emplace(row.text(0), std::move(column));
          });
    for (auto& [position, column] : key) table.primary_key.push_back(std::move(column));
    if (table.primary_key.size() > 1)
        for (auto& [column_name, column] : table.columns) column.counted_up = false;
}

void read_sqlite_indexes(sql::Session& session, const std::string& name, LiveTable& table) {
    query(session,
          "SELECT name, \"unique\", partial FROM pragma_index_list('" + name +
              "') WHERE origin <> 'pk'",
          [&](const sql::Row& row) {
              table.indexes[std::string(row.text(0))] = {
                  .columns = {}, .unique = row.integer(1) != 0, .plain = row.integer(2) == 0};
          });
    for (auto& [index_name, index] : table.indexes)
        query(session,
              "SELECT coalesce(name, '?'), \"desc\", coll FROM pragma_index_xinfo('" + index_name +
                  "') WHERE key = 1 ORDER BY seqno",
              [&index](const sql::Row& row) {
                  index.columns.emplace_back(row.text(0));
                  if (row.integer(1) != 0 || row.text(2) != "BINARY") index.plain = false;
              });
}

LiveSchema read_sqlite(sql::Session& session) {
    LiveSchema schema;
    query(session,
          "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' "
          "ESCAPE '!'",
          [&](const sql::Row& row) { schema[std::string(row.text(0))]; });
    for (auto& [name, table] : schema) {
        read_sqlite_columns(session, name, table);
        query(session,
              "SELECT \"from\", \"table\", \"to\", on_delete FROM pragma_foreign_key_list('" +
                  name + "')",
              [&](const sql::Row& row) {
                  table.foreign_keys[std::string(row.text(0))] = {
                      std::string(row.text(1)), std::string(row.text(2)),
                      on_delete_word(std::string(row.text(3)))};
              });
        read_sqlite_indexes(session, name, table);
    }
    return schema;
}

constexpr const char* kPostgresColumns = R"(
SELECT c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
       a.attnotnull::int::bigint, pg_get_expr(d.adbin, d.adrelid),
       (a.attidentity <> '')::int::bigint
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT c.relispartition
ORDER BY c.relname, a.attnum)";

constexpr const char* kPostgresKeys = R"(
SELECT c.relname::text, a.attname::text
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
WHERE k.contype = 'p' AND c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname, u.place)";

constexpr const char* kPostgresForeignKeys = R"(
SELECT c.relname::text, a.attname::text, p.relname::text, pa.attname::text,
       CASE k.confdeltype WHEN 'a' THEN 'RESTRICT' WHEN 'r' THEN 'RESTRICT'
            WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END,
       cardinality(k.conkey)::bigint, k.convalidated::int::bigint
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid AND NOT c.relispartition
JOIN pg_class p ON p.oid = k.confrelid AND NOT p.relispartition
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
JOIN pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = k.confkey[1]
WHERE k.contype = 'f' AND c.relnamespace = current_schema()::regnamespace)";

constexpr const char* kPostgresIndexes = R"(
SELECT c.relname::text, i.relname::text, coalesce(a.attname::text, '?'),
       x.indisunique::int::bigint,
       (x.indpred IS NULL AND x.indexprs IS NULL AND x.indisvalid
        AND u.place <= x.indnkeyatts AND x.indoption[u.place - 1] = 0)::int::bigint
FROM pg_index x
JOIN pg_class c ON c.oid = x.indrelid AND NOT c.relispartition
JOIN pg_class i ON i.oid = x.indexrelid
CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS u (attnum, place)
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
WHERE NOT x.indisprimary AND c.relnamespace = current_schema()::regnamespace
ORDER BY c.relname, i.relname, u.place)";

LiveSchema read_postgres(sql::Session& session) {
    LiveSchema schema;
    query(session, kPostgresColumns, [&](const sql::Row& row) {
        LiveColumn column;
        column.type = row.text(2);
        column.null = row.integer(3) == 0;
        column.preset = text_or_null(row, 4);
        column.counted_up = row.integer(5) != 0;
        schema[std::string(row.text(0))].columns.emplace(row.text(1), std::move(column));
    });
    query(session, kPostgresKeys, [&](const sql::Row& row) {
        schema[std::string(row.text(0))].primary_key.emplace_back(row.text(1));
    });
    query(session, kPostgresForeignKeys, [&](const sql::Row& row) {
        if (row.integer(5) != 1 || row.integer(6) != 1)
            throw std::runtime_error("A foreign key is of several columns, or not validated.");
        schema[std::string(row.text(0))].foreign_keys[std::string(row.text(1))] = {
            std::string(row.text(2)), std::string(row.text(3)), std::string(row.text(4))};
    });
    query(session, kPostgresIndexes, [&](const sql::Row& row) {
        LiveIndex& index = schema[std::string(row.text(0))].indexes[std::string(row.text(1))];
        index.columns.emplace_back(row.text(2));
        index.unique = row.integer(3) != 0;
        index.plain = index.plain && row.integer(4) != 0;
    });
    return schema;
}

}  // namespace

LiveSchema read_live_schema(sql::Session& session) {
    LiveSchema schema =
        session.engine() == sql::Engine::kSqlite ? read_sqlite(session) : read_postgres(session);
    for (auto& [table_name, table] : schema)
        for (auto& [column_name, column] : table.columns)
            if (column.preset) column.preset = evaluated(session, *column.preset);
    return schema;
}

}  // namespace segurifai::conformance

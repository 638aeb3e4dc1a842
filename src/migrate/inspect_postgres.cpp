#include <string>

#include "migrate/catalogue.hpp"

namespace segurifai::migrate {

namespace {

// Definitions are asked for in their pretty form and inside current_schema(), because only then
// PostgreSQL leaves the schema's name out of them: a scratch schema then reads like the live one.

constexpr std::string_view kColumns = R"sql(
SELECT c.relname::text, a.attname::text,
       format_type(a.atttypid, a.atttypmod)
         || CASE WHEN a.attcollation <> t.typcollation
                 THEN ' COLLATE ' || quote_ident(o.collname) ELSE '' END
         || CASE a.attgenerated WHEN 's' THEN ' GENERATED' ELSE '' END,
       CASE WHEN a.attnotnull THEN 1 ELSE 0 END::bigint,
       CASE a.attidentity WHEN 'a' THEN 'GENERATED ALWAYS'
            ELSE coalesce(pg_get_expr(d.adbin, d.adrelid, true), '') END,
       CASE WHEN a.attidentity = '' THEN 0 ELSE 1 END::bigint,
       coalesce(array_position(p.conkey, a.attnum), 0)::bigint,
       CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) ELSE '' END,
       CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' ELSE '' END
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_collation o ON o.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_constraint p ON p.conrelid = c.oid AND p.contype = 'p'
WHERE c.relnamespace = current_schema()::regnamespace
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname !~ '^(segurifai|tombstone)_'
ORDER BY c.relname, a.attnum)sql";

constexpr std::string_view kRules = R"sql(
WITH tables AS (
  SELECT oid, relname FROM pg_class
  WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p') AND NOT relispartition
    AND relname !~ '^(segurifai|tombstone)_')
SELECT t.relname::text, 'constraint', k.conname::text, pg_get_constraintdef(k.oid, true)
FROM tables t JOIN pg_constraint k ON k.conrelid = t.oid
WHERE k.contype IN ('c', 'f', 'u', 'x') AND k.conparentid = 0
UNION ALL
SELECT t.relname::text, 'index', i.relname::text,
       pg_get_indexdef(x.indexrelid, 0, true)
         || CASE WHEN x.indisvalid THEN '' ELSE ' INVALID' END
FROM tables t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint k
                  WHERE k.conindid = x.indexrelid AND k.conrelid = t.oid
                    AND k.contype IN ('p', 'u', 'x'))
UNION ALL
SELECT t.relname::text, 'trigger', g.tgname::text, pg_get_triggerdef(g.oid, true)
FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid
WHERE NOT g.tgisinternal)sql";

void add_column(const sql::Row& row, LiveSchema& schema) {
    LiveTable& table = schema.tables[std::string(row.text(0))];
    table.partition_key = row.text(7);
    table.storage = row.text(8);
    if (row.is_null(1) || is_tombstone(row.text(1))) return;
    std::string name(row.text(1));
    table.column_order.push_back(name);
    table.columns[std::move(name)] = {.type = std::string(row.text(2)),
                                      .null = row.integer(3) == 0,
                                      .preset = std::string(row.text(4)),
                                      .identity = row.integer(5) != 0,
                                      .primary_key = static_cast<int>(row.integer(6))};
}

void add_rule(const sql::Row& row, LiveSchema& schema) {
    const auto found = schema.tables.find(std::string(row.text(0)));
    if (found == schema.tables.end() || is_tombstone(row.text(2))) return;
    LiveTable& table = found->second;
    auto& definitions = row.text(1) == "constraint" ? table.constraints
                        : row.text(1) == "index"    ? table.indexes
                                                    : table.triggers;
    definitions[std::string(row.text(2))] = row.text(3);
}

}  // namespace

Result<LiveSchema> inspect_postgres(sql::Session& session) {
    LiveSchema schema;
    auto columns = sql::each_row([&](const sql::Row& row) { add_column(row, schema); });
    SEGURIFAI_TRY(session.run(kColumns, {}, &columns));
    auto rules = sql::each_row([&](const sql::Row& row) { add_rule(row, schema); });
    SEGURIFAI_TRY(session.run(kRules, {}, &rules));
    return schema;
}

}  // namespace segurifai::migrate

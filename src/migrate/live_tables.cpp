#include "migrate/live_tables.hpp"

#include <map>
#include <string>

namespace segurifai::migrate {
namespace {

/// As the planner does: rows a page when last analysed, times the pages there are now; where
/// nothing was analysed, 40 bytes a row. A partitioned table has what its partitions have.
constexpr std::string_view kRows =
    "SELECT COALESCE(p.relname, c.relname)::text, sum(CASE WHEN c.relpages > 0 AND c.reltuples >= "
    "0 "
    "THEN c.reltuples / c.relpages * (pg_relation_size(c.oid) / 8192) "
    "ELSE pg_relation_size(c.oid) / 40 END)::bigint "
    "FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
    "LEFT JOIN pg_class p ON p.oid = i.inhparent "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace GROUP BY 1";

}  // namespace

Result<LiveTables> live_tables(sql::Session& session, std::int64_t online_from_rows) {
    LiveTables live;
    live.online_from_rows = online_from_rows;
    if (session.engine() == sql::Engine::kSqlite) return live;
    std::map<std::string, std::int64_t, std::less<>> rows;
    auto sink = sql::each_row(
        [&](const sql::Row& row) { rows[std::string(row.text(0))] = row.integer(1); });
    SEGURIFAI_TRY(session.run(kRows, {}, &sink));
    live.rows = [rows = std::move(rows)](std::string_view table) {
        const auto found = rows.find(table);
        return found == rows.end() ? 0 : found->second;
    };
    return live;
}

}  // namespace segurifai::migrate

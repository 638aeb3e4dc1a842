#include "cli/existing_tables.hpp"

namespace segurifai::cli {

Result<TableNames> existing_tables(sql::Session& session) {
    TableNames names;
    auto sink = sql::each_row([&](const sql::Row& row) { names.emplace(row.text(0)); });
    SEGURIFAI_TRY(session.run(session.engine() == sql::Engine::kSqlite
                                  ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                                  : "SELECT CAST(tablename AS text) FROM pg_tables "
                                    "WHERE schemaname = current_schema()",
                              {}, &sink));
    return names;
}

}  // namespace segurifai::cli

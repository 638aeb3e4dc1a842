#include "cli/existing_tables.hpp"

#include <fmt/format.h>

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

Outcome<void> require_tables(sql::Session& session, std::span<const model::Table* const> tables) {
    SEGURIFAI_TRY_AS(const auto existing, existing_tables(session));
    for (const model::Table* table : tables)
        if (!existing.contains(table->name))
            return refused(fmt::format(
                "The table {} is missing here; run 'segurifai migrate' first.", table->name));
    return {};
}

}  // namespace segurifai::cli

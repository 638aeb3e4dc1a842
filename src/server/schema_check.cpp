#include "server/schema_check.hpp"

#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "apps/registry.hpp"
#include "migrate/executor.hpp"
#include "migrate/partitions.hpp"
#include "migrate/state.hpp"
#include "sql/session.hpp"

namespace segurifai::server {
namespace {

constexpr int kDaysAhead = 7;

Result<void> make_partitions(sql::Session& session, Instant now) {
    const Date today{static_cast<std::int32_t>(now.micros / kMicrosPerDay)};
    const auto tables = apps::all_tables();
    const migrate::SchemaState schema = migrate::state_of(tables);
    for (const auto& [number, table] : schema.tables)
        if (!table.partition_by.empty())
            SEGURIFAI_TRY(migrate::ensure_partitions(session, table, Date{today.days - 1},
                                                     Date{today.days + kDaysAhead}));
    return {};
}

}  // namespace

Result<void> check_schema(const sql::DatabaseUrl& url, Clock& clock, Random& random) {
    SEGURIFAI_TRY_AS(const auto session,
                     sql::open_session(url, {.create = false, .keep_log = true}));
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    migrate::Executor executor(*session, history, clock, random);
    SEGURIFAI_TRY_AS(const auto missing, executor.plan({}));
    if (!missing.empty())
        return fail(Code::kConflict,
                    fmt::format("{} migrations are not applied to this database; run 'segurifai "
                                "migrate' first.",
                                missing.size()));
    if (session->engine() == sql::Engine::kPostgres) return make_partitions(*session, clock.now());
    return {};
}

Result<void> make_partitions(const sql::DatabaseUrl& url, Instant now) {
    if (url.engine == sql::Engine::kSqlite) return {};
    SEGURIFAI_TRY_AS(const auto session, sql::open_session(url, {.create = false}));
    return make_partitions(*session, now);
}

}  // namespace segurifai::server

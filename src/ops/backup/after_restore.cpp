#include "ops/backup/after_restore.hpp"

#include <fmt/format.h>

#include <array>

namespace segurifai::backup {
namespace {

/// A database of an earlier version may lack a table; there is nothing to do in it then.
Result<bool> has_table(sql::Session& session, std::string_view table) {
    const std::array<sql::Value, 1> params{sql::Value::text(table)};
    const std::string_view count =
        session.engine() == sql::Engine::kSqlite
            ? "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1"
            : "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND "
              "tablename = $1";
    SEGURIFAI_TRY_AS(const auto found, session.one_integer(count, params));
    return found.value_or(0) > 0;
}

Result<std::int64_t> update(sql::Session& session, std::string_view table, std::string_view sql,
                            Instant now) {
    SEGURIFAI_TRY_AS(const bool is_there, has_table(session, table));
    if (!is_there) return 0;
    const std::array<sql::Value, 1> params{sql::Value::instant(now)};
    return session.run(sql, params);
}

/// Who signed out, or lost the right, after that moment would be signed in again.
Result<std::int64_t> end_sessions(sql::Session& session, Instant now) {
    return update(session, "sessions_session",
                  "UPDATE sessions_session SET ended_at = $1 WHERE ended_at IS NULL", now);
}

/// A code that was used after that moment would be good again.
Result<std::int64_t> end_codes(sql::Session& session, Instant now) {
    return update(session, "sessions_onetimecode",
                  "UPDATE sessions_onetimecode SET ended_at = $1 WHERE ended_at IS NULL", now);
}

Result<std::int64_t> end_proofs(sql::Session& session, Instant now) {
    return update(session, "sessions_proof",
                  "UPDATE sessions_proof SET used_at = $1 WHERE used_at IS NULL", now);
}

/// Its holder does not know this database.
Result<std::int64_t> end_migration_lease(sql::Session& session, Instant) {
    SEGURIFAI_TRY_AS(const bool is_there, has_table(session, "segurifai_lease"));
    if (!is_there) return 0;
    return session.run("DELETE FROM segurifai_lease");
}

constexpr std::array kSteps{
    RestoreStep{"sign-in sessions end", end_sessions},
    RestoreStep{"one-time codes end", end_codes},
    RestoreStep{"proofs of a telephone end", end_proofs},
    RestoreStep{"the lease of a migration ends", end_migration_lease},
};

}  // namespace

std::span<const RestoreStep> restore_steps() noexcept {
    return kSteps;
}

Result<std::vector<StepDone>> run_restore_steps(sql::Session& session, Instant now) {
    SEGURIFAI_TRY(session.begin());
    std::vector<StepDone> done;
    for (const RestoreStep& step : restore_steps()) {
        auto rows = step.run(session, now);
        if (!rows) {
            session.rollback();
            rows.error().message =
                fmt::format("After the restore, '{}' failed: {}", step.name, rows.error().message);
            return std::unexpected(std::move(rows).error());
        }
        done.push_back({step.name, *rows});
    }
    SEGURIFAI_TRY(session.commit());
    return done;
}

}  // namespace segurifai::backup

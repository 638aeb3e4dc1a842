#include "ops/backup/after_restore.hpp"

#include <fmt/format.h>

#include <array>

namespace segurifai::backup {
namespace {

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

constexpr std::int64_t kSqliteMark = 0x756E7374;  // kSqliteMarkBytes

// The first part of a log file's name. The control file would know of a new timeline only after
// the next checkpoint.
constexpr std::string_view kTimeline =
    "('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int8";

constexpr std::array kSteps{
    RestoreStep{"sign-in sessions end", end_sessions},
    RestoreStep{"one-time codes end", end_codes},
    RestoreStep{"proofs of a telephone end", end_proofs},
    RestoreStep{"the lease of a migration ends", end_migration_lease},
};

}  // namespace

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
        done.push_back({std::string(step.name), *rows});
    }
    SEGURIFAI_TRY(session.commit());
    return done;
}

Result<bool> is_settled(sql::Session& session) {
    if (session.engine() == sql::Engine::kSqlite) {
        SEGURIFAI_TRY_AS(const auto mark, session.one_integer("PRAGMA application_id"));
        return mark != kSqliteMark;
    }
    SEGURIFAI_TRY_AS(const bool was_settled, has_table(session, "segurifai_settled"));
    if (!was_settled) return true;
    SEGURIFAI_TRY_AS(const auto same,
                     session.one_integer(fmt::format("SELECT COUNT(*) FROM segurifai_settled WHERE "
                                                     "timeline = {}",
                                                     kTimeline)));
    return same.value_or(0) > 0;
}

Result<void> settle(sql::Session& session) {
    if (session.engine() == sql::Engine::kSqlite) {
        SEGURIFAI_TRY_AS(const bool is_so, is_settled(session));
        return is_so ? Result<void>() : session.script("PRAGMA application_id = 0");
    }
    SEGURIFAI_TRY_AS(const bool was_settled, has_table(session, "segurifai_settled"));
    SEGURIFAI_TRY_AS(const bool is_so, is_settled(session));
    if (was_settled && is_so) return {};
    SEGURIFAI_TRY(session.begin());
    auto written = session.script(
        fmt::format("CREATE TABLE IF NOT EXISTS segurifai_settled (timeline bigint NOT NULL); "
                    "DELETE FROM segurifai_settled; INSERT INTO segurifai_settled SELECT {}",
                    kTimeline));
    if (written) return session.commit();
    session.rollback();
    return written;
}

}  // namespace segurifai::backup

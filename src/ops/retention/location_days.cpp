#include "ops/retention/location_days.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "migrate/partitions.hpp"
#include "ops/retention/batch.hpp"
#include "ops/retention/expiry.hpp"
#include "ops/retention/holds.hpp"

namespace segurifai::retention {
namespace {

/// Whoever waits for a lock of a busy table makes all others wait behind it: so not for long, and
/// again a little later.
constexpr int kLockWaitMs = 200;
constexpr int kBusyMax = 20;

class LocationDays {
public:
    LocationDays(sql::Session& session, const model::Table& table, Instant limit,
                 const Options& options)
        : session_(session), table_(table), limit_(limit), options_(options) {}

    Result<Line> run() {
        Line line{.table = std::string(table_.name)};
        SEGURIFAI_TRY_AS(const auto partitions, due_partitions());
        for (const std::string& partition : partitions) {
            const auto day = work_on(partition);
            if (!day && !is_gone(partition)) return std::unexpected(day.error());
            if (day) {
                line.due += day->due;
                line.done += day->done;
                line.bytes += day->bytes;
                line.held += day->held;
            }
            if (!options_.dry_run && !options_.on_batch(line)) break;
        }
        SEGURIFAI_TRY_AS(line.left, rows_of_all());
        if (options_.dry_run) line.left -= line.due;
        return line;
    }

private:
    /// Also those that an earlier run has detached and not dropped.
    Result<std::vector<std::string>> due_partitions() {
        const Date last{static_cast<std::int32_t>(limit_.micros / kMicrosPerDay)};
        const std::string name = sql::quoted(table_.name);
        const std::array params{sql::Value::text(name), sql::Value::text(table_.name)};
        std::vector<std::string> due;
        auto sink = sql::each_row([&](const sql::Row& row) {
            const auto day = migrate::day_of_partition(table_.name, row.text(0));
            if (day && *day <= last) due.emplace_back(row.text(0));
        });
        SEGURIFAI_TRY(session_.run(
            "SELECT c.relname::text FROM pg_class c JOIN pg_class p ON p.oid = $1::regclass AND "
            "p.relnamespace = c.relnamespace WHERE c.relkind = 'r' AND "
            "starts_with(c.relname::text, $2) ORDER BY c.relname",
            params, &sink));
        return due;
    }

    Result<Line> work_on(const std::string& partition) {
        SEGURIFAI_TRY_AS(const bool held, has_held_rows(partition));
        if (held) return expire_in(session_, table_, partition, limit_, options_);
        Line day;
        SEGURIFAI_TRY(end_day(partition, day));
        return day;
    }

    /// Another run has dropped it meanwhile.
    bool is_gone(const std::string& partition) {
        const std::string name = sql::quoted(partition);
        const std::array params{sql::Value::text(name)};
        const auto there =
            session_.one_integer("SELECT (to_regclass($1) IS NOT NULL)::int", params);
        return there && **there == 0;
    }

    Result<bool> has_held_rows(const std::string& partition) {
        SEGURIFAI_TRY_AS(const bool any, any_holds(session_));
        if (!any) return false;
        SEGURIFAI_TRY_AS(const auto held,
                         session_.one_integer(fmt::format(
                             "SELECT 1 FROM {} t WHERE {} LIMIT 1", sql::quoted(partition),
                             held_sql(options_.registry, table_, "t"))));
        return held.has_value();
    }

    Result<void> end_day(const std::string& partition, Line& day) {
        SEGURIFAI_TRY_AS(const std::int64_t rows, rows_of(partition));
        const std::string name = sql::quoted(partition);
        const std::array params{sql::Value::text(name)};
        SEGURIFAI_TRY_AS(const std::int64_t bytes,
                         count(session_, "SELECT pg_total_relation_size($1::regclass)", params));
        day.due = rows;
        day.bytes = bytes;
        if (options_.dry_run) return {};
        SEGURIFAI_TRY(session_.script(fmt::format("SET lock_timeout = {}", kLockWaitMs)));
        const auto dropped = detach_and_drop(name);
        SEGURIFAI_TRY(session_.script("RESET lock_timeout"));
        if (!dropped) return dropped;
        day.done = rows;
        return {};
    }

    /// Detaching waits for others in a half-way state, which a cancelled one stays in; so each step
    /// goes by what there is: an interrupted run is continued by the next, and of two at once each
    /// goes on from where the other is.
    Result<void> detach_and_drop(const std::string& name) {
        const std::array params{sql::Value::text(name)};
        std::optional<std::string> tried_in;  // the state in which a step has failed
        Result<void> done;
        for (int busy = 0; busy < kBusyMax;) {
            SEGURIFAI_TRY_AS(
                const auto state,
                session_.one_text("SELECT CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN "
                                  "i.inhdetachpending THEN 'pending' ELSE 'attached' END FROM "
                                  "pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid WHERE "
                                  "c.oid = to_regclass($1)",
                                  params));
            if (!state) return {};
            if (!done && done.error().code != Code::kBusy && state == tried_in) return done;
            const std::string parent = sql::quoted(table_.name);
            done = session_.script(
                *state == "attached"
                    ? fmt::format("ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY", parent, name)
                : *state == "pending"
                    ? fmt::format("ALTER TABLE {} DETACH PARTITION {} FINALIZE", parent, name)
                    : fmt::format("DROP TABLE {}", name));
            if (done) continue;
            tried_in = state;
            ++busy;
        }
        return fail(
            Code::kBusy,
            fmt::format("The partition {} is kept locked by others: run this again later.", name));
    }

    Result<std::int64_t> rows_of(const std::string& partition) {
        const std::string name = sql::quoted(partition);
        const std::array params{sql::Value::text(name)};
        SEGURIFAI_TRY_AS(const auto known,
                         session_.one_integer("SELECT reltuples::bigint FROM pg_class WHERE oid = "
                                              "$1::regclass AND reltuples >= 0",
                                              params));
        if (known) return *known;
        return count(session_, fmt::format("SELECT COUNT(*) FROM {}", name));
    }

    Result<std::int64_t> rows_of_all() {
        const std::string name = sql::quoted(table_.name);
        const std::array params{sql::Value::text(name)};
        std::int64_t rows = 0;
        std::vector<std::string> unknown;
        auto sink = sql::each_row([&](const sql::Row& row) {
            if (const std::int64_t known = row.integer(1); known >= 0)
                rows += known;
            else
                unknown.emplace_back(row.text(0));
        });
        SEGURIFAI_TRY(session_.run(
            "SELECT c.relname::text, c.reltuples::bigint FROM pg_inherits i JOIN pg_class c ON "
            "c.oid = i.inhrelid WHERE i.inhparent = $1::regclass",
            params, &sink));
        for (const std::string& partition : unknown) {
            SEGURIFAI_TRY_AS(const std::int64_t some, rows_of(partition));
            rows += some;
        }
        return rows;
    }

    sql::Session& session_;
    const model::Table& table_;
    Instant limit_;
    const Options& options_;
};

}  // namespace

Result<Line> drop_days(sql::Session& session, const model::Table& table, Instant limit,
                       const Options& options) {
    return LocationDays(session, table, limit, options).run();
}

}  // namespace segurifai::retention

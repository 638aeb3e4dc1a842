#include "apps/providers/position_store.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "apps/geography.hpp"
#include "base/decimal.hpp"
#include "base/json.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

// All rows of a flush come in one parameter, a JSON array of arrays: one statement, whatever their
// number. Instants come in the form SQLite stores, in UTC.
const sql::Query kPlaces{
    "providers.positions.places",
    "INSERT INTO providers_providerlocation (provider_id, latitude, longitude, heading, speed, "
    "accuracy, is_online, last_updated) SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, "
    "value ->> 4, value ->> 5, FALSE, value ->> 6 FROM json_each($1) WHERE TRUE "
    "ON CONFLICT (provider_id) DO UPDATE SET latitude = excluded.latitude, "
    "longitude = excluded.longitude, heading = excluded.heading, speed = excluded.speed, "
    "accuracy = excluded.accuracy, last_updated = excluded.last_updated "
    "WHERE providers_providerlocation.last_updated <= excluded.last_updated",
    "INSERT INTO providers_providerlocation (provider_id, latitude, longitude, heading, speed, "
    "accuracy, is_online, last_updated) SELECT CAST(e ->> 0 AS integer), "
    "CAST(e ->> 1 AS numeric), CAST(e ->> 2 AS numeric), CAST(e ->> 3 AS double precision), "
    "CAST(e ->> 4 AS double precision), CAST(e ->> 5 AS double precision), FALSE, "
    "CAST((e ->> 6) || '+00' AS timestamptz) FROM jsonb_array_elements($1) AS e "
    "ON CONFLICT (provider_id) DO UPDATE SET latitude = excluded.latitude, "
    "longitude = excluded.longitude, heading = excluded.heading, speed = excluded.speed, "
    "accuracy = excluded.accuracy, last_updated = excluded.last_updated "
    "WHERE providers_providerlocation.last_updated <= excluded.last_updated",
    sql::Query::Kind::kOrdinary};

const sql::Query kHistory{
    "providers.positions.history",
    "INSERT INTO providers_providerlocationhistory (provider_id, assistance_request_id, latitude, "
    "longitude, heading, speed, recorded_at) SELECT value ->> 0, value ->> 1, value ->> 2, "
    "value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM json_each($1)",
    "INSERT INTO providers_providerlocationhistory (provider_id, assistance_request_id, latitude, "
    "longitude, heading, speed, recorded_at) SELECT CAST(e ->> 0 AS integer), "
    "CAST(e ->> 1 AS integer), CAST(e ->> 2 AS numeric), CAST(e ->> 3 AS numeric), "
    "CAST(e ->> 4 AS double precision), CAST(e ->> 5 AS double precision), "
    "CAST((e ->> 6) || '+00' AS timestamptz) FROM jsonb_array_elements($1) AS e",
    sql::Query::Kind::kOrdinary};

// Jobs are dispatch's, which stands above. There are as many as units at work.
const sql::Query kJobs{
    "providers.positions.jobs",
    "SELECT provider_id, request_id, CASE WHEN arrived_at IS NULL THEN 1 ELSE 0 END "
    "FROM dispatch_assignment WHERE ended_at IS NULL AND NOT is_desk"};

const sql::Query kHasDay{"providers.positions.has_day", "SELECT 1 WHERE $1 <> ''",
                         "SELECT 1 WHERE to_regclass($1) IS NOT NULL", sql::Query::Kind::kOrdinary};

const sql::Query kStored{"providers.positions.stored",
                         "SELECT latitude, longitude, last_updated "
                         "FROM providers_providerlocation WHERE provider_id = $1",
                         sql::Query::Kind::kPoint};

struct Job {
    std::int32_t request = 0;
    bool under_way = false;  ///< not there yet
};
using Jobs = std::map<ProviderId, Job>;

Task<Result<Jobs>> active_jobs(sql::Transaction& transaction) {
    Jobs jobs;
    auto sink = sql::each_row([&](const sql::Row& row) {
        jobs[ProviderId{static_cast<std::int32_t>(row.integer(0))}] = {
            static_cast<std::int32_t>(row.integer(1)), row.integer(2) != 0};
    });
    const auto ran = co_await transaction.run(kJobs, {}, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return jobs;
}

Date day_of(Instant instant) noexcept {
    std::int64_t days = instant.micros / kMicrosPerDay;
    if (instant.micros % kMicrosPerDay < 0) --days;
    return Date{static_cast<std::int32_t>(days)};
}

/// Which days of the history can be written to (on PostgreSQL each is a partition).
class Days {
public:
    Task<Result<bool>> has(sql::Transaction& transaction, Date day) {
        const auto known = known_.find(day);
        if (known != known_.end()) co_return known->second;
        std::string digits = day.to_string();
        std::erase(digits, '-');
        const std::string name = "providers_providerlocationhistory_p" + digits;
        const std::array params{Value::text(name)};
        const auto ran = co_await transaction.run(kHasDay, params);
        if (!ran) co_return std::unexpected(ran.error());
        known_[day] = *ran > 0;
        co_return *ran > 0;
    }

private:
    std::map<Date, bool> known_;
};

void append_number(std::string& json, const std::optional<double>& value) {
    json += ',';
    if (value)
        append_json_number(json, *value);
    else
        json += "null";
}

void append_position(std::string& json, const Fix& fix) {
    json += ',' + apps::coordinate_of(fix.latitude).to_string();
    json += ',' + apps::coordinate_of(fix.longitude).to_string();
    append_number(json, fix.heading);
    append_number(json, fix.speed);
}

void append_instant(std::string& json, Instant instant) {
    std::array<char, Instant::kStoredSize> text{};
    instant.write_stored(text.data());
    json += ",\"";
    json.append(text.data(), text.size());
    json += "\"]";
}

void open_row(std::string& json, ProviderId unit) {
    json += json.empty() ? "[[" : ",[";
    json += std::to_string(unit.value);
}

void append_place(std::string& json, ProviderId unit, const Fix& fix) {
    open_row(json, unit);
    append_position(json, fix);
    append_number(json, fix.accuracy);
    append_instant(json, fix.recorded_at);
}

void append_sample(std::string& json, ProviderId unit, const Job* job, const Fix& fix) {
    open_row(json, unit);
    json += ',' + (job != nullptr ? std::to_string(job->request) : std::string("null"));
    append_position(json, fix);
    append_instant(json, fix.recorded_at);
}

/// The samples of one unit that belong into the history, appended to `json`.
Task<Result<void>> sample(sql::Transaction& transaction, Days& days, const UnitFixes& unit,
                          const Job* job, std::string& json, Stored& stored) {
    std::optional<FixPoint> kept = unit.kept;
    for (const Fix& fix : unit.fixes) {
        const FixPoint point{fix.position(), fix.recorded_at};
        if (!keep_in_history(kept, point, job != nullptr)) continue;
        SEGURIFAI_CO_TRY_AS(const bool has_day,
                            co_await days.has(transaction, day_of(fix.recorded_at)));
        if (!has_day) {
            ++stored.without_day;
            continue;
        }
        append_sample(json, unit.unit, job, fix);
        kept = point;
        ++stored.rows;
    }
    stored.kept.push_back(kept);
    co_return Result<void>();
}

Task<Result<void>> write(sql::Transaction& transaction, const sql::Query& query,
                         std::string& rows) {
    if (rows.empty()) co_return Result<void>();
    rows += ']';
    const std::array params{Value::json(rows)};
    const auto ran = co_await transaction.run(query, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

/// Whether a failure concerns the whole transaction, which is then run again.
bool is_of_transaction(const Error& error) noexcept {
    return error.code == Code::kSerialization || error.code == Code::kGone ||
           error.code == Code::kBusy || error.code == Code::kTimeout;
}

}  // namespace

Task<Result<void>> store_positions(sql::Transaction& transaction, Instant now,
                                   std::span<UnitFixes* const> units,
                                   const OnJobFixes& on_job_fixes, Stored& stored) {
    SEGURIFAI_CO_TRY_AS(const Jobs jobs, co_await active_jobs(transaction));
    const auto job_of = [&](ProviderId unit) -> const Job* {
        const auto found = jobs.find(unit);
        return found == jobs.end() ? nullptr : &found->second;
    };
    std::string places;
    std::string history;
    Days days;
    for (const UnitFixes* const unit : units) {
        append_place(places, unit->unit, unit->fixes.back());
        SEGURIFAI_CO_TRY(
            co_await sample(transaction, days, *unit, job_of(unit->unit), history, stored));
    }
    SEGURIFAI_CO_TRY(co_await write(transaction, kPlaces, places));
    SEGURIFAI_CO_TRY(co_await write(transaction, kHistory, history));
    if (!on_job_fixes) co_return Result<void>();
    for (const UnitFixes* const unit : units) {
        const Job* const job = job_of(unit->unit);
        if (job == nullptr || !job->under_way) continue;
        const auto tell = [&, unit](sql::Transaction& inner) -> Task<Result<void>> {
            return on_job_fixes(inner, now, unit->unit, unit->fixes);
        };
        auto told = co_await transaction.savepoint(tell);
        if (told) continue;
        if (is_of_transaction(told.error())) co_return told;
        stored.errors.push_back(std::move(told).error());
    }
    co_return Result<void>();
}

Task<Result<std::optional<FixPoint>>> stored_position(sql::Executor& executor, ProviderId unit) {
    struct Place {
        Coordinate latitude;
        Coordinate longitude;
        Instant at;
        void read(model::Cells& cells) {
            cells.take(latitude);
            cells.take(longitude);
            cells.take(at);
        }
    };
    const std::array params{Value::integer(unit.value)};
    SEGURIFAI_CO_TRY_AS(const auto found,
                        co_await model::read_one<Place>(executor, kStored, params));
    if (!found) co_return std::optional<FixPoint>();
    co_return std::optional<FixPoint>(
        FixPoint{apps::position_of(found->latitude, found->longitude), found->at});
}

}  // namespace segurifai::providers

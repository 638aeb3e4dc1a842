#include "apps/dispatch/candidates.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/dispatch/positions.hpp"
#include "apps/providers/working_hours.hpp"
#include "base/guatemala.hpp"
#include "base/json.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using sql::Value;

// $1 service code, $2 request, $3 now, $4 closed since then = left out. Of a desk's jobs the open
// ones and the end of the last; of a mobile unit's the one it has.
const std::string kUnitColumns =
    "SELECT p.id, p.status, p.is_available, p.service_radius_km, p.working_hours, "
    "l.is_online, l.last_updated, l.latitude, l.longitude, "
    "(SELECT v.kind FROM providers_vehicle v WHERE v.provider_id = p.id AND v.is_active "
    "ORDER BY v.in_use DESC, v.id LIMIT 1), "
    "EXISTS (SELECT 1 FROM providers_capability d WHERE d.provider_id = p.id AND "
    "d.code = 'DESK' AND d.approved), "
    "(SELECT COUNT(*) FROM dispatch_offer o WHERE o.provider_id = p.id AND o.state = 'OPEN' AND "
    "o.expires_at > $3), "
    "(SELECT COUNT(*) FROM dispatch_assignment a WHERE a.provider_id = p.id AND "
    "a.ended_at IS NULL AND NOT a.is_desk), "
    "(SELECT COUNT(*) FROM dispatch_assignment a WHERE a.provider_id = p.id AND "
    "a.ended_at IS NULL AND a.is_desk), "
    "(SELECT MAX(o.closed_at) FROM dispatch_offer o WHERE o.request_id = $2 AND "
    "o.provider_id = p.id AND o.state IN ('DECLINED', 'LAPSED') AND o.closed_at > $4), "
    "(SELECT MAX(a.ended_at) FROM dispatch_assignment a WHERE a.request_id = $2 AND "
    "a.provider_id = p.id AND a.ended_at > $4), ";

const std::string kMobileSql =
    kUnitColumns +
    "NULL FROM providers_capability c JOIN providers_provider p ON p.id = c.provider_id "
    "JOIN providers_providerlocation l ON l.provider_id = p.id "
    "WHERE c.code = $1 AND c.approved AND p.status = 'ACTIVE' AND p.is_available AND "
    "l.is_online AND l.last_updated >= $5 AND l.latitude BETWEEN $6 AND $7 AND "
    "l.longitude BETWEEN $8 AND $9 ORDER BY p.id LIMIT $10";
const sql::Query kMobile{"dispatch.candidates.mobile", kMobileSql};

const std::string kDeskSql =
    kUnitColumns +
    "(SELECT MAX(a.ended_at) FROM dispatch_assignment a WHERE a.provider_id = p.id AND a.is_desk) "
    "FROM providers_capability c JOIN providers_provider p ON p.id = c.provider_id "
    "JOIN providers_capability k ON k.provider_id = p.id AND k.code = 'DESK' AND k.approved "
    "LEFT JOIN providers_providerlocation l ON l.provider_id = p.id "
    "WHERE c.code = $1 AND c.approved AND p.status = 'ACTIVE' AND p.is_available "
    "ORDER BY p.id LIMIT $5";
const sql::Query kDesk{"dispatch.candidates.desk", kDeskSql};

/// A unit as it is read.
struct Row {
    providers::ProviderId id;
    providers::UnitState state;
    std::string working_hours;
    std::optional<providers::VehicleKind> vehicle;
    std::int64_t jobs = 0;
    std::int64_t desk_jobs = 0;
    std::optional<Instant> left_out_at;
    std::optional<Instant> gave_back_at;
    std::optional<Instant> idle_since;
};

bool read_row(const sql::Row& from, bool desk, Row& row) {
    std::optional<bool> online;
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;
    std::int64_t open_offers = 0;
    Json hours;
    model::Cells cells(from);
    cells >> row.id >> row.state.status >> row.state.is_available >> row.state.service_radius_km >>
        hours >> online >> row.state.last_fix_at >> latitude >> longitude >> row.vehicle >>
        row.state.desk >> open_offers >> row.jobs >> row.desk_jobs >> row.left_out_at >>
        row.gave_back_at;
    if (desk) cells >> row.idle_since;
    row.working_hours = std::move(hours.text);
    row.state.is_online = online.value_or(false);
    row.state.position = place_of(latitude, longitude);
    row.state.has_active_job = row.jobs > 0;
    row.state.open_offers = static_cast<int>(open_offers);
    return cells.good();
}

Considered judge(Row row, const Wanted& wanted, Instant now) {
    const providers::Need need{
        .service_code = wanted.service_code, .desk = wanted.desk, .place = wanted.place};
    Considered made;
    made.candidate = {.provider_id = row.id,
                      .open_offers = row.state.open_offers,
                      .active_jobs = static_cast<int>(row.desk_jobs),
                      .idle_since = row.idle_since};
    row.state.capabilities = {wanted.service_code};  // the statement gives no others
    made.unfit = providers::why_not(row.state, need, now);
    for (const auto& since : {row.left_out_at, row.gave_back_at})
        if (since)
            made.candidate.left_out_until =
                std::max(made.candidate.left_out_until.value_or(*since), left_out_until(*since));
    if (wanted.desk || !wanted.place || !row.state.position) return made;
    made.candidate.distance_km = apps::distance_km(*row.state.position, *wanted.place);
    made.estimate = providers::estimate(*row.state.position, *wanted.place,
                                        row.vehicle.value_or(providers::VehicleKind::kCar), now);
    made.candidate.road_km = made.estimate.road_km;
    return made;
}

Task<Result<std::vector<Row>>> read_units(sql::Executor& executor, const Wanted& wanted,
                                          double radius_km, Instant now) {
    std::vector<Row> rows;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        good = read_row(row, wanted.desk, rows.emplace_back()) && good;
    });
    const Value code = Value::text(wanted.service_code);
    const Value request = Value::integer(wanted.request.value);
    const Value moment = Value::instant(now);
    const Value left_out = Value::instant(add_seconds(now, -kLeftOutSeconds));
    const Value limit = Value::integer(kCandidatesMax);
    Result<std::int64_t> ran = fail(Code::kInternal, {});
    if (wanted.desk) {
        const std::array params{code, request, moment, left_out, limit};
        ran = co_await executor.run(kDesk, params, &sink);
    } else {
        const apps::Box everywhere{{-90'000'000}, {-180'000'000}, {90'000'000}, {180'000'000}};
        const apps::Box box =
            wanted.place ? apps::box_around(*wanted.place, radius_km) : everywhere;
        const auto degrees = [](Coordinate at) {
            return Value::decimal(at.unscaled, Coordinate::kScale);
        };
        const std::array params{code,
                                request,
                                moment,
                                left_out,
                                Value::instant(add_seconds(now, -providers::kSilenceMaxSeconds)),
                                degrees(box.south),
                                degrees(box.north),
                                degrees(box.west),
                                degrees(box.east),
                                limit};
        ran = co_await executor.run(kMobile, params, &sink);
    }
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored unit does not read back.");
    co_return rows;
}

}  // namespace

Task<Result<std::vector<Considered>>> consider_units(sql::Executor& executor, Wanted wanted,
                                                     double radius_km, Instant now) {
    SEGURIFAI_CO_TRY_AS(std::vector<Row> rows,
                        co_await read_units(executor, wanted, radius_km, now));
    std::vector<Considered> units;
    units.reserve(rows.size());
    for (Row& row : rows) {
        SEGURIFAI_CO_TRY_AS(row.state.working_hours,
                            providers::parse_working_hours(row.working_hours));
        units.push_back(judge(std::move(row), wanted, now));
    }
    co_return units;
}

}  // namespace segurifai::dispatch

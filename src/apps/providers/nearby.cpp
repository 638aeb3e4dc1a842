#include "apps/providers/nearby.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "apps/platform.hpp"
#include "apps/providers/eligibility.hpp"
#include "apps/providers/estimator.hpp"
#include "apps/providers/registration.hpp"
#include "base/guatemala.hpp"
#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

constexpr double kHundredths = 100;

// Units that drive, approved for the service, on duty, heard from and in the box; the rest is
// judged by why_not(). Offers and jobs are dispatch's.
const sql::Query kCandidates{
    "providers.nearby.candidates",
    "SELECT p.id, p.company_name, p.city, p.state, p.rating, p.total_reviews, p.total_completed, "
    "p.created_at, p.service_radius_km, p.working_hours, l.latitude, l.longitude, l.last_updated, "
    "(SELECT v.kind FROM providers_vehicle v WHERE v.provider_id = p.id AND v.is_active "
    "ORDER BY v.in_use DESC, v.id LIMIT 1), "
    "EXISTS (SELECT 1 FROM providers_capability d WHERE d.provider_id = p.id AND "
    "d.code = 'DESK' AND d.approved), "
    "EXISTS (SELECT 1 FROM dispatch_assignment a WHERE a.provider_id = p.id AND "
    "a.ended_at IS NULL AND NOT a.is_desk), "
    "(SELECT COUNT(*) FROM dispatch_offer o WHERE o.provider_id = p.id AND o.state = 'OPEN' AND "
    "o.expires_at > $2) "
    "FROM providers_capability c JOIN providers_provider p ON p.id = c.provider_id "
    "JOIN providers_providerlocation l ON l.provider_id = p.id "
    "WHERE c.code = $1 AND c.approved AND p.status = 'ACTIVE' AND p.is_available AND l.is_online "
    "AND l.last_updated >= $3 AND l.latitude BETWEEN $4 AND $5 AND l.longitude BETWEEN $6 AND $7"};

struct Candidate {
    Card card;
    UnitState state;
    VehicleKind vehicle = VehicleKind::kCar;
    Estimate way;

    [[nodiscard]] bool read(const sql::Row& row) {
        model::Cells cells(row);
        Json hours;
        Coordinate latitude;
        Coordinate longitude;
        std::optional<VehicleKind> kind;
        std::int64_t offers = 0;
        cells.take(card.id);
        cells.take(card.company_name);
        cells.take(card.city);
        cells.take(card.state);
        cells.take(card.rating);
        cells.take(card.total_reviews);
        cells.take(card.total_completed);
        cells.take(card.member_since);
        cells.take(state.service_radius_km);
        cells.take(hours);
        cells.take(latitude);
        cells.take(longitude);
        cells.take(state.last_fix_at);
        cells.take(kind);
        cells.take(state.desk);
        cells.take(state.has_active_job);
        cells.take(offers);
        auto read_hours = parse_working_hours(hours.text);
        if (!cells.good() || !read_hours) return false;
        state.working_hours = *std::move(read_hours);
        state.position = apps::position_of(latitude, longitude);
        state.status = ProviderStatus::kActive;
        state.is_available = true;
        state.is_online = true;
        state.open_offers = static_cast<int>(offers);
        card.is_available = true;
        vehicle = kind.value_or(VehicleKind::kCar);
        return true;
    }
};

Task<Result<std::vector<Candidate>>> candidates(sql::Executor& executor,
                                                const std::string& service_code,
                                                const apps::Position& place, Instant now) {
    const apps::Box box = apps::box_around(place, kNearbyKm);
    const auto degrees = [](Coordinate at) {
        return Value::decimal(at.unscaled, Coordinate::kScale);
    };
    const std::array params{Value::text(service_code),
                            Value::instant(now),
                            Value::instant(add_seconds(now, -kSilenceMaxSeconds)),
                            degrees(box.south),
                            degrees(box.north),
                            degrees(box.west),
                            degrees(box.east)};
    std::vector<Candidate> found;
    bool is_sound = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        is_sound = found.emplace_back().read(row);
        return is_sound;
    });
    const auto ran = co_await executor.run(kCandidates, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!is_sound) co_return fail(Code::kCorrupt, "A stored unit does not read back.");
    for (Candidate& one : found) one.state.capabilities.push_back(service_code);
    co_return found;
}

PositionView shown(const apps::Position& position, bool exact) {
    const apps::Position seen = exact ? position : apps::rounded_for_members(position);
    return {apps::coordinate_of(seen.latitude), apps::coordinate_of(seen.longitude)};
}

NearbyUnit view_of(Candidate& one, bool exact) {
    NearbyUnit unit;
    unit.distance_km = static_cast<double>(stored_km(one.way.road_km).unscaled) / kHundredths;
    unit.eta_minutes = eta_minutes(one.way);
    unit.position = shown(*one.state.position, exact);
    unit.provider = std::move(one.card);
    return unit;
}

}  // namespace

Task<Result<std::vector<NearbyUnit>>> nearby(http::Call& call, NearbyQuery query) {
    const apps::Position place = apps::position_of(query.latitude, query.longitude);
    if (!is_service_code(query.service_code))
        co_return fault("service_code", "There is no such service.");
    if (!apps::inside_service_area(place)) co_return refuse(Refusal::kOutsideArea);
    sql::Database& database = call.platform.database;
    SEGURIFAI_CO_TRY_AS(std::vector<Candidate> found,
                        co_await candidates(database, query.service_code, place, call.at));
    const Need need{query.service_code, is_desk_service(query.service_code), place};
    std::erase_if(found, [&](const Candidate& one) {
        return apps::distance_km(*one.state.position, place) > kNearbyKm ||
               !is_eligible(one.state, need, call.at);
    });
    for (Candidate& one : found)
        one.way = estimate(*one.state.position, place, one.vehicle, call.at);
    std::ranges::sort(found, {}, [](const Candidate& one) {
        return std::tuple(one.way.minutes, one.card.id.value);
    });
    const auto limit = static_cast<std::size_t>(query.limit.value_or(kNearbyMax));
    if (found.size() > limit)
        found.erase(found.begin() + static_cast<std::ptrdiff_t>(limit), found.end());
    std::vector<NearbyUnit> units;
    for (Candidate& one : found) units.push_back(view_of(one, call.reach.any));
    std::vector<Card*> cards;
    for (NearbyUnit& one : units) cards.push_back(&one.provider);
    SEGURIFAI_CO_TRY(co_await add_approved_codes(database, cards));
    co_return units;
}

}  // namespace segurifai::providers

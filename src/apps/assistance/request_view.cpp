#include "apps/assistance/request_view.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "apps/assistance/json_members.hpp"
#include "apps/geography.hpp"

namespace segurifai::assistance {
namespace {

// What stands in `metadata` for each audience, sorted. Anything else is for staff.
constexpr std::array kMemberKeys{
    std::string_view("card"),          std::string_view("flow"),
    std::string_view("form_complete"), std::string_view("patient"),
    std::string_view("pay_per_use"),   std::string_view("promise"),
    std::string_view("scheduled_for"), std::string_view("service_code"),
    std::string_view("vehicle")};
constexpr std::array kUnitKeys{std::string_view("beneficiary"),   std::string_view("card"),
                               std::string_view("flow"),          std::string_view("form_complete"),
                               std::string_view("patient"),       std::string_view("promise"),
                               std::string_view("scheduled_for"), std::string_view("service_code"),
                               std::string_view("vehicle")};
// With the numbers that a member in such a case is to call (RULES §6).
constexpr std::array kTriageKeys{std::string_view("advice"), std::string_view("call_now"),
                                 std::string_view("level")};
static_assert(std::ranges::is_sorted(kMemberKeys) && std::ranges::is_sorted(kUnitKeys));

/// The texts of a canonical JSON array of plain words, or of words joined by commas.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::string word;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == '"') continue;
        if (c != ',') {
            word += c;
            continue;
        }
        words.push_back(std::exchange(word, {}));
    }
    if (!word.empty()) words.push_back(std::move(word));
    std::ranges::sort(words);
    const auto repeated = std::ranges::unique(words);
    words.erase(repeated.begin(), repeated.end());
    return words;
}

Json metadata_for(const JsonMembers& metadata, const Json& whole, Audience audience) {
    if (audience == Audience::kStaff) return whole;
    std::string chosen = metadata.only(
        audience == Audience::kMember ? std::span<const std::string_view>(kMemberKeys) : kUnitKeys);
    const std::string_view triage = metadata.member_of("triage");
    if (triage.empty()) return Json{std::move(chosen)};
    // "triage" stands between "service_code" and "vehicle".
    const std::string member = "\"triage\":" + only(triage, kTriageKeys);
    const std::size_t vehicle =
        metadata.member_of("vehicle").empty() ? std::string::npos : chosen.rfind(",\"vehicle\":{");
    if (vehicle != std::string::npos)
        chosen.insert(vehicle, "," + member);
    else
        chosen.insert(chosen.size() - 1, (chosen.size() > 2 ? "," : "") + member);
    return Json{std::move(chosen)};
}

std::optional<CoveredView> covered_of(const JsonMembers& metadata, const AssistanceRequest& row) {
    const std::string_view covered = metadata.member_of("covered");
    const auto limit = Money::parse(text_of(covered, "limit"));
    const auto left = Money::parse(text_of(covered, "left"));
    if (!limit || !left) return std::nullopt;
    const std::int64_t cost = row.actual_cost ? row.actual_cost->unscaled : 0;
    return CoveredView{*limit, Money{std::max<std::int64_t>(left->unscaled - cost, 0)}};
}

std::vector<std::string> missing_of(const JsonMembers& metadata) {
    std::vector<std::string> missing = words_of(metadata.member_of("evidence"));
    if (missing.empty()) return missing;
    const std::vector<std::string> present = words_of(metadata.member_of("documents"));
    const bool form = metadata.member_of("form_complete") == "true";
    std::erase_if(missing, [&](const std::string& kind) {
        return kind == "FORM" ? form : std::ranges::binary_search(present, kind);
    });
    return missing;
}

UnitCard card_of(UnitFacts unit, const std::optional<JobFacts>& job) {
    UnitCard card;
    card.id = unit.id;
    card.company_name = std::move(unit.company_name);
    card.city = std::move(unit.city);
    card.state = std::move(unit.state);
    card.rating = unit.rating;
    card.total_reviews = unit.total_reviews;
    card.total_completed = unit.total_completed;
    card.is_available = unit.is_available;
    card.capabilities = words_of(unit.capabilities);
    card.member_since = unit.created_at;
    card.first_name = std::move(unit.first_name);
    if (job && job->vehicle)
        card.vehicle = VehicleView{job->vehicle->kind, job->vehicle->plate, job->vehicle->color};
    return card;
}

template <class T>
void give(http::Maybe<T>& out, const std::optional<T>& value) {
    if (value)
        out.emplace() = *value;
    else
        out.clear();
}

}  // namespace

std::optional<Audience> audience_of(const http::Call& call, users::UserId member,
                                    std::optional<providers::ProviderId> unit) {
    if (call.reach.any) return Audience::kStaff;
    if (call.reach.own && member.value == call.caller.user_id) return Audience::kMember;
    if (call.reach.job && unit && call.caller.provider_id &&
        unit->value == *call.caller.provider_id)
        return Audience::kUnit;
    return std::nullopt;
}

TrackingState state_of(const RequestDetail& detail) {
    Approach approach;
    if (detail.job) {
        approach.departed = detail.job->departed_at.has_value();
        approach.arrived = detail.job->arrived_at.has_value();
    }
    const AssistanceRequest& row = detail.row;
    if (detail.position && row.location_latitude && row.location_longitude)
        approach.distance_km = apps::distance_km(
            apps::position_of(*row.location_latitude, *row.location_longitude),
            apps::position_of(detail.position->latitude, detail.position->longitude));
    return tracking_state(row.status, approach);
}

bool may_cancel(Audience audience, const http::Caller& caller, RequestStatus status,
                bool arrived) noexcept {
    const auto may = [&](Actor actor) {
        return may_change(status, RequestStatus::kCancelled, actor, arrived);
    };
    if (audience == Audience::kMember) return may(Actor::kMember);
    if (audience == Audience::kUnit) return false;
    if (caller.has(http::Scope::kOperations)) return may(Actor::kStaff);
    return caller.has(http::Scope::kSupport) && may(Actor::kMember);
}

std::string contact_phone_of(const RequestDetail& detail) {
    const std::string_view given = text_of(detail.row.metadata.text, "contact_phone");
    if (!given.empty()) return std::string(given);
    return detail.member ? detail.member->phone.text() : std::string();
}

RequestView view_of(RequestDetail&& detail, Audience audience, const http::Caller& caller) {
    const TrackingState state = state_of(detail);
    std::string phone = audience != Audience::kMember ? contact_phone_of(detail) : std::string();
    RequestView view{.row = std::move(detail.row), .tracking_state = state};
    const AssistanceRequest& row = view.row;
    const JsonMembers metadata(row.metadata.text);
    view.metadata = metadata_for(metadata, row.metadata, audience);
    if (detail.unit) view.provider = card_of(*std::move(detail.unit), detail.job);
    view.can_cancel =
        may_cancel(audience, caller, row.status, detail.job && detail.job->arrived_at.has_value());
    view.documents_missing = missing_of(metadata);
    if (audience != Audience::kUnit) {
        view.covered = covered_of(metadata, row);
        view.user_id.emplace() = row.user_id;
        give(view.user_service_id, row.user_service_id);
        give(view.estimated_cost, row.estimated_cost);
        give(view.actual_cost, row.actual_cost);
    }
    if (audience != Audience::kMember) {
        MemberCard& member = view.member.emplace();
        if (detail.member) member.first_name = detail.member->first_name;
        if (audience == Audience::kStaff || is_in_hands(row.status))
            member.phone = std::move(phone);
        if (detail.job) {
            const JobFacts& job = *detail.job;
            view.pay.emplace() = {job.pay_base, job.pay_distance_bonus,
                                  Money{job.pay_base.unscaled + job.pay_distance_bonus.unscaled}};
        }
    }
    if (audience == Audience::kStaff) view.notes.emplace() = row.notes;
    return view;
}

}  // namespace segurifai::assistance

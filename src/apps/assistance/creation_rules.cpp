#include "apps/assistance/creation_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "apps/geography.hpp"
#include "apps/providers/registration.hpp"
#include "base/guatemala.hpp"
#include "base/json_object.hpp"

namespace segurifai::assistance {
namespace {

using services::CategoryType;
using services::CoveredSubscription;
using services::Flow;
using services::ServiceLine;

constexpr std::string_view kRequired = "This field is required.";

bool is_worked_at_desks(const ServiceLine& line) noexcept {
    return line.flow == Flow::kCallback || line.flow == Flow::kClaim ||
           providers::is_desk_service(line.code);
}

std::string vehicle_json(const VehicleInput& vehicle) {
    JsonObject json;
    json.text("make", vehicle.make)
        .text("model", vehicle.model)
        .integer("year", vehicle.year)
        .text("plate", vehicle.plate);
    if (vehicle.color) json.text("color", *vehicle.color);
    if (vehicle.use) json.text("use", *vehicle.use);
    if (vehicle.weight_t) {
        std::string number;
        append_json_number(number, *vehicle.weight_t);
        json.raw("weight_t", std::move(number));
    }
    return json.to_string();
}

std::string patient_json(const TriageInput& patient) {
    JsonObject json;
    json.integer("age", patient.age)
        .text("consciousness", model::word(patient.consciousness))
        .boolean("breathing", patient.breathing)
        .boolean("chest_pain", patient.chest_pain)
        .boolean("bleeding", patient.bleeding)
        .text("kind", model::word(patient.kind));
    if (patient.people) json.integer("people", *patient.people);
    return json.to_string();
}

template <class Words>
std::string array_json(const Words& words) {
    std::string json = "[";
    for (const std::string_view word : words) {
        if (json.size() > 1) json += ',';
        append_json_string(json, word);
    }
    return json + ']';
}

std::string triage_json(const Triage& triage) {
    std::vector<std::string_view> advice;
    for (const Advice one : triage.advice) advice.push_back(model::word(one));
    JsonObject json;
    json.integer("score", triage.score)
        .text("level", model::word(triage.level))
        .raw("advice", array_json(advice))
        .raw("call_now", array_json(triage.call_now));
    return json.to_string();
}

std::string card_json(const CardInput& card) {
    JsonObject json;
    json.text("bank", card.bank).text("last_four", card.last_four);
    if (card.discovered_at) json.text("discovered_at", card.discovered_at->to_string());
    return json.to_string();
}

/// In hundredths, and the next one when there is anything above: what is heavier than a limit stays
/// heavier. n / 100.0 is the number that "n hundredths" is read as.
Decimal<5, 2> weight_above(double weight_t) noexcept {
    const std::int64_t nearest = std::llround(weight_t * 100.0);
    return {static_cast<double>(nearest) / 100.0 < weight_t ? nearest + 1 : nearest};
}

std::optional<services::VehicleFault> vehicle_fault_of(const VehicleInput& vehicle,
                                                       const services::VehicleTerms& terms,
                                                       Instant now) {
    services::VehicleFacts facts;
    facts.model_year = vehicle.year;
    facts.weight_t = weight_above(vehicle.weight_t.value_or(0));
    facts.use = vehicle.use ? std::string_view(*vehicle.use) : std::string_view(terms.use);
    return services::vehicle_fault(terms, facts, guatemala_date(now));
}

}  // namespace

std::vector<Fault> faults_of(const NewRequest& input, Instant now) {
    std::vector<Fault> faults;
    if (input.location_latitude.has_value() != input.location_longitude.has_value())
        faults.push_back({input.location_latitude ? "location_longitude" : "location_latitude",
                          std::string(kRequired)});
    if (input.card) {
        const bool digits =
            std::ranges::all_of(input.card->last_four, [](char c) { return c >= '0' && c <= '9'; });
        if (!digits) faults.push_back({"card.last_four", "Must be 4 digits."});
        if (input.card->discovered_at && *input.card->discovered_at > now)
            faults.push_back({"card.discovered_at", "May not be in the future."});
    }
    if (input.scheduled_for &&
        *input.scheduled_for > add_seconds(now, kScheduleDaysMax * kMinutesPerDay * 60))
        faults.push_back({"scheduled_for", "Must be within a year."});
    const std::int32_t next_year = calendar_day(guatemala_date(now)).year + 1;
    if (input.vehicle && input.vehicle->year > next_year)
        faults.push_back({"vehicle.year", fmt::format("Must be at most {}.", next_year)});
    return faults;
}

bool takes_triage(CategoryType category, const ServiceLine& line) noexcept {
    return category == CategoryType::kHealth || line.code == "AMBULANCE";
}

std::vector<Fault> faults_of(const NewRequest& input, const CoveredSubscription& subscription,
                             const ServiceLine& line) {
    std::vector<Fault> faults;
    const auto refuse_field = [&](std::string field, std::string_view why) {
        faults.push_back({std::move(field), std::string(why)});
    };
    if (line.flow == Flow::kScheduled && !input.scheduled_for)
        refuse_field("scheduled_for", kRequired);
    if (line.flow != Flow::kScheduled && input.scheduled_for)
        refuse_field("scheduled_for", "This service is not given at a chosen time.");
    const bool triaged = takes_triage(subscription.category_type, line);
    // A claim is about what is over: nobody is in danger.
    if (triaged && !input.triage && line.flow != Flow::kClaim) refuse_field("triage", kRequired);
    if (!triaged && input.triage)
        refuse_field("triage", "This service does not ask how a patient is.");
    if (input.card && subscription.category_type != CategoryType::kCardInsurance)
        refuse_field("card", "This service is not about a card.");
    if (input.beneficiary == Beneficiary::kFamily && !line.family)
        refuse_field("beneficiary", "This service is for the member only.");
    if (subscription.coverage.vehicle && services::is_about_vehicle(line)) {
        if (!input.vehicle) refuse_field("vehicle", kRequired);
        if (input.vehicle && !input.vehicle->weight_t) refuse_field("vehicle.weight_t", kRequired);
    }
    return faults;
}

Result<void> admit(const NewRequest& input, const CoveredSubscription& subscription,
                   const ServiceLine& line, Instant now) {
    if (subscription.coverage.vehicle && services::is_about_vehicle(line) && input.vehicle) {
        const auto why = vehicle_fault_of(*input.vehicle, *subscription.coverage.vehicle, now);
        if (why)
            return refuse(Refusal::kVehicleNotCovered,
                          "\"reason\":\"" + std::string(model::word(*why)) + '"');
    }
    if (input.scheduled_for && !services::has_notice(line, *input.scheduled_for, now))
        return refuse(Refusal::kNoticeTooShort,
                      "\"notice_hours\":" + std::to_string(line.notice_hours.value_or(0)));
    if (is_worked_at_desks(line)) return {};
    if (!input.location_latitude) return refuse(Refusal::kLocationRequired);
    if (!apps::inside_service_area(
            apps::position_of(*input.location_latitude, *input.location_longitude)))
        return refuse(Refusal::kOutsideArea);
    return {};
}

std::optional<Triage> triage_of(const NewRequest& input) {
    if (!input.triage) return std::nullopt;
    const TriageInput& said = *input.triage;
    return triage(TriageAnswers{said.age, said.consciousness, said.breathing, said.chest_pain,
                                said.bleeding, said.kind});
}

std::string metadata_of(const NewRequest& input, const CoveredSubscription& subscription,
                        const ServiceLine& line, const services::Left& left,
                        const std::optional<Triage>& triage) {
    JsonObject metadata;
    metadata.text("service_code", line.code)
        .text("flow", model::word(line.flow))
        .text("beneficiary", model::word(input.beneficiary.value_or(Beneficiary::kSelf)));
    std::vector<std::string_view> evidence;
    for (const services::Evidence one : services::evidence_of(line, subscription.category_type))
        evidence.push_back(model::word(one));
    metadata.raw("evidence", array_json(evidence));
    if (line.limit) {
        JsonObject covered;
        covered.text("limit", line.limit->to_string())
            .text("left", left.ceiling.value_or(Money{}).to_string());
        metadata.raw("covered", covered.to_string());
    }
    if (input.contact_phone) metadata.text("contact_phone", input.contact_phone->text());
    if (input.scheduled_for) metadata.text("scheduled_for", input.scheduled_for->to_string());
    if (input.vehicle) metadata.raw("vehicle", vehicle_json(*input.vehicle));
    if (input.card) metadata.raw("card", card_json(*input.card));
    if (input.triage) metadata.raw("patient", patient_json(*input.triage));
    if (triage) metadata.raw("triage", triage_json(*triage));
    return metadata.to_string();
}

Instant dispatched_from(const NewRequest& input, const ServiceLine& line, Instant now) noexcept {
    if (!input.scheduled_for || is_worked_at_desks(line)) return now;
    return std::max(now, add_seconds(*input.scheduled_for, -kDispatchAheadMinutes * 60));
}

}  // namespace segurifai::assistance

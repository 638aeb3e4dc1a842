#include "apps/services/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "apps/json_reader.hpp"

namespace segurifai::services {
namespace {

using apps::has_value;
using apps::JsonReader;
using Place = JsonReader::Place;

constexpr std::int32_t kEventsMax = 1'000;
constexpr std::int32_t kRequestsPerMonthMax = 1'000;
constexpr std::int32_t kNoticeHoursMax = 24 * 90;
constexpr std::int32_t kVehicleAgeMax = 100;
constexpr double kVehicleWeightMax = 100.0;
constexpr std::size_t kCodeSizeMax = 40;

/// "JUMP_START": what requests, capabilities and earnings refer to.
std::optional<std::string> read_code(JsonReader& reader, const Place& place) {
    auto code = reader.text(place);
    if (!code) return std::nullopt;
    const bool well_formed =
        code->size() <= kCodeSizeMax && code->front() >= 'A' && code->front() <= 'Z' &&
        std::ranges::all_of(*code, [](char c) {
            return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        });
    if (well_formed) return code;
    reader.fault(place.path, "Must be capitals, digits and underscores, 40 at most.");
    return std::nullopt;
}

std::optional<Money> read_money(JsonReader& reader, const Place& place) {
    if (place.value == nullptr) return std::nullopt;
    if (place.value->is_string()) {
        const auto& string = place.value->get_string();
        const std::string text(string.data(), string.size());
        const auto money = Money::parse(text);
        if (money && money->unscaled >= 0 && money->to_string() == text) return money;
    }
    reader.fault(place.path, "Must be an amount in GTQ as text with two decimals (\"1170.00\").");
    return std::nullopt;
}

std::optional<std::vector<Evidence>> read_evidence(JsonReader& reader, const Place& place) {
    const auto elements = reader.elements(place);
    if (!elements) return std::nullopt;
    std::vector<Evidence> evidence;
    for (const Place& element : *elements) {
        const auto kind = reader.choice<Evidence>(element);
        if (!kind) continue;
        if (std::ranges::find(evidence, *kind) != evidence.end())
            reader.fault(element.path, "Stands twice: name each kind once.");
        evidence.push_back(*kind);
    }
    return evidence;
}

ServiceLine read_line(JsonReader& reader, const Place& place) {
    ServiceLine line;
    if (!reader.is_object(place, {"code", "name", "events_per_year", "limit_gtq", "pool", "family",
                                  "evidence", "notice_hours", "flow"}) &&
        !place.value->is_object())
        return line;
    line.code = read_code(reader, reader.require(place, "code")).value_or("");
    line.name = reader.text(reader.require(place, "name")).value_or("");
    if (const Place events = reader.require(place, "events_per_year"); has_value(events))
        line.events_per_year = reader.integer(events, 1, kEventsMax);
    if (const Place limit = reader.require(place, "limit_gtq"); has_value(limit))
        line.limit = read_money(reader, limit);
    if (const Place pool = JsonReader::find(place, "pool"); pool.value != nullptr)
        line.pool = read_code(reader, pool);
    if (const Place family = JsonReader::find(place, "family"); family.value != nullptr)
        line.family = reader.boolean(family).value_or(false);
    if (const Place evidence = JsonReader::find(place, "evidence"); evidence.value != nullptr)
        line.evidence = read_evidence(reader, evidence);
    const auto flow = reader.choice<Flow>(reader.require(place, "flow"));
    line.flow = flow.value_or(Flow::kImmediate);
    if (const Place notice = JsonReader::find(place, "notice_hours"); notice.value != nullptr) {
        line.notice_hours = reader.integer(notice, 1, kNoticeHoursMax);
        if (flow && *flow != Flow::kScheduled)
            reader.fault(notice.path, "Belongs to SCHEDULED services only: take it out.");
    }
    return line;
}

std::optional<Decimal<5, 2>> read_weight(JsonReader& reader, const Place& place) {
    if (place.value == nullptr) return std::nullopt;
    if (place.value->is_number()) {
        const double tonnes = place.value->to_number<double>();
        const double hundredths = std::round(tonnes * 100);
        // Two decimals at most; a double keeps such a number far closer than this.
        if (tonnes > 0 && tonnes <= kVehicleWeightMax && std::abs(tonnes * 100 - hundredths) < 1e-6)
            return Decimal<5, 2>{static_cast<std::int64_t>(hundredths)};
    }
    reader.fault(place.path, "Must be a number of tonnes above 0, two decimals at most.");
    return std::nullopt;
}

std::optional<VehicleTerms> read_vehicle(JsonReader& reader, const Place& place) {
    if (!has_value(place)) return std::nullopt;
    if (!reader.is_object(place, {"max_age_years", "max_weight_t", "use"}) &&
        !place.value->is_object())
        return std::nullopt;
    VehicleTerms terms;
    terms.max_age_years =
        reader.integer(reader.require(place, "max_age_years"), 0, kVehicleAgeMax).value_or(0);
    terms.max_weight_t =
        read_weight(reader, reader.require(place, "max_weight_t")).value_or(Decimal<5, 2>{});
    terms.use = reader.text(reader.require(place, "use")).value_or("");
    return terms;
}

/// What holds between the lines: no code twice, and one count and one ceiling in a pool.
void check_lines(JsonReader& reader, const std::vector<ServiceLine>& lines) {
    std::set<std::string_view> codes;
    std::map<std::string_view, const ServiceLine*> pools;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const ServiceLine& line = lines[i];
        const std::string path = "services." + std::to_string(i);
        if (!line.code.empty() && !codes.insert(line.code).second)
            reader.fault(path + ".code", line.code + " stands twice: a plan has a service once.");
        if (!line.pool) continue;
        const auto [first, is_first] = pools.emplace(*line.pool, &line);
        if (is_first) continue;
        const ServiceLine& other = *first->second;
        if (line.events_per_year != other.events_per_year)
            reader.fault(path + ".events_per_year",
                         "Must equal that of " + other.code + ", which shares the pool.");
        if (line.limit != other.limit)
            reader.fault(path + ".limit_gtq",
                         "Must equal that of " + other.code + ", which shares the pool.");
    }
}

/// "1170.00" as people write it: "Q1,170.00".
std::string quetzales(Money amount) {
    std::string text = amount.to_string();
    for (std::size_t at = text.find('.'); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return "Q" + text;
}

std::string feature_line(const Coverage& coverage, const ServiceLine& line) {
    const auto shared =
        line.pool ? std::ranges::count(coverage.services, line.pool, &ServiceLine::pool) - 1 : 0;
    std::string text = line.name + ": ";
    if (line.events_per_year)
        text += std::to_string(*line.events_per_year) + " al año";
    else if (!line.limit)
        text += "sin límite de veces";
    if (line.limit) {
        if (line.events_per_year) text += ", ";
        text += "hasta " + quetzales(*line.limit) + (line.pool ? " al año" : " por evento");
    }
    if (shared == 1) text += ", en conjunto con otro servicio";
    if (shared > 1) text += ", en conjunto con otros " + std::to_string(shared) + " servicios";
    if (line.notice_hours)
        text += ", con " + std::to_string(*line.notice_hours) +
                (*line.notice_hours == 1 ? " hora" : " horas") + " de anticipación";
    if (line.family) text += ", para usted y su familia";
    return text;
}

}  // namespace

Result<Coverage> parse_coverage(std::string_view json) {
    SEGURIFAI_TRY_AS(const auto document, apps::read_json(json));
    JsonReader reader;
    Coverage coverage;
    const Place root{&document, ""};
    reader.is_object(root, {"max_requests_per_month", "services", "vehicle"});
    if (document.is_object()) {
        coverage.max_requests_per_month =
            reader.integer(reader.require(root, "max_requests_per_month"), 1, kRequestsPerMonthMax)
                .value_or(0);
        if (const auto lines = reader.elements(reader.require(root, "services"))) {
            for (const Place& line : *lines) coverage.services.push_back(read_line(reader, line));
            if (lines->empty()) reader.fault("services", "Must name one service at least.");
        }
        coverage.vehicle = read_vehicle(reader, JsonReader::find(root, "vehicle"));
        check_lines(reader, coverage.services);
    }
    if (!reader.faults().empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The coverage of the plan is not right.",
                                     .faults = reader.take_faults()});
    return coverage;
}

std::vector<std::string> feature_lines(const Coverage& coverage) {
    std::vector<std::string> lines;
    lines.reserve(coverage.services.size());
    for (const ServiceLine& line : coverage.services) lines.push_back(feature_line(coverage, line));
    return lines;
}

std::optional<std::string> coverage_fault(const sql::Value& value) {
    if (value.as_text() == "{}") return std::nullopt;
    const auto parsed = parse_coverage(value.as_text());
    if (parsed) return std::nullopt;
    return parsed.error().faults.empty() ? parsed.error().message
                                         : apps::first_fault(parsed.error().faults);
}

}  // namespace segurifai::services

#include "apps/providers/working_hours.hpp"

#include <algorithm>
#include <utility>

#include "apps/json_reader.hpp"

namespace segurifai::providers {
namespace {

using apps::JsonReader;
using Place = JsonReader::Place;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int32_t kDayMinutes = 24 * 60;
constexpr std::size_t kRangesMax = 12;  ///< in a day; nobody opens more often

/// "06:30" as minutes after midnight; "24:00" only where a range ends.
std::optional<std::int32_t> read_minutes(JsonReader& reader, const Place& place, bool is_end) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (place.value->is_string()) {
        const std::string_view text(place.value->get_string().data(),
                                    place.value->get_string().size());
        if (text.size() == 5 && digit(text[0]) && digit(text[1]) && text[2] == ':' &&
            digit(text[3]) && digit(text[4])) {
            const int hours = (text[0] - '0') * 10 + (text[1] - '0');
            const int minutes = (text[3] - '0') * 10 + (text[4] - '0');
            const int total = hours * 60 + minutes;
            if (minutes < 60 && (total < kDayMinutes || (is_end && total == kDayMinutes)))
                return total;
        }
    }
    reader.fault(place.path, is_end ? "Must be a time from \"00:00\" to \"24:00\"."
                                    : "Must be a time from \"00:00\" to \"23:59\".");
    return std::nullopt;
}

std::vector<OpeningRange> read_ranges(JsonReader& reader, const Place& place) {
    std::vector<OpeningRange> ranges;
    const auto elements = reader.elements(place);
    if (!elements) return ranges;
    if (elements->size() > kRangesMax) reader.fault(place.path, "Has more than 12 ranges.");
    for (const Place& element : *elements) {
        const auto ends = reader.elements(element);
        if (!ends) continue;
        if (ends->size() != 2) {
            reader.fault(element.path, "Must be two times: [\"06:00\",\"22:00\"].");
            continue;
        }
        const auto opens = read_minutes(reader, (*ends)[0], false);
        const auto closes = read_minutes(reader, (*ends)[1], true);
        if (!opens || !closes) continue;
        if (*opens == *closes) reader.fault(element.path, "Begins and ends at the same time.");
        ranges.push_back({*opens, *closes});
    }
    return ranges;
}

void read_exceptions(JsonReader& reader, const Place& place, WorkingHours& hours) {
    if (place.value == nullptr) return;
    const auto elements = reader.elements(place);
    if (!elements) return;
    for (const Place& element : *elements) {
        if (!reader.is_object(element, {"date", "hours"}) && !element.value->is_object()) continue;
        const Place when = reader.require(element, "date");
        const Place ranges = reader.require(element, "hours");
        const auto text = reader.text(when);
        const auto date = text ? Date::parse(*text) : std::nullopt;
        if (text && !date) reader.fault(when.path, "Must be a date, YYYY-MM-DD.");
        auto read = read_ranges(reader, ranges);
        if (date && !hours.exceptions.emplace(*date, std::move(read)).second)
            reader.fault(when.path, "Stands twice: one exception per date.");
    }
}

}  // namespace

Result<WorkingHours> parse_working_hours(std::string_view json) {
    SEGURIFAI_TRY_AS(const auto document, apps::read_json(json));
    JsonReader reader;
    WorkingHours hours;
    const Place root{&document, ""};
    reader.is_object(root, {"mon", "tue", "wed", "thu", "fri", "sat", "sun", "exceptions"});
    if (document.is_object()) {
        hours.always = document.get_object().empty();
        for (std::size_t day = 0; day < kDays.size(); ++day) {
            const Place place = JsonReader::find(root, kDays[day]);
            if (place.value != nullptr) hours.week[day] = read_ranges(reader, place);
        }
        read_exceptions(reader, JsonReader::find(root, "exceptions"), hours);
    }
    if (!reader.faults().empty())
        return std::unexpected(Error{.code = Code::kInvalid,
                                     .message = "The working hours are not right.",
                                     .faults = reader.take_faults()});
    return hours;
}

std::vector<Fault> working_hours_faults(std::string_view json) {
    auto parsed = parse_working_hours(json);
    if (parsed) return {};
    if (parsed.error().faults.empty()) return {{{}, std::move(parsed.error().message)}};
    return std::move(parsed.error().faults);
}

std::optional<std::string> working_hours_fault(const sql::Value& value) {
    return apps::first_fault(working_hours_faults(value.as_text()));
}

}  // namespace segurifai::providers

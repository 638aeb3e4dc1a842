#include "apps/json_reader.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>

namespace segurifai::apps {
namespace {

std::string below(const std::string& path, std::string_view step) {
    std::string longer = path;
    if (!longer.empty()) longer += '.';
    longer += step;
    return longer;
}

}  // namespace

bool JsonReader::is_object(const Place& place, std::initializer_list<std::string_view> known) {
    if (place.value == nullptr) return false;
    if (!place.value->is_object()) {
        fault(place.path, "Must be an object.");
        return false;
    }
    bool all_known = true;
    for (const auto& member : place.value->get_object()) {
        const std::string_view key(member.key().data(), member.key().size());
        if (std::ranges::find(known, key) != known.end()) continue;
        fault(below(place.path, key), "Is no key of this object: take it out.");
        all_known = false;
    }
    return all_known;
}

std::optional<std::vector<JsonReader::Place>> JsonReader::elements(const Place& place) {
    if (place.value == nullptr) return std::nullopt;
    if (!place.value->is_array()) {
        fault(place.path, "Must be an array.");
        return std::nullopt;
    }
    std::vector<Place> places;
    places.reserve(place.value->get_array().size());
    for (const auto& element : place.value->get_array())
        places.push_back({&element, below(place.path, std::to_string(places.size()))});
    return places;
}

JsonReader::Place JsonReader::find(const Place& object, std::string_view key) {
    return {object.value->get_object().if_contains({key.data(), key.size()}),
            below(object.path, key)};
}

JsonReader::Place JsonReader::require(const Place& object, std::string_view key) {
    Place place = find(object, key);
    if (place.value == nullptr) fault(place.path, "Is required.");
    return place;
}

std::optional<std::string> JsonReader::text(const Place& place) {
    if (place.value == nullptr) return std::nullopt;
    if (!place.value->is_string() || place.value->get_string().empty()) {
        fault(place.path, "Must be a text that is not empty.");
        return std::nullopt;
    }
    const auto& string = place.value->get_string();
    return std::string(string.data(), string.size());
}

std::optional<std::int32_t> JsonReader::integer(const Place& place, std::int32_t min,
                                                std::int32_t max) {
    if (place.value == nullptr) return std::nullopt;
    if (place.value->is_int64()) {
        const std::int64_t number = place.value->get_int64();
        if (number >= min && number <= max) return static_cast<std::int32_t>(number);
    }
    fault(place.path, "Must be a whole number from " + std::to_string(min) + " to " +
                          std::to_string(max) + ".");
    return std::nullopt;
}

std::optional<bool> JsonReader::boolean(const Place& place) {
    if (place.value == nullptr) return std::nullopt;
    if (place.value->is_bool()) return place.value->get_bool();
    fault(place.path, "Must be true or false.");
    return std::nullopt;
}

std::optional<std::size_t> JsonReader::word_index(const Place& place,
                                                  std::span<const std::string_view> words) {
    if (place.value == nullptr) return std::nullopt;
    if (place.value->is_string()) {
        const auto& string = place.value->get_string();
        const auto found = std::ranges::find(words, std::string_view(string.data(), string.size()));
        if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    }
    std::string message = "Must be one of ";
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) message += i + 1 == words.size() ? " or " : ", ";
        message += words[i];
    }
    fault(place.path, message + ".");
    return std::nullopt;
}

Result<boost::json::value> read_json(std::string_view text) {
    boost::json::error_code error;
    auto value = boost::json::parse({text.data(), text.size()}, error);
    if (error) return fail(Code::kInvalid, "Must be a JSON document.");
    return value;
}

std::optional<std::string> first_fault(const std::vector<Fault>& faults) {
    if (faults.empty()) return std::nullopt;
    const Fault& first = faults.front();
    std::string message = first.path.empty() ? first.message : first.path + ": " + first.message;
    if (faults.size() > 1)
        message += " (And " + std::to_string(faults.size() - 1) + " more to put right.)";
    return message;
}

}  // namespace segurifai::apps

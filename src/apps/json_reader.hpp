#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "model/codec.hpp"

namespace segurifai::apps {

/// Walks a JSON document whose shape is fixed and collects what is wrong with it, each fault under
/// its dotted path ("services.0.code"). A getter that finds a fault notes it and gives nothing.
class JsonReader {
public:
    /// A value of the document and where it stands. `value` is null when it is not there.
    struct Place {
        const boost::json::value* value = nullptr;
        std::string path;
    };

    void fault(std::string path, std::string message) {
        faults_.push_back({std::move(path), std::move(message)});
    }
    [[nodiscard]] const std::vector<Fault>& faults() const noexcept { return faults_; }
    [[nodiscard]] std::vector<Fault> take_faults() noexcept { return std::move(faults_); }

    /// False, with a fault, unless `place` is an object with no keys but `known`.
    bool is_object(const Place& place, std::initializer_list<std::string_view> known);
    /// The elements; nothing, with a fault, when `place` is no array.
    [[nodiscard]] std::optional<std::vector<Place>> elements(const Place& place);

    /// The member `key` of an object, for the optional ones; `value` is null when it is missing.
    [[nodiscard]] static Place find(const Place& object, std::string_view key);
    /// The same, with a fault when it is missing.
    [[nodiscard]] Place require(const Place& object, std::string_view key);

    [[nodiscard]] std::optional<std::string> text(const Place& place);
    [[nodiscard]] std::optional<std::int32_t> integer(const Place& place, std::int32_t min,
                                                      std::int32_t max);
    [[nodiscard]] std::optional<bool> boolean(const Place& place);

    /// A word of an enumeration.
    template <model::Choice T>
    [[nodiscard]] std::optional<T> choice(const Place& place) {
        const auto index = word_index(place, model::kWords<T>);
        return index ? std::optional(static_cast<T>(*index)) : std::nullopt;
    }

private:
    std::optional<std::size_t> word_index(const Place& place,
                                          std::span<const std::string_view> words);

    std::vector<Fault> faults_;
};

/// True when the member is there and not null.
[[nodiscard]] inline bool has_value(const JsonReader::Place& place) noexcept {
    return place.value != nullptr && !place.value->is_null();
}

/// A JSON text as a tree. Fails with kInvalid, one fault without a path, when it is no JSON.
[[nodiscard]] Result<boost::json::value> read_json(std::string_view text);

/// The faults as one sentence, as a column's validator answers; nothing when there are none.
[[nodiscard]] std::optional<std::string> first_fault(const std::vector<Fault>& faults);

}  // namespace segurifai::apps

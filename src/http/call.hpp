#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/id.hpp"
#include "base/time.hpp"
#include "http/answer.hpp"
#include "http/caller.hpp"
#include "http/early_read.hpp"
#include "http/permission.hpp"
#include "http/request.hpp"
#include "http/shape.hpp"

namespace segurifai {
struct Platform;  // apps/platform.hpp: what the product works with
}  // namespace segurifai

namespace segurifai::http {

struct Route;

/// The languages people are answered in.
enum class Language : std::uint8_t { kSpanish, kEnglish };

inline constexpr std::size_t kPathParametersMax = 3;

/// One call of an operation, alive until its answer is written.
struct Call {
    const Request& request;
    const Route& route;
    Platform& platform;
    Answer& answer;
    Caller caller{};
    Reach reach{};
    Instant at{};  ///< when it was received
    Language language = Language::kSpanish;
    std::string request_id;
    std::string address;               ///< of the person, through configured proxies
    bool is_of_listed_origin = false;  ///< sent by a page of an origin of CorsOptions
    std::array<std::string_view, kPathParametersMax> path_parameters{};
    QueryPairs query;
    std::unique_ptr<EarlyRead> early;  ///< what the route's `early` made, answered; may be null
    bool answered =
        false;  ///< `answer` is complete (a replayed one): the handler's result is dropped

    /// The path parameter at `index` (left to right) as an integer key; kNotFound when it is none,
    /// because no row has such a key.
    [[nodiscard]] Result<std::int32_t> path_number(std::size_t index = 0) const;
    template <class Id>
    [[nodiscard]] Result<Id> path_id(std::size_t index = 0) const {
        SEGURIFAI_TRY_AS(const std::int32_t number, path_number(index));
        return Id{number};
    }
    /// The same as a UUID.
    [[nodiscard]] Result<Uuid> path_uuid(std::size_t index = 0) const;

    /// The answer will be of this media type, no JSON of a shape; 406 when the caller takes none of
    /// it. `type` is a constant.
    [[nodiscard]] Result<void> answer_as(std::string_view type);

    /// 428 when the route wants If-Match and there is none; 412 with the current tag in the answer
    /// when it differs. Call it inside the transaction, with the tag of what is stored.
    [[nodiscard]] Result<void> require_match(std::string_view current_etag);
};

/// A strong entity tag, quotes included, of a representation (its JSON).
[[nodiscard]] std::string etag_of(std::string_view representation);
template <class T>
[[nodiscard]] std::string etag_of_value(const T& value) {
    std::string json;
    append_json(json, value);
    return etag_of(json);
}

}  // namespace segurifai::http

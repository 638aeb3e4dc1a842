#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/keys.hpp"
#include "apps/providers/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/list.hpp"
#include "http/shape.hpp"

// What members say of units (API §2.5, reviews.*).

namespace segurifai::providers {

struct NewReview {
    static constexpr std::string_view kShape = "NewReview";
    assistance::AssistanceRequestId assistance_request_id;
    std::int32_t rating = 0;
    std::optional<std::string> comment;
    static consteval auto fields() {
        return std::array{
            http::field<&NewReview::assistance_request_id>("assistance_request_id", {.min = "1"}),
            http::field<&NewReview::rating>("rating", {.min = "1", .max = "5"}),
            http::field<&NewReview::comment>("comment", {.length = 2'000})};
    }
};

/// Who wrote it, as far as everybody may know.
struct ReviewAuthor {
    static constexpr std::string_view kShape = "ReviewAuthor";
    std::string first_name;
    std::string initial;  ///< of the last name; empty when there is none
    static consteval auto fields() {
        return std::array{http::field<&ReviewAuthor::first_name>("first_name"),
                          http::field<&ReviewAuthor::initial>("initial")};
    }
};

struct ReviewView {
    static constexpr std::string_view kShape = "Review";
    ProviderReviewId id;
    ProviderId provider_id;
    std::int32_t rating = 0;
    std::string comment;
    Instant created_at;
    ReviewAuthor author;
    static consteval auto fields() {
        return std::array{http::field<&ReviewView::id>("id"),
                          http::field<&ReviewView::provider_id>("provider_id"),
                          http::field<&ReviewView::rating>("rating"),
                          http::field<&ReviewView::comment>("comment"),
                          http::field<&ReviewView::created_at>("created_at"),
                          http::field<&ReviewView::author>("author")};
    }
};

/// reviews.create: the review, and rating and total_reviews of its unit counted anew, in one
/// transaction. kNotFound for a request that is not the caller's; kInvalidTransition unless it is
/// COMPLETED with a unit; kAlreadyDone the second time.
[[nodiscard]] Task<Result<ReviewView>> create_review(http::Call& call, NewReview given);

/// What reviews.list offers.
extern const http::ListSpec kReviewList;

/// reviews.list.
[[nodiscard]] Task<Result<http::Page<ReviewView>>> list_reviews(http::Call& call,
                                                                http::ListQuery query);

/// The mean of `count` (≥ 1) stars that sum up to `sum`, two decimals, half up.
[[nodiscard]] constexpr StarAverage star_average(std::int64_t sum, std::int64_t count) noexcept {
    return {(200 * sum + count) / (2 * count)};
}

}  // namespace segurifai::providers

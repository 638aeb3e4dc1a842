#include "http/cors.hpp"

#include <algorithm>

namespace segurifai::http {

namespace {

constexpr std::string_view kAllowedHeaders =
    "Accept, Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, "
    "If-None-Match, X-Request-Id, traceparent";
constexpr std::string_view kShownHeaders =
    "Content-Disposition, ETag, Idempotency-Replayed, Link, Location, RateLimit-Limit, "
    "RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id";

bool is_listed(const CorsOptions& options, const Request& request) {
    const auto origin = request.header(Header::kOrigin);
    return origin && std::ranges::find(options.origins, *origin) != options.origins.end();
}

}  // namespace

bool allow_origin(const CorsOptions& options, const Request& request, Answer& answer) {
    if (!is_listed(options, request)) return false;
    answer.set("Access-Control-Allow-Origin", std::string(*request.header(Header::kOrigin)));
    answer.set("Access-Control-Allow-Credentials", "true");  // the refresh cookie
    answer.set("Access-Control-Expose-Headers", std::string(kShownHeaders));
    return true;
}

bool is_preflight(const Request& request) noexcept {
    return request.method == Method::kOptions && request.header(Header::kOrigin).has_value() &&
           request.header(Header::kAccessControlRequestMethod).has_value();
}

void answer_preflight(const CorsOptions& options, const Request& request, std::string_view allow,
                      Answer& answer) {
    answer.status = 204;
    answer.content_type = {};
    answer.body.clear();
    answer.set("Allow", std::string(allow));
    if (!is_listed(options, request)) return;
    answer.set("Access-Control-Allow-Methods", std::string(allow));
    answer.set("Access-Control-Allow-Headers", std::string(kAllowedHeaders));
    answer.set("Access-Control-Max-Age", "3600");
}

}  // namespace segurifai::http

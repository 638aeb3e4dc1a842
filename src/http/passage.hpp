#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/call.hpp"
#include "http/negotiation.hpp"
#include "http/pipeline.hpp"
#include "http/problem.hpp"
#include "http/proxies.hpp"

/// One request on its way through the pipeline: everything about it that is not its handler.
namespace segurifai::http {

/// What all requests share.
struct Pipeline::Parts {
    Router router;
    Metrics metrics;
    RateLimiter limiter;
    PipelineOptions options;
    Proxies proxies;
    Platform& platform;
    Clock& clock;
    Random& random;
    Authenticator& authenticator;
    AccessLog* log;

    Parts(Router its_router, std::span<const std::string_view> names,
          const PipelineOptions& its_options, Proxies its_proxies, Platform& its_platform,
          Clock& its_clock, Random& its_random, Authenticator& its_authenticator,
          AccessLog* its_log)
        : router(std::move(its_router)),
          metrics(names),
          limiter(its_options.rates),
          options(its_options),
          proxies(std::move(its_proxies)),
          platform(its_platform),
          clock(its_clock),
          random(its_random),
          authenticator(its_authenticator),
          log(its_log) {}
};

/// A name for a request that brought none: unique, and of no use to guess.
[[nodiscard]] std::string new_request_id(Random& random);

/// The steps in their order; each refuses with the error that the answer then tells.
class Pipeline::Passage {
public:
    Passage(Parts& parts, const Request& request, Answer& answer);

    /// Route, CORS, Accept, and the token as it was sent.
    [[nodiscard]] Result<void> enter();
    [[nodiscard]] bool has_token() const noexcept { return !token_.empty(); }
    [[nodiscard]] std::string_view token() const noexcept { return token_; }
    [[nodiscard]] Instant at() const noexcept { return at_; }
    /// The read that is to go with that of the caller, or null. It belongs to the call.
    [[nodiscard]] EarlyRead* early_read();
    /// Takes who the token stands for.
    [[nodiscard]] Result<void> identify(Result<Caller> caller);
    /// Limits, permission, media type, required headers, query.
    [[nodiscard]] Result<void> admit();
    /// Answered without a handler: OPTIONS.
    [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }
    [[nodiscard]] const Route& route() const noexcept { return routed_.operation->route; }
    /// Whether the operation looks at the unit behind a member's account.
    [[nodiscard]] bool wants_unit() const noexcept {
        return routed_.operation != nullptr &&
               (routed_.operation->permission->who & (Who::kUnit | Who::kJob)) != 0;
    }
    [[nodiscard]] Call& call() noexcept { return *call_; }
    /// The answer to what happened, its headers, the count and the line of the log.
    void leave(const Result<void>& done) noexcept;
    /// The same for a request that the floor refuses, of which there may be little.
    void turn_away(int status, std::string_view code);

private:
    [[nodiscard]] Result<void> take_token();
    [[nodiscard]] Result<void> count(const Caller& caller);
    [[nodiscard]] Result<void> check_body() const;
    [[nodiscard]] Result<void> check_headers() const;
    [[nodiscard]] Result<void> take_query();
    [[nodiscard]] ProblemContext context() const noexcept;
    void tag();
    void add_headers(bool is_error);
    void record(std::string_view code, std::string_view detail) noexcept;

    Parts& parts_;
    const Request& request_;
    Answer& answer_;
    const std::chrono::steady_clock::time_point begin_;
    const Instant at_;
    Language language_;
    Accepted accepted_;
    std::string request_id_;
    std::string address_;
    std::string_view traceparent_;
    std::string_view token_;
    Routed routed_;
    Caller caller_;
    std::optional<RateVerdict> verdict_;
    std::optional<Call> call_;
    bool is_complete_ = false;
};

}  // namespace segurifai::http

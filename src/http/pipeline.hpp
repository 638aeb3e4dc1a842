#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "http/authenticator.hpp"
#include "http/cors.hpp"
#include "http/metrics.hpp"
#include "http/permission.hpp"
#include "http/rate_limit.hpp"
#include "http/route.hpp"
#include "http/router.hpp"
#include "http/wire_server.hpp"

namespace segurifai::http {

/// One answered call, for the log. The views live during AccessLog::write only. Never a body, a
/// query or what a person typed.
struct AccessRecord {
    std::string_view request_id;
    std::string_view traceparent;  ///< as it came, checked; empty = none
    std::string_view operation;    ///< empty when the path is none of ours
    std::string_view method;       ///< "GET"; empty when it is none we know
    int status = 0;
    std::int64_t micros = 0;
    std::string_view address;
    Uuid user_id{};           ///< all zero when nobody is signed in
    std::string_view code;    ///< of an error of ours: label(Code); empty otherwise
    std::string_view detail;  ///< what happened, for a 5xx; holds no personal data
};

/// Where one line per call goes. Called on io threads: it neither blocks nor throws.
class AccessLog {
public:
    virtual ~AccessLog() = default;
    virtual void write(const AccessRecord& record) noexcept = 0;
};

struct PipelineOptions {
    std::vector<std::string> proxies;  ///< CIDR ("10.0.0.0/8", "::1/128") whose X-Forwarded-For
                                       ///< is believed
    CorsOptions cors;
    RateLimits rates;
};

/// The way of one request between the socket and its handler: identity, limits, permission,
/// parsing, errors. One object for all io threads.
class Pipeline final : public RequestHandler {
public:
    /// Fails as Router::make does, and with kInvalid for a proxy that is no CIDR block. All
    /// references stay alive as long as the pipeline; `log` may be nullptr.
    [[nodiscard]] static Result<std::unique_ptr<Pipeline>> make(
        std::vector<Route> routes, std::span<const Permission> permissions, Platform& platform,
        Clock& clock, Random& random, Authenticator& authenticator, AccessLog* log,
        const PipelineOptions& options = {});
    ~Pipeline() override;

    [[nodiscard]] Task<void> answer(const Request& request, Answer& answer) override;
    [[nodiscard]] std::size_t body_limit(const Request& head) const noexcept override;
    void refuse(int status, std::string_view code, const Request& read,
                Answer& answer) noexcept override;

    [[nodiscard]] const Router& router() const noexcept;
    [[nodiscard]] const Metrics& metrics() const noexcept;

private:
    struct Parts;
    class Passage;
    explicit Pipeline(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace segurifai::http

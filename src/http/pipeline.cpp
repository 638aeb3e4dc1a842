#include "http/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "http/passage.hpp"

namespace segurifai::http {

Pipeline::Pipeline(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Pipeline::~Pipeline() = default;

Result<std::unique_ptr<Pipeline>> Pipeline::make(std::vector<Route> routes,
                                                 std::span<const Permission> permissions,
                                                 Platform& platform, Clock& clock, Random& random,
                                                 Authenticator& authenticator, AccessLog* log,
                                                 const PipelineOptions& options) {
    SEGURIFAI_TRY_AS(Router router, Router::make(std::move(routes), permissions));
    SEGURIFAI_TRY_AS(Proxies proxies, Proxies::make(options.proxies));
    const std::vector<std::string_view> names = router.names();
    auto parts = std::make_unique<Parts>(std::move(router), names, options, std::move(proxies),
                                         platform, clock, random, authenticator, log);
    return std::unique_ptr<Pipeline>(new Pipeline(std::move(parts)));
}

Task<void> Pipeline::answer(const Request& request, Answer& answer) {
    Passage passage(*parts_, request, answer);
    Result<void> done;
    try {
        done = passage.enter();
        if (done && passage.has_token()) {
            auto caller = co_await parts_->authenticator.authenticate(
                passage.token(), passage.at(), passage.wants_unit(), passage.early_read());
            done = passage.identify(std::move(caller));
        }
        if (done && !passage.is_complete()) done = passage.admit();
        if (done && !passage.is_complete())
            done = co_await passage.route().endpoint(passage.call());
    } catch (const std::exception& defect) {
        done = fail(Code::kInternal, fmt::format("A handler threw: {}", defect.what()));
    }
    passage.leave(done);
}

std::size_t Pipeline::body_limit(const Request& head) const noexcept {
    try {
        Routed routed;
        parts_->router.find(head.method, head.path, routed);
        if (routed.operation != nullptr) return routed.operation->route.options.body_bytes_max;
    } catch (const std::exception&) {
        return 0;  // no memory: the body has no room either
    }
    return RouteOptions{}.body_bytes_max;
}

void Pipeline::refuse(int status, std::string_view code, const Request& read,
                      Answer& answer) noexcept {
    try {
        Passage(*parts_, read, answer).turn_away(status, code);
    } catch (const std::exception&) {
        answer.status = status;  // no memory for more
        answer.content_type = {};
        parts_->metrics.count(parts_->router.operations().size(), status, 0);
    }
}

const Router& Pipeline::router() const noexcept {
    return parts_->router;
}

const Metrics& Pipeline::metrics() const noexcept {
    return parts_->metrics;
}

}  // namespace segurifai::http

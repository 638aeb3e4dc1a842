#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/providers/provider_view.hpp"
#include "base/decimal.hpp"
#include "http/call.hpp"

// What a unit sees of itself (API §2.5, providers.me).

namespace segurifai::providers {

/// The job a unit has in hands, in short.
struct ActiveJob {
    static constexpr std::string_view kShape = "ProviderActiveJob";
    assistance::AssistanceRequestId request_id;
    std::string request_number;
    std::string service_code;
    std::string title;
    std::string status;
    Instant assigned_at;
    Instant promised_at;
    std::optional<Instant> departed_at;
    std::optional<Instant> arrived_at;
    std::optional<Instant> started_at;
    static consteval auto fields() {
        return std::array{http::field<&ActiveJob::request_id>("request_id"),
                          http::field<&ActiveJob::request_number>("request_number"),
                          http::field<&ActiveJob::service_code>("service_code"),
                          http::field<&ActiveJob::title>("title"),
                          http::field<&ActiveJob::status>("status"),
                          http::field<&ActiveJob::assigned_at>("assigned_at"),
                          http::field<&ActiveJob::promised_at>("promised_at"),
                          http::field<&ActiveJob::departed_at>("departed_at"),
                          http::field<&ActiveJob::arrived_at>("arrived_at"),
                          http::field<&ActiveJob::started_at>("started_at")};
    }
};

/// The day in Guatemala so far.
struct Today {
    static constexpr std::string_view kShape = "ProviderToday";
    std::int64_t jobs = 0;            ///< ended with an outcome
    Money earnings;                   ///< of these
    std::int64_t online_minutes = 0;  ///< minutes of the clock in which a position was kept
    static consteval auto fields() {
        return std::array{http::field<&Today::jobs>("jobs"),
                          http::field<&Today::earnings>("earnings"),
                          http::field<&Today::online_minutes>("online_minutes")};
    }
};

struct OwnView {
    static constexpr std::string_view kShape = "ProviderMe";
    Provider provider;
    std::vector<VehicleView> vehicles;
    std::optional<LocationView> location;
    std::vector<CapabilityView> capabilities;
    bool on_duty = false;  ///< ACTIVE, available and, unless it is a desk, online
    std::optional<ActiveJob> active_job;
    Today today;
    std::optional<double> acceptance_30d;    ///< of the offers it answered or let lapse, 0 to 1
    std::optional<double> promise_kept_30d;  ///< of its arrivals, those in time, 0 to 1
    static consteval auto fields() {
        return std::array{http::row<&OwnView::provider>({.leave_out = "verification_notes"}),
                          http::field<&OwnView::vehicles>("vehicles"),
                          http::field<&OwnView::location>("location"),
                          http::field<&OwnView::capabilities>("capabilities"),
                          http::field<&OwnView::on_duty>("on_duty"),
                          http::field<&OwnView::active_job>("active_job"),
                          http::field<&OwnView::today>("today"),
                          http::field<&OwnView::acceptance_30d>("acceptance_30d"),
                          http::field<&OwnView::promise_kept_30d>("promise_kept_30d")};
    }
};

/// The unit `id` as it sees itself at `at`. kNotFound when there is none.
[[nodiscard]] Task<Result<OwnView>> own_view(sql::Executor& executor, ProviderId id, Instant at,
                                             http::Caller caller);

/// providers.me.
[[nodiscard]] Task<Result<OwnView>> me(http::Call& call);

}  // namespace segurifai::providers

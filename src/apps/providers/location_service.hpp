#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/providers/location_fix.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

// The positions a unit sends (API §2.5, providers.location).

namespace segurifai::providers {

struct SentFix {
    static constexpr std::string_view kShape = "PositionFix";
    double latitude = 0;
    double longitude = 0;
    std::optional<double> heading;
    std::optional<double> speed;
    std::optional<double> accuracy;
    Instant recorded_at;
    static consteval auto fields() {
        return std::array{
            http::field<&SentFix::latitude>("latitude", {.help = "Degrees, six decimals kept"}),
            http::field<&SentFix::longitude>("longitude", {.help = "Degrees, six decimals kept"}),
            http::field<&SentFix::heading>("heading", {.help = "Degrees, 0 to 360"}),
            http::field<&SentFix::speed>("speed", {.help = "km/h"}),
            http::field<&SentFix::accuracy>("accuracy", {.help = "m"}),
            http::field<&SentFix::recorded_at>("recorded_at")};
    }
};

struct Positions {
    static constexpr std::string_view kShape = "Positions";
    std::vector<SentFix> fixes;
    static consteval auto fields() {
        return std::array{http::field<&Positions::fixes>(
            "fixes", {.items_min = 1, .items_max = kFixesPerBatchMax})};
    }
};

struct RejectedFix {
    static constexpr std::string_view kShape = "RejectedFix";
    std::int32_t index = 0;
    FixFault code = FixFault::kOutOfRange;
    static consteval auto fields() {
        return std::array{http::field<&RejectedFix::index>("index"),
                          http::field<&RejectedFix::code>("code")};
    }
};

struct Taken {
    static constexpr std::string_view kShape = "PositionsTaken";
    std::int32_t accepted = 0;
    std::vector<RejectedFix> rejected;
    static consteval auto fields() {
        return std::array{http::field<&Taken::accepted>("accepted"),
                          http::field<&Taken::rejected>("rejected")};
    }
};

/// providers.location: answered once the positions are taken, before they are on disk.
/// kProviderNotActive; kThrottled with Retry-After; kServiceUnavailable while the database is away
/// for long.
[[nodiscard]] Task<Result<Taken>> take_positions(http::Call& call, Positions sent);

}  // namespace segurifai::providers

#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::jobs {

/// Where a job stands.
enum class JobState : std::uint8_t {
    kQueued,   ///< waits for run_after
    kRunning,  ///< in the hands of a runner until lease_until
    kDone,
    kFailed,  ///< a dead letter: comes back by hand only
};

}  // namespace segurifai::jobs

namespace segurifai::model {

template <>
inline constexpr std::array kWords<jobs::JobState>{
    std::string_view("QUEUED"), std::string_view("RUNNING"), std::string_view("DONE"),
    std::string_view("FAILED")};

}  // namespace segurifai::model

#pragma once

#include <functional>

#include "base/error.hpp"

namespace segurifai::backup {

/// Asked by work that takes long, for each file and each record of it: whether to end there.
using Stopped = std::function<bool()>;

[[nodiscard]] inline bool never() noexcept {
    return false;
}

/// kBusy when it is to end.
[[nodiscard]] inline Result<void> check_going_on(const Stopped& stopped) {
    if (stopped()) return fail(Code::kBusy, "It was told to stop.");
    return {};
}

}  // namespace segurifai::backup

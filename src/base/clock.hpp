#pragma once

#include "base/time.hpp"

namespace segurifai {

/// Where the time comes from. Passed in everywhere, so that tests and sandboxes can move it.
class Clock {
public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Instant now() override;
};

/// A clock that stands still until it is moved.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Instant start) noexcept : now_(start) {}
    [[nodiscard]] Instant now() override { return now_; }
    void set(Instant instant) noexcept { now_ = instant; }
    void advance_micros(std::int64_t micros) noexcept { now_.micros += micros; }

private:
    Instant now_;
};

}  // namespace segurifai

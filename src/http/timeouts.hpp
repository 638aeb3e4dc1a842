#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace segurifai::http {

/// Something with a deadline. Lives on one io thread; leaves its list when it dies.
class Timed {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::time_point kNever = Clock::time_point::max();

    Timed() = default;
    virtual ~Timed();
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

    /// The deadline passed; it is kNever now. May not end the object.
    virtual void expire() noexcept = 0;

protected:
    Clock::time_point deadline_ = kNever;

private:
    friend class Timeouts;
    Timed* before_ = nullptr;
    Timed* after_ = nullptr;
};

/// One coarse timer a worker thread, which looks at every deadline each period: setting a deadline
/// costs a store, and nothing is allocated. Deadlines are met up to two periods late, never early.
class Timeouts {
public:
    /// `each_period` runs before the deadlines are looked at.
    Timeouts(boost::asio::io_context& context, std::chrono::milliseconds period,
             std::function<void()> each_period);
    ~Timeouts();
    Timeouts(const Timeouts&) = delete;
    Timeouts& operator=(const Timeouts&) = delete;

    void start();
    /// Nothing expires any more, and the io_context may go.
    void stop();

    void add(Timed& entry) noexcept;
    /// The moment `wait` from now, by the coarse clock.
    [[nodiscard]] Timed::Clock::time_point after(std::chrono::milliseconds wait) const noexcept {
        return now_ + period_ + wait;
    }
    [[nodiscard]] Timed::Clock::time_point now() const noexcept { return now_; }
    [[nodiscard]] bool empty() const noexcept { return first_.after_ == nullptr; }
    /// Calls `each(Timed&)`, which may not end any entry.
    template <class F>
    void for_each(const F& each) {
        for (Timed* entry = first_.after_; entry != nullptr; entry = entry->after_) each(*entry);
    }

    /// How often to look, for the shortest of the limits to be kept.
    [[nodiscard]] static std::chrono::milliseconds period_for(std::chrono::milliseconds shortest);

private:
    struct First final : Timed {
        void expire() noexcept override {}
    };

    void sweep();

    First first_;
    Timed::Clock::time_point now_ = Timed::Clock::now();
    std::chrono::milliseconds period_;
    std::function<void()> each_period_;
    std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace segurifai::http

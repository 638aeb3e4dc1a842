#include "http/timeouts.hpp"

#include <algorithm>
#include <utility>

namespace segurifai::http {
namespace {

constexpr std::chrono::milliseconds kPeriodMin{5};
constexpr std::chrono::milliseconds kPeriodMax{250};  // the Date header's age as well

}  // namespace

Timed::~Timed() {
    if (before_ != nullptr) before_->after_ = after_;
    if (after_ != nullptr) after_->before_ = before_;
}

Timeouts::Timeouts(boost::asio::io_context& context, std::chrono::milliseconds period,
                   std::function<void()> each_period)
    : period_(period), each_period_(std::move(each_period)), timer_(context) {}

Timeouts::~Timeouts() = default;

std::chrono::milliseconds Timeouts::period_for(std::chrono::milliseconds shortest) {
    return std::clamp(shortest / 4, kPeriodMin, kPeriodMax);
}

void Timeouts::add(Timed& entry) noexcept {
    entry.before_ = &first_;
    entry.after_ = first_.after_;
    if (entry.after_ != nullptr) entry.after_->before_ = &entry;
    first_.after_ = &entry;
}

void Timeouts::start() {
    if (!timer_) return;
    timer_->expires_after(period_);
    timer_->async_wait([this](const boost::system::error_code& fault) {
        if (!fault) sweep();
    });
}

void Timeouts::stop() {
    timer_.reset();
}

void Timeouts::sweep() {
    now_ = Timed::Clock::now();
    start();  // before `each_period`, which may stop it
    each_period_();
    for_each([this](Timed& entry) {
        if (entry.deadline_ > now_) return;
        entry.deadline_ = Timed::kNever;
        entry.expire();
    });
}

}  // namespace segurifai::http

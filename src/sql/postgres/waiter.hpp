#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace segurifai::sql::postgres {

using IoExecutor = boost::asio::io_context::executor_type;
using Await = boost::asio::use_awaitable_t<IoExecutor>;

/// One coroutine waiting for one event on its own executor. Not thread-safe: both sides run on
/// the same io thread.
class Waiter {
public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    /// Suspends until fire(); returns at once when that came first.
    [[nodiscard]] Task<void> wait() {
        Await token;
        return boost::asio::async_initiate<Await, void()>(Park{this}, token);
    }

    /// Lets the coroutine go on, from the event loop and not from here, so that whoever fires may
    /// be in the middle of its own work.
    void fire(const IoExecutor& executor) {
        if (!handler_) {
            fired_ = true;
            return;
        }
        Handler handler = std::move(*handler_);
        handler_.reset();
        boost::asio::defer(executor, std::move(handler));
    }

    using Handler = boost::asio::async_result<Await, void()>::handler_type;

    /// Gives up who waits, so that the coroutine ends without going on: its io_context is being
    /// destroyed. The handler may own the frame that owns this, and other waiters with it: it is
    /// destroyed by the caller, when none of them is looked at any more.
    [[nodiscard]] std::optional<Handler> drop() { return std::exchange(handler_, std::nullopt); }

private:
    struct Park {
        Waiter* waiter;
        void operator()(Handler handler) const {
            if (std::exchange(waiter->fired_, false)) {
                const auto executor = boost::asio::get_associated_executor(handler);
                boost::asio::defer(executor, std::move(handler));
            } else {
                waiter->handler_.emplace(std::move(handler));
            }
        }
    };

    std::optional<Handler> handler_;
    bool fired_ = false;
};

}  // namespace segurifai::sql::postgres

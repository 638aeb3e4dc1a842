#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <optional>

#include "http/wire_connection.hpp"

namespace segurifai::http {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using Endpoint = boost::asio::ip::tcp::endpoint;

/// One io thread: an io_context, an acceptor and the connections it accepted. Everything but
/// start_drain() and counters() runs on that thread, or before it begins.
class Worker {
public:
    /// `drained` is called once, on the worker's thread, when it has nothing left to do.
    Worker(WireShared& shared, std::function<void()> drained);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Listens at `where` beside other workers (SO_REUSEPORT); port 0 becomes a free one.
    [[nodiscard]] boost::system::error_code listen(Endpoint& where);
    void run();
    /// Any thread. The flag in WireShared is up already.
    void start_drain() noexcept;

    [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }
    [[nodiscard]] const WireCounters& counters() const noexcept { return state_.counters; }

private:
    Task<void> accept_loop();
    void admit(Socket socket, const Endpoint& peer);
    void turn_away(Socket socket, const Endpoint& peer);
    void drain();
    void each_period();
    void maybe_done();

    using Timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

    // See ~Worker for the order of their ends.
    std::optional<boost::asio::io_context> context_{1};
    WireShared& shared_;
    std::function<void()> drained_;
    WorkerState state_;
    std::optional<Acceptor> acceptor_;
    std::optional<Timer> pause_;
    std::deque<Socket> turned_away_;  ///< held a moment, so that they read why
    Timed::Clock::time_point cut_at_ = Timed::kNever;
    bool drain_begun_ = false;
    bool done_ = false;
};

}  // namespace segurifai::http

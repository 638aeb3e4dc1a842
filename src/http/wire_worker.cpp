#include "http/wire_worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string>
#include <utility>

#include "base/thread.hpp"
#include "http/answer_writer.hpp"

namespace segurifai::http {
namespace {

using ErrorCode = boost::system::error_code;
constexpr boost::asio::use_awaitable_t<Executor> kAwait{};

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr std::size_t kTurnedAwayMax = 64;

std::chrono::milliseconds shortest_of(const WireOptions& options) {
    return std::min({options.head_timeout, options.body_timeout, options.idle_timeout,
                     options.write_timeout, options.drain_timeout});
}

void switch_on(Acceptor& acceptor, int level, int option, ErrorCode& fault) {
    const int on = 1;
    if (!fault && ::setsockopt(acceptor.native_handle(), level, option, &on, sizeof on) != 0)
        fault.assign(errno, boost::system::system_category());
}

}  // namespace

Worker::Worker(WireShared& shared, std::function<void()> drained)
    : shared_(shared),
      drained_(std::move(drained)),
      state_(shared, *context_, Timeouts::period_for(shortest_of(shared.options)),
             [this] { each_period(); }),
      acceptor_(std::in_place, *context_),
      pause_(std::in_place, *context_) {}

/// What belongs to the context goes before it. Coroutines that were abandoned go with it, and give
/// what they hold back to the state, which goes last.
Worker::~Worker() {
    turned_away_.clear();
    state_.timeouts.stop();
    pause_.reset();
    acceptor_.reset();
    context_.reset();
}

ErrorCode Worker::listen(Endpoint& where) {
    ErrorCode fault;
    acceptor_->open(where.protocol(), fault);
    if (fault) return fault;
    switch_on(*acceptor_, SOL_SOCKET, SO_REUSEADDR, fault);
    switch_on(*acceptor_, SOL_SOCKET, SO_REUSEPORT, fault);
    switch_on(*acceptor_, IPPROTO_TCP, TCP_NODELAY, fault);  // connections inherit it
    if (!fault) acceptor_->bind(where, fault);
    if (!fault) acceptor_->listen(kBacklog, fault);
    if (!fault) where = acceptor_->local_endpoint(fault);
    return fault;
}

void Worker::run() {
    take_turns(Turns::kShort);  // whoever asks waits for this thread, and for nobody else's work
    state_.timeouts.start();
    boost::asio::co_spawn(context_->get_executor(), accept_loop(), boost::asio::detached);
    if (shared_.draining.load()) start_drain();
    context_->run();
}

Task<void> Worker::accept_loop() {
    while (acceptor_->is_open()) {
        ErrorCode fault;
        Socket socket(*context_);
        Endpoint peer;
        co_await acceptor_->async_accept(socket, peer, boost::asio::redirect_error(kAwait, fault));
        if (!fault) {
            admit(std::move(socket), peer);
        } else if (acceptor_->is_open() && fault != boost::asio::error::connection_aborted) {
            state_.counters.accept_pauses.add();
            pause_->expires_after(kAcceptPause);
            co_await pause_->async_wait(boost::asio::redirect_error(kAwait, fault));
        }
    }
}

void Worker::admit(Socket socket, const Endpoint& peer) {
    state_.counters.accepted.add();
    const std::size_t open = shared_.connections_open.fetch_add(1, std::memory_order_relaxed) + 1;
    if (open > shared_.options.connections_max) {
        shared_.connections_open.fetch_sub(1, std::memory_order_relaxed);
        turn_away(std::move(socket), peer);
        return;
    }
    std::size_t most = shared_.connections_most.load(std::memory_order_relaxed);
    while (most < open &&
           !shared_.connections_most.compare_exchange_weak(most, open, std::memory_order_relaxed)) {
    }
    ErrorCode fault;
    socket.native_non_blocking(true, fault);
    auto connection = std::make_unique<Connection>(state_, std::move(socket), peer);
    if (fault) return;
    boost::asio::co_spawn(context_->get_executor(), Connection::serve(std::move(connection)),
                          [this](const std::exception_ptr&) { maybe_done(); });
}

/// Without waiting for what they would have asked.
void Worker::turn_away(Socket socket, const Endpoint& peer) {
    state_.counters.refused.add();
    const std::string address = text_of(peer.address());
    Answer answer;
    state_.refuse(503, "service_unavailable", Request{.peer = address}, answer);
    std::string out;
    append_answer(out, answer, {.close = true, .date = state_.date()});
    const int handle = socket.native_handle();
    ::send(handle, out.data(), out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(handle, SHUT_WR);
    if (turned_away_.size() == kTurnedAwayMax) turned_away_.pop_front();
    turned_away_.push_back(std::move(socket));
}

void Worker::each_period() {
    state_.refresh_date();
    for (Socket& socket : turned_away_) {
        char nowhere[4096];  // unread bytes would turn the close into a reset
        ::recv(socket.native_handle(), nowhere, sizeof nowhere, MSG_DONTWAIT);
    }
    turned_away_.clear();
    if (shared_.draining.load(std::memory_order_relaxed)) drain();
    if (state_.timeouts.now() < cut_at_) return;
    cut_at_ = Timed::kNever;
    state_.timeouts.for_each([this](Timed& entry) {
        state_.counters.cut.add();
        static_cast<Connection&>(entry).cut();
    });
    done_ = true;
    // Waits that were cut end first.
    boost::asio::post(*context_, [this] { drained_(); });
}

void Worker::start_drain() noexcept {
    try {
        boost::asio::post(*context_, [this] { drain(); });
    } catch (...) {
        // Without memory for that, the next period sees the flag.
        return;
    }
}

/// Whoever has connected by now is served; nobody else.
void Worker::drain() {
    if (drain_begun_) return;
    drain_begun_ = true;
    cut_at_ = state_.timeouts.after(shared_.options.drain_timeout);
    ErrorCode fault;
    acceptor_->non_blocking(true, fault);
    while (!fault) {
        Socket socket(*context_);
        Endpoint peer;
        acceptor_->accept(socket, peer, fault);
        if (!fault) admit(std::move(socket), peer);
    }
    acceptor_->close(fault);
    pause_->cancel();
    state_.timeouts.for_each([](Timed& entry) { static_cast<Connection&>(entry).drain(); });
    maybe_done();
}

void Worker::maybe_done() {
    if (!drain_begun_ || done_ || !state_.timeouts.empty()) return;
    done_ = true;
    cut_at_ = Timed::kNever;
    drained_();
}

}  // namespace segurifai::http

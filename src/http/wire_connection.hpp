#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "http/answer.hpp"
#include "http/request_reader.hpp"
#include "http/timeouts.hpp"
#include "http/wire_server.hpp"

namespace segurifai::http {

/// An address as logs and limits know it: IPv4 as such, though it came over IPv6.
[[nodiscard]] std::string text_of(boost::asio::ip::address address);

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// Counted by one thread, read by any.
class Counter {
public:
    void add(std::uint64_t more = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    void subtract(std::uint64_t less = 1) noexcept { add(~less + 1); }
    [[nodiscard]] std::uint64_t value() const noexcept {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// WireStats of one worker.
struct WireCounters {
    Counter accepted, open, refused, requests, refused_head, refused_size, refused_busy, timeouts,
        bytes_in, bytes_out, accept_pauses, cut;
};

/// What the workers of one server share.
struct WireShared {
    WireOptions options;
    RequestHandler& handler;
    std::atomic<std::size_t> connections_open{0};
    std::atomic<std::size_t> connections_most{0};  ///< open at once, since it was asked last
    std::atomic<bool> draining{false};
};

/// What a connection holds while it has work, and gives back when it is idle.
struct Workspace {
    Workspace(const HeadLimits& limits, BufferBudget& budget) : reader(limits, budget) {}

    RequestReader reader;
    Answer answer;
    std::string out;                           ///< answers not yet written
    std::size_t sent = 0;                      ///< of `out`
    std::size_t close_at = std::string::npos;  ///< in `out`: see append_answer
    std::unique_ptr<BodySource> source;        ///< of the answer that is being sent
    std::uint64_t source_left = 0;             ///< bytes of it that are not in `out` yet
};

/// What the connections of one worker share. One thread.
class WorkerState {
public:
    WorkerState(WireShared& shared_by_all, boost::asio::io_context& context,
                std::chrono::milliseconds period, std::function<void()> each_period);

    [[nodiscard]] std::unique_ptr<Workspace> take();
    void give(std::unique_ptr<Workspace> work) noexcept;
    /// Answers what never became a request, or was not to be answered now.
    void refuse(int status, std::string_view code, const Request& read, Answer& answer);
    [[nodiscard]] std::string_view date() const noexcept { return date_; }
    void refresh_date();

    WireShared& shared;
    WireCounters counters;
    Timeouts timeouts;
    BufferBudget budget;
    std::size_t in_flight = 0;

private:
    std::vector<std::unique_ptr<Workspace>> spare_;
    std::string date_;
    std::int64_t date_seconds_ = 0;
};

/// One connection: a coroutine that waits, and plain functions that decide what comes next.
class Connection final : public Timed {
public:
    Connection(WorkerState& worker, Socket socket, const boost::asio::ip::tcp::endpoint& peer);
    ~Connection() override;

    /// Serves until the connection ends.
    static Task<void> serve(std::unique_ptr<Connection> connection);

    void expire() noexcept override;
    /// The server drains: an idle connection ends.
    void drain() noexcept;
    /// Ends at once, whatever it does.
    void cut() noexcept;

private:
    /// What the coroutine does next.
    enum class Next : std::uint8_t {
        kRead,
        kWrite,
        kAnswer,
        kPiece,
        kAdvance,
        kGather,
        kLinger,
        kEnd
    };
    enum class Phase : std::uint8_t { kIdle, kHead, kBody, kAnswering, kWriting, kLinger };

    [[nodiscard]] bool draining() const noexcept {
        return worker_.shared.draining.load(std::memory_order_relaxed);
    }
    void wait_in(Phase phase, std::chrono::milliseconds limit) noexcept;

    [[nodiscard]] std::span<char> room() noexcept;
    Next read(std::size_t bytes, const boost::system::error_code& fault);
    Next writable(const boost::system::error_code& fault);
    Next interrupted();
    Next timed_out();
    Next receive();
    Next out_of_memory();
    Next advance();
    void head_read();
    Next want_more();
    Next wait_to_read();
    Next drained();
    Next busy();
    Next answered(bool failed);
    Next finish_answer();
    Next send_source(Next after);
    [[nodiscard]] Task<bool> read_piece();
    Next piece_read(bool is_good);
    Next refuse(const Refused& why);
    Next flush(Next after);
    Next linger();
    Next discard();
    void release() noexcept;

    WorkerState& worker_;
    Socket socket_;
    std::unique_ptr<Workspace> work_;
    std::size_t lingered_ = 0;
    Next after_write_ = Next::kEnd;
    Next after_source_ = Next::kEnd;
    Phase phase_ = Phase::kIdle;
    bool expired_ = false;
    bool cut_ = false;
    bool answered_any_ = false;
    bool looked_again_ = false;  ///< for what was received before the drain
    bool in_grace_ = false;
    std::uint8_t peer_size_ = 0;
    char peer_[46];  // the longest IPv6 address
    /// Of a request, while there is no workspace: ten thousand idle connections hold little. A
    /// usual head fits.
    std::array<char, 1024> first_bytes_;
};

}  // namespace segurifai::http

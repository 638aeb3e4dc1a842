#pragma once

#include <atomic>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <chrono>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "sql/postgres/connect.hpp"
#include "sql/postgres/copy.hpp"
#include "sql/postgres/failure.hpp"
#include "sql/postgres/parameters.hpp"
#include "sql/postgres/statement_cache.hpp"
#include "sql/postgres/waiter.hpp"

namespace segurifai::sql::postgres {

using Moment = std::chrono::steady_clock::time_point;

/// One statement on its way through a connection. It stays where it is, in the frame of the
/// coroutine that waits for it, until it is answered.
struct Request {
    Statement statement;
    Params params;
    bool shares_sync = false;  ///< may stand in one Sync with its neighbours
    bool repeatable = false;   ///< may be sent again when a neighbour or a lost line took it along
    bool alone = false;        ///< it failed in company: its own statement says whose fault it was
    bool prepared = true;      ///< false: parsed each time (FETCH, whose columns vary)

    SharedResult result;
    std::int64_t place = 0;  ///< in a gathered `result`, from 1; 0: all of it
    std::optional<Failure> failure;
    bool sent = false;  ///< it may have reached the server
    bool lost = false;  ///< the connection went before the answer
    bool done = false;

    // The connection's own notes.
    std::uint64_t serial = 0;
    bool aborted = false;
    int repeats = 0;
    Waiter waiter;

    /// A point read outside a transaction.
    [[nodiscard]] bool is_point() const noexcept { return shares_sync && repeatable; }
    /// Gives its rows to `sink`, as deliver() does, once it was answered without a failure.
    [[nodiscard]] std::int64_t give_rows(RowSink* sink) const;
};

/// A non-blocking libpq connection in pipeline mode. Belongs to one io_context, whose thread alone
/// touches it; what waits for a socket holds a shared_ptr, because a wait may outlive its owner.
///
/// Statements are sent once per turn of the event loop, all that were submitted in it. libpq 15
/// writes to the socket at each Sync, so statements that may (`shares_sync`: point reads, which
/// are repeatable) share one Sync per kSyncEvery: an error then takes its later neighbours along,
/// and those are sent again. Point reads of one statement go further and share the statement
/// (gathering.hpp): while some are on their way the next ones wait for their answer, so that the
/// more there is to do, the more go together. That saves a write to the socket and, on the server,
/// a transaction for each read (bench/results.md compares it with one Sync per statement).
class Connection : public std::enable_shared_from_this<Connection> {
public:
    static constexpr int kSyncEvery = 16;
    static constexpr int kRepeatsMax = 3;  ///< of a read: lost lines and stale plans

    struct Limits {
        std::chrono::milliseconds stall{3'000};  ///< without any answer: the server hangs
        std::chrono::milliseconds connect{2'000};
        std::size_t statements = 256;
    };

    Connection(IoExecutor executor, std::shared_ptr<const ConnectTarget> target, Limits limits);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] bool is_open() const noexcept { return connection_ != nullptr && !opening_; }
    [[nodiscard]] bool is_busy() const noexcept {
        return !expected_.empty() || !queue_.empty() || copying_;
    }
    [[nodiscard]] bool has_queue() const noexcept { return !queue_.empty(); }
    /// No transaction is open on it.
    [[nodiscard]] bool is_clean() const noexcept;
    /// Looks whether the server closed an idle connection; closes it then. Cheap.
    [[nodiscard]] bool is_alive();

    /// Connects within Limits::connect; what is queued is then sent.
    [[nodiscard]] Task<Result<void>> open();
    /// Queues a statement for the end of this turn.
    void submit(Request& request);
    [[nodiscard]] Task<void> answered(Request& request);
    /// Leaves pipeline mode, copies rows in, and comes back. Nothing else may be pending.
    [[nodiscard]] Task<std::expected<std::int64_t, Failure>> copy_in(CopyFormat& format,
                                                                     const BulkSource& source);

    /// Closes; what is pending fails with kGone.
    void close();
    /// Fails what is queued and was not sent.
    void fail_queue(const Error& error);
    /// Closes without resuming anybody: the io_context is being destroyed.
    void abandon();
    /// Closes when the server has answered nothing for too long.
    void close_if_stalled(Moment now);

    std::function<void()> on_idle;    ///< nothing is pending any more
    std::function<void()> on_closed;  ///< closed or lost, with repeatable statements queued or not

private:
    enum class Kind : std::uint8_t { kPrepare, kExecute, kSilent, kSync };
    struct Expected {
        Kind kind;
        std::vector<Request*> requests;  ///< one, or those gathered; none for kSilent and kSync
        std::uint64_t serial = 0;
        bool answered = false;
    };
    using Descriptor = boost::asio::posix::basic_stream_descriptor<IoExecutor>;

    [[nodiscard]] bool server_is_there();
    void schedule_flush();
    void flush_turn();
    [[nodiscard]] std::vector<Request*> take_next(bool hold_points);
    void send(std::vector<Request*> requests);
    [[nodiscard]] bool fill_parameters(const std::vector<Request*>& requests,
                                       const std::vector<Request*>& places);
    bool send_prepared(const std::vector<Request*>& requests, bool gathered);
    bool send_silently(const std::string& sql);
    void sync();
    void ask_for_answers();
    void push_out();
    void wait_for_answers();
    void process();
    void take(Expected& expected, ResultPtr result);
    void finish(const Expected& expected);
    void finish(Request& request, bool gathered);
    void complete(Request& request);
    void refuse(Request& request, Error error);
    void lose(bool resume_waiters);
    void release_socket() noexcept;
    [[nodiscard]] Task<bool> wait_socket(boost::asio::posix::descriptor_base::wait_type what);
    [[nodiscard]] Task<Result<void>> poll_connect();
    [[nodiscard]] Task<std::string> resolve(std::string name);
    [[nodiscard]] Task<bool> flush_all();
    [[nodiscard]] Task<ResultPtr> next_result();
    [[nodiscard]] Task<Result<void>> copy_rows(CopyFormat& format, const BulkSource& source);

    IoExecutor executor_;
    std::shared_ptr<const ConnectTarget> target_;
    Limits limits_;
    ConnectionPtr connection_;
    std::optional<Descriptor> descriptor_;
    StatementCache cache_;
    Parameters parameters_;
    std::deque<Request*> queue_;
    std::deque<Expected> expected_;
    std::uint64_t generation_ = 0;  ///< of the socket: waits of an older one mean nothing
    std::optional<Failure> batch_failure_;
    Moment progress_{};
    int unsynced_ = 0;
    int points_in_flight_ = 0;  ///< statements
    bool opening_ = false;
    bool copying_ = false;
    bool server_leaves_ = false;  ///< it said so; the end of the socket follows
    bool flush_scheduled_ = false;
    bool reading_ = false;
    bool writing_ = false;
};

}  // namespace segurifai::sql::postgres

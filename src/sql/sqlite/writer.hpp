#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "sql/database.hpp"
#include "sql/sqlite/connection.hpp"
#include "sql/sqlite/transaction.hpp"
#include "sql/sqlite/waiter.hpp"

namespace segurifai::sql::sqlite {

/// A unit of work for the writer: one statement, or the body of a transaction.
struct Work {
    Statement statement{};
    Params params{};
    RowSink* sink = nullptr;
    TransactionBody body{};                         ///< empty: the statement is the work
    std::chrono::steady_clock::time_point since{};  ///< when it was submitted
};

/// The one thread that writes. It takes what waits, runs it in one transaction and commits once
/// (group commit: the fsync is paid for all), then resumes everybody whose work it was. Units do
/// not see each other fail: each is undone alone, and when SQLite itself rolls the whole group
/// back (full disk, a statement stopped in the middle) the innocent run again.
class Writer {
public:
    using Unit = Asking<Work>;

    Writer(std::unique_ptr<Connection> connection, const DatabaseOptions& options);
    ~Writer() { close(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Thread-safe. Resumes `unit` with kBusy when the queue is full, kGone when closed.
    void submit(std::unique_ptr<Unit> unit);

    /// Finishes what was submitted and joins the thread. Idempotent; from any thread but its own.
    void close();

    struct Counters {
        std::atomic<std::uint64_t> statements{0}, transactions{0}, commits{0}, retries{0},
            refused_busy{0};
    };
    [[nodiscard]] const Counters& counters() const noexcept { return counters_; }

private:
    using Clock = std::chrono::steady_clock;
    using Units = std::vector<std::unique_ptr<Unit>>;
    struct BodyRun;
    enum class Outcome : std::uint8_t { kKept, kRefused, kGroupLost };

    void work();
    bool wait_for_work();
    void refill();
    void run_group();
    bool take_next(Clock::time_point began, std::size_t done);
    void linger(Clock::time_point began, std::size_t done);
    Outcome execute(Unit& unit);
    Outcome execute_statement(Unit& unit);
    Outcome execute_body(Unit& unit);
    Result<void> run_body(Unit& unit);
    Result<void> begin();
    void give_up(Error error);
    void rerun(Units done);
    void commit(Units done);
    void resume(Units units);

    std::unique_ptr<Connection> connection_;
    const DatabaseOptions options_;
    Counters counters_;

    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::unique_ptr<Unit>> queue_;  // guarded by mutex_
    bool sleeping_ = false;                    // guarded by mutex_
    bool closing_ = false;                     // guarded by mutex_
    std::atomic<std::size_t> waiting_{0};      // in queue_ and taken_

    // The writer's thread alone:
    std::deque<std::unique_ptr<Unit>> taken_;
    std::size_t group_before_ = 0;
    std::unique_ptr<boost::asio::io_context> bodies_;
    // Bodies that passed their deadline and did not end: never resumed again, since their callers
    // are gone, and kept until every thread that might still post to them has ended.
    std::vector<std::pair<std::unique_ptr<boost::asio::io_context>, std::shared_ptr<BodyRun>>>
        abandoned_;

    std::mutex joining_;
    std::thread thread_;
};

}  // namespace segurifai::sql::sqlite

#pragma once

#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "sql/database.hpp"
#include "sql/postgres/connection.hpp"
#include "sql/postgres/key_reserve.hpp"
#include "sql/postgres/ready_transaction.hpp"

namespace segurifai::sql::postgres {

/// DatabaseStats while they are counted, by all io threads.
struct Counters {
    std::atomic<std::uint64_t> statements{0};
    std::atomic<std::uint64_t> transactions{0};
    std::atomic<std::uint64_t> commits{0};
    std::atomic<std::uint64_t> retries{0};
    std::atomic<std::uint64_t> reconnects{0};
    std::atomic<std::uint64_t> refused_busy{0};
};

inline void count(std::atomic<std::uint64_t>& counter) {
    counter.fetch_add(1, std::memory_order_relaxed);
}

class Lane;

/// How the connections of each kind are opened.
struct Targets {
    ConnectTarget readers;
    ConnectTarget writers;
    ConnectTarget committers;
};

/// Some connections that are lent one at a time, first come first served.
struct Pool {
    struct Waiting {
        Moment deadline;
        Waiter waiter;
        std::shared_ptr<Connection> connection;
    };
    std::vector<std::shared_ptr<Connection>> all;
    std::vector<std::shared_ptr<Connection>> free;
    std::deque<Waiting*> waiting;
};

/// A lent connection. Given back at the end; closed first when it is in the middle of something.
class Lease {
public:
    Lease(std::shared_ptr<Lane> lane, Pool& pool, std::shared_ptr<Connection> connection)
        : lane_(std::move(lane)), pool_(&pool), connection_(std::move(connection)) {}
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    Lease(const Lease&) = delete;
    ~Lease() { give_back(); }

    [[nodiscard]] Connection& operator*() const noexcept { return *connection_; }
    [[nodiscard]] Connection* operator->() const noexcept { return connection_.get(); }
    void give_back();

private:
    std::shared_ptr<Lane> lane_;
    Pool* pool_;
    std::shared_ptr<Connection> connection_;
};

/// What one io_context has of the database: a pipelined connection for point reads, some for reads
/// that may take long, so that nothing short waits behind them, and its share of the connections
/// for transactions and for streams, and some for groups of commits. Only that io_context's thread
/// touches it. Held by shared_ptr because waits outlive the Database that is closed under them.
class Lane : public std::enable_shared_from_this<Lane> {
public:
    Lane(IoExecutor executor, const std::shared_ptr<const Targets>& targets,
         const DatabaseOptions& options, std::shared_ptr<Counters> counters);

    void connect_events();  ///< once, right after construction

    /// Runs a reading statement on a pipelined connection.
    [[nodiscard]] Task<Result<std::int64_t>> read(Statement statement, Params params,
                                                  RowSink* sink);
    /// Runs several there at once.
    [[nodiscard]] Task<Result<void>> read_all(std::span<const Asked> asked);
    /// Lends a connection that is open and clean. kBusy when none is free in time, kGone when the
    /// server does not answer in time.
    [[nodiscard]] Task<Result<Lease>> lend_writer() { return lend_for_new(writers_); }
    [[nodiscard]] Task<Result<Lease>> lend_streamer() { return lend_for_new(streamers_); }
    [[nodiscard]] Task<void> back_off(int attempt, bool lost);
    /// Commits a transaction that was not begun yet: together with others that are as far when
    /// others are just being committed, so that the more there is to do, the more share a BEGIN, a
    /// COMMIT and the wait for the disk. When one fails, the others do not.
    [[nodiscard]] Task<Result<ReadyTransaction::Outcome>> commit_with_others(
        std::list<LaterStatement>& statements, std::uint64_t key_epoch);

    [[nodiscard]] KeyReserve& keys() noexcept { return keys_; }
    [[nodiscard]] const DatabaseOptions& options() const noexcept { return options_; }
    [[nodiscard]] Counters& counters() const noexcept { return *counters_; }
    [[nodiscard]] const IoExecutor& executor() const noexcept { return executor_; }

    /// Refuses new work; when the accepted work is done, closes everything and calls `closed`.
    void close(std::function<void()> closed);
    /// The io_context is being destroyed.
    void abandon();
    [[nodiscard]] bool is_abandoned() const noexcept { return abandoned_; }

private:
    friend class Lease;
    struct Reader {
        std::shared_ptr<Connection> connection;
        std::size_t reads = 0;  ///< that were not answered yet
        bool reopening = false;
    };

    using Timer = boost::asio::basic_waitable_timer<
        std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;

    /// Takes reads in, as many as that; kBusy or kGone when they are too many or too late.
    [[nodiscard]] Result<void> admit(std::size_t reads);
    /// Where a statement is read: the point reads' connection, or the emptiest of the others.
    [[nodiscard]] Reader& reader_for(const Statement& statement);
    void submit_read(Reader& reader, Request& request);
    [[nodiscard]] static Task<void> commit_groups(std::shared_ptr<Lane> self,
                                                  std::vector<ReadyTransaction*>& group);
    [[nodiscard]] Task<void> commit_next(std::vector<ReadyTransaction*>& group);
    void take_ready(std::vector<ReadyTransaction*>& group);
    void refuse_late(Moment now);
    void leave(std::size_t reads);
    [[nodiscard]] Task<Result<Lease>> lend_for_new(Pool& pool);
    [[nodiscard]] Task<Result<Lease>> lend(Pool& pool);
    [[nodiscard]] Task<Result<void>> make_ready(std::shared_ptr<Connection> connection);
    static void reopen(const std::shared_ptr<Lane>& self, Reader& reader);
    [[nodiscard]] static Task<void> connect_again(std::shared_ptr<Lane> self, Reader& reader);
    void take_back(Pool& pool, std::shared_ptr<Connection> connection);
    void start_ticking();
    void tick();
    void rest_if_idle();
    void connected();
    [[nodiscard]] bool reads_rest() const;
    [[nodiscard]] bool commits_rest() const;
    [[nodiscard]] bool has_work() const;
    void finish_closing();

    IoExecutor executor_;
    DatabaseOptions options_;
    std::shared_ptr<Counters> counters_;
    std::vector<Reader> readers_;  ///< the point reads' first
    Pool writers_;
    Pool streamers_;
    Pool committers_;                      ///< of groups of transactions
    std::deque<ReadyTransaction*> ready_;  ///< in no group yet
    std::vector<std::vector<ReadyTransaction*>>
        groups_;  ///< one of each committer; empty: it rests
    KeyReserve keys_;
    std::optional<Timer> ticker_;
    std::minstd_rand jitter_;
    std::size_t reads_ = 0;  ///< in coroutines that have not gone on yet
    bool ticking_ = false;
    bool closing_ = false;
    bool abandoned_ = false;
    std::vector<std::function<void()>> on_all_closed_;
};

}  // namespace segurifai::sql::postgres

#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sql/database.hpp"
#include "sql/sqlite/connection.hpp"
#include "sql/sqlite/waiter.hpp"

namespace segurifai::sql::sqlite {

/// Point reads on the calling thread itself, each thread with a connection of its own: a hop to
/// another thread costs thirty times the read. Thread-safe.
///
/// The reads of one turn of the event loop share a read transaction, because beginning and ending
/// one takes locks that all threads of the process meet at, and costs more than the read. It is
/// begun anew when the process has committed something since, so a read still sees every write
/// that was acknowledged before it; what another process commits is seen from the next turn on.
class InlineReaders {
public:
    InlineReaders(std::string path, const ConnectionOptions& options)
        : path_(std::move(path)), options_(options) {}

    /// Runs the statement here and now, within the limit of a point read. Nothing when this thread
    /// has no connection and all places are taken by other threads. `commits`: how many commits of
    /// this process were acknowledged before now. `executor`: whose turn it is.
    [[nodiscard]] std::optional<Result<std::int64_t>> run(const Statement& statement, Params params,
                                                          RowSink* sink, std::uint64_t commits,
                                                          const CallerExecutor& executor);
    /// Waits for reads under way and closes the connections.
    void close() noexcept;

    [[nodiscard]] std::uint64_t statements() const noexcept;

private:
    /// More io threads than a machine for this product has; past them reads go to the pool.
    static constexpr std::size_t kPlacesMax = 64;
    enum State : std::uint8_t { kIdle, kBusy, kClosed };

    struct Place {
        std::atomic<std::thread::id> owner{};
        std::atomic<State> state{kIdle};
        std::atomic<std::uint64_t> statements{0};  // written by the owner alone
        // Touched by whoever has made `state` kBusy.
        std::unique_ptr<Connection> connection;
        std::optional<std::uint64_t> seen;  ///< the commits its open read transaction knows of
        bool turn_is_awaited = false;       ///< an EndOfTurn is on its way

        Result<void> look_at(std::uint64_t commits);
        void look_away() noexcept;
    };
    using Places = std::array<Place, kPlacesMax>;
    class EndOfTurn;

    Result<Place*> settle();

    const std::string path_;
    const ConnectionOptions options_;
    const std::shared_ptr<Places> places_ = std::make_shared<Places>();  // EndOfTurn outlives us
    std::atomic<std::size_t> settled_{0};
    std::mutex settling_;
    bool closed_ = false;  // guarded by settling_
};

/// What runs on a reader's thread, with that thread's connection.
using ReadJob = std::function<Result<std::int64_t>(Connection&)>;

struct Read {
    ReadJob job;
    std::chrono::steady_clock::time_point since{};
};

/// Threads for the reads that are not point reads, behind one bounded queue. Thread-safe.
class ReaderPool {
public:
    using Unit = Asking<Read>;

    [[nodiscard]] static Result<std::unique_ptr<ReaderPool>> open(
        const std::string& path, const ConnectionOptions& connection,
        const DatabaseOptions& options);
    ~ReaderPool() { close(); }
    ReaderPool(const ReaderPool&) = delete;
    ReaderPool& operator=(const ReaderPool&) = delete;

    /// Resumes `unit` with kBusy when the queue is full, kGone when closed.
    void submit(std::unique_ptr<Unit> unit);

    /// Finishes what was submitted and joins the threads. Idempotent.
    void close();

    [[nodiscard]] std::uint64_t statements() const noexcept { return statements_.load(); }
    [[nodiscard]] std::uint64_t refused_busy() const noexcept { return refused_busy_.load(); }

private:
    explicit ReaderPool(const DatabaseOptions& options) : options_(options) {}
    void work(Connection& connection);
    void answer(Unit& unit, Connection& connection);

    const DatabaseOptions options_;
    std::atomic<std::uint64_t> statements_{0};
    std::atomic<std::uint64_t> refused_busy_{0};
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::unique_ptr<Unit>> queue_;  // guarded by mutex_
    bool closing_ = false;                     // guarded by mutex_
    std::vector<std::unique_ptr<Connection>> connections_;
    std::mutex joining_;
    std::vector<std::thread> threads_;
};

/// The connections that streams hold while their takers work: a slow taker then holds a
/// connection, and no thread.
class StreamConnections {
public:
    /// Each holds a read transaction, which keeps the log from being recycled.
    static constexpr std::size_t kStreamsMax = 16;

    StreamConnections(std::string path, const ConnectionOptions& options)
        : path_(std::move(path)), options_(options) {}

    /// Fails with kBusy when all are leased.
    [[nodiscard]] Result<std::unique_ptr<Connection>> lease();
    void give_back(std::unique_ptr<Connection> connection) noexcept;
    void close() noexcept;

private:
    const std::string path_;
    const ConnectionOptions options_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_
    std::size_t leased_ = 0;                         // guarded by mutex_
    bool closed_ = false;                            // guarded by mutex_
};

}  // namespace segurifai::sql::sqlite

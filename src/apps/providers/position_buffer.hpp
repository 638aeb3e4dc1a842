#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/keys.hpp"
#include "apps/providers/location_fix.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::providers {

/// Told, inside the transaction that stores them, of the positions just taken from a unit that has
/// a job and has not arrived: in the order of their time, one at least. May be called again with
/// the same ones when the transaction is run again.
using OnJobFixes = std::function<Task<Result<void>>(sql::Transaction& transaction, Instant now,
                                                    ProviderId unit, std::vector<Fix> fixes)>;

struct PositionBufferOptions {
    std::chrono::milliseconds flush_every{500};  ///< above 0; positions are lost for no longer
    std::size_t waiting_max = 200'000;           ///< positions kept while the database is away
    int updates_per_second = 5;                  ///< of one unit
    OnJobFixes on_job_fixes = {};
    /// Told of each failure, on the io thread of run(): for the log.
    std::function<void(const Error&)> report = [](const Error&) {};
};

/// Sums since start; read from any thread.
struct PositionBufferStats {
    std::uint64_t taken = 0;      ///< positions accepted
    std::uint64_t rejected = 0;   ///< positions refused, with a code each
    std::uint64_t throttled = 0;  ///< updates refused
    std::uint64_t flushes = 0;
    std::uint64_t kept = 0;     ///< rows of history
    std::uint64_t dropped = 0;  ///< positions that could not be stored, or have no day to go to
    std::uint64_t failures = 0;
};

/// Where the positions of units go: each is judged and answered from memory, and all of them are
/// stored together, twice a second, in one transaction. A position is on disk within 1 s of its
/// answer; a process that is killed loses what came since, a process that ends loses nothing.
/// Several processes may do this at once: an older position never replaces a newer one.
///
/// Thread-safe, but for run() and flush(), which one coroutine at a time may be in.
class PositionBuffer {
public:
    /// `database` and `clock` outlive it.
    PositionBuffer(sql::Database& database, Clock& clock, PositionBufferOptions options = {});
    ~PositionBuffer();
    PositionBuffer(const PositionBuffer&) = delete;
    PositionBuffer& operator=(const PositionBuffer&) = delete;

    /// Takes an update of a unit, received at `at`. 1 to kFixesPerBatchMax positions, as sent.
    /// kThrottled after `updates_per_second` in one second; kServiceUnavailable when `waiting_max`
    /// positions wait for the database.
    [[nodiscard]] Task<Result<BatchJudgement>> take(ProviderId unit, std::vector<Fix> fixes,
                                                    Instant at);

    /// The unit's position was set otherwise: the next one is judged against what is stored.
    void forget(ProviderId unit);

    /// Stores what waits. What fails for now waits on; what can never be stored is dropped, counted
    /// and reported.
    [[nodiscard]] Task<Result<void>> flush();

    /// Flushes again and again on `io` until stop(), and once more then.
    [[nodiscard]] Task<void> run(boost::asio::io_context& io);
    /// Lets run() store what waits and return. From any thread.
    void stop();

    [[nodiscard]] PositionBufferStats stats() const noexcept;

private:
    struct Unit;
    struct Batch;
    struct Counters;
    struct Sleeper;

    [[nodiscard]] Result<BatchJudgement> take_known(Unit& unit, const std::vector<Fix>& fixes,
                                                    Instant at);
    [[nodiscard]] std::vector<Batch> take_waiting();
    void give_back(std::vector<Batch> batches);
    void settle(const std::vector<Batch>& batches);
    [[nodiscard]] Task<Result<void>> store(std::vector<Batch>& batches);
    [[nodiscard]] Task<Result<void>> store_singly(std::vector<Batch> batches);

    sql::Database& database_;
    Clock& clock_;
    PositionBufferOptions options_;
    std::mutex mutex_;
    std::unordered_map<std::int32_t, Unit> units_;  ///< one for each that sent since start
    std::size_t waiting_ = 0;
    std::unique_ptr<Counters> counters_;
    std::shared_ptr<Sleeper> sleeper_;
};

}  // namespace segurifai::providers

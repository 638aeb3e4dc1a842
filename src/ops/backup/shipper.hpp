#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/backup/barrier.hpp"
#include "ops/backup/log_files.hpp"
#include "ops/backup/log_limit.hpp"
#include "ops/backup/log_reader.hpp"
#include "ops/backup/repository.hpp"
#include "sql/held_state.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {

enum class Loudness : std::uint8_t { kNote, kAlarm };

struct ShipperOptions {
    sql::DatabaseUrl database;  ///< an SQLite file that exists and that keeps its log
    /// How long a commit of another process may stay unnoticed; our own wake the shipper.
    std::chrono::milliseconds look_every{100};
    /// Commits of this long are made durable together: each of their own would have the writer wait
    /// for the disk.
    std::chrono::milliseconds gather{5};
    /// The log is begun anew when it holds this many pages (64,000 are 250 MB). The pages that are
    /// changed again and again are then written into the file a quarter as often as with 16,000,
    /// which is worth 15 % to who writes; after a crash SQLite reads the log in 0.3 s.
    std::uint32_t checkpoint_frames = 64'000;
    std::uint64_t file_bytes = 16U << 20U;       ///< a log file is finished when it is this large
    std::chrono::seconds file_time{60};          ///< or this old
    std::uint64_t log_bytes_max = kLogBytesMax;  ///< see LogLimit
    /// How often a row of our own is committed, by which a restore shows how much was lost; 0 =
    /// never.
    std::chrono::seconds canary_every{60};
    /// What an operator should know, in sentences. Called from any thread.
    std::function<void(Loudness, std::string_view)> report = [](Loudness, std::string_view) {};
};

/// Counters for /metrics and tests, since start.
struct ShipperStats {
    std::uint64_t commits = 0;
    std::uint64_t bytes = 0;        ///< written to log files
    std::uint64_t checkpoints = 0;  ///< that brought the whole log into the file
    std::uint64_t holds = 0;        ///< of writers who were faster than that, or than the shipping
    std::uint64_t losses = 0;       ///< of continuity; each began a generation
    std::uint64_t failures = 0;     ///< rounds that failed and were tried again
    bool is_failing = false;        ///< the last round failed
    std::int64_t lag_micros = 0;    ///< from waking to durable, of the last round that shipped
    Commit position;                ///< up to which everything is durable in the repository
    std::uint32_t generation = 0;
};

/// A state of the database held still, with all that is needed to read its pages.
struct Snapshot {
    std::uint32_t generation = 0;
    std::string reason;  ///< why the generation began, for its first full
    std::uint32_t page_size = 0;
    Commit commit;
    std::unique_ptr<sql::HeldState> state;
    LogReader log;
    std::vector<std::uint32_t> frame_of;  ///< by page number: its frame in the log, 0 = in the file
    std::shared_ptr<void> hold;           ///< while it lives, the log is not brought into the file
};

/// Ships the write-ahead log of an SQLite database into a repository, commit by commit, and is
/// the only one that brings the log into the database file. Every connection of the program has
/// DatabaseOptions::keep_log meanwhile. Whatever breaks the chain (another program's checkpoint, a
/// clock that went back, a log that holds something else) ends the generation: a new one begins,
/// which needs a full backup, and an alarm is raised. Thread-safe.
class Shipper {
public:
    /// Takes the repository's lock and goes on where it ends, or begins a generation.
    [[nodiscard]] static Result<std::unique_ptr<Shipper>> start(Repository repository,
                                                                ShipperOptions options,
                                                                Clock& clock);
    ~Shipper() { stop(); }
    Shipper(const Shipper&) = delete;
    Shipper& operator=(const Shipper&) = delete;

    /// From now on a thread ships when it is woken, and now and then.
    void begin_thread();
    /// Ships what is left, finishes the open file and ends the thread. Once or more.
    void stop();

    /// There is something to ship. From any thread; never waits.
    void wake() noexcept;

    /// Ships everything that is committed now.
    [[nodiscard]] Result<void> ship();
    /// Brings the log into the file and lets SQLite begin it anew. False when a reader, a snapshot
    /// or writers were in the way; the next time will do.
    [[nodiscard]] Result<bool> checkpoint();
    /// Finishes the open log file, so that others may read it.
    [[nodiscard]] Result<void> cut();
    /// Commits the canary: the minute of now, as the database's user_version.
    [[nodiscard]] Result<void> sing();

    /// The state of this moment, which is shipped. The shipper lives longer than it.
    [[nodiscard]] Result<Snapshot> snapshot();
    /// The generation has no full yet, and without one it is of no use.
    [[nodiscard]] bool needs_full() const noexcept { return needs_full_.load(); }
    void full_is_made(std::uint32_t generation) noexcept;

    [[nodiscard]] ShipperStats stats() const;
    [[nodiscard]] const Repository& repository() const noexcept { return repository_; }

private:
    /// With a writer that is faster than we are, there would be no end to it: after so much the
    /// writer is held back.
    static constexpr int kBatchesARound = 4;
    static constexpr std::uint32_t kFramesAtOnce = 4'096;  ///< of a batch
    static constexpr std::chrono::hours kHoweverLong{24};
    /// Writers who are faster than we are wait for so long at a time.
    static constexpr std::chrono::milliseconds kHoldBack{100};

    Shipper(Repository repository, FileLock lock, ShipperOptions options, Clock& clock);
    Result<void> open();
    Result<void> resume();
    Result<void> resume_files();
    Result<void> begin_generation(std::string reason);
    void lose(std::string reason);
    Result<void> take_guard();
    void drop_guard();
    Result<void> ship_held(int batches_max = std::numeric_limits<int>::max());
    Result<bool> ship_some();
    Result<void> get_ready();
    Result<std::optional<std::string>> why_not_entered(const LogReader::Header& header);
    Result<void> write(const LogReader::Header& header,
                       std::span<const LogReader::FoundCommit> commits);
    Result<void> go_on_with_checkpoint();
    enum class Sync : std::uint8_t { kLater, kNow };
    Result<void> begin_pass(Sync sync);
    Result<void> finish_pass();
    Result<void> ship_for(std::chrono::milliseconds time);
    Result<void> hold_writers_back();
    Result<void> keep_up();
    Result<std::optional<Barrier>> take_lock_shipped(std::chrono::milliseconds time);
    void put_off_end() noexcept;
    Result<bool> end_checkpoint();
    Result<void> shorten_log();
    Result<void> sing_held();
    bool note(const Result<void>& round);
    void spare_disk();
    Result<void> round(std::optional<std::chrono::steady_clock::time_point> woken_at);
    void work();

    const Repository repository_;
    const FileLock lock_;
    const ShipperOptions options_;
    Clock& clock_;

    mutable std::mutex mutex_;  // guards all below but what is atomic
    LogReader log_;
    LogLimit log_limit_;
    std::unique_ptr<sql::Session> barrier_;       ///< takes the write lock, and sings
    std::unique_ptr<sql::Session> checkpointer_;  ///< brings the log into the file
    std::unique_ptr<sql::HeldState> file_;        ///< makes what was brought durable; holds nothing
    /// How many frames of the log are in the file after it.
    std::future<Result<std::uint32_t>>
        pass_;                            ///< has the checkpointer and the file while it is valid
    std::uint32_t brought_frame_ = 0;     ///< how far the log is in the file, or soon will be
    std::uint32_t last_pass_frames_ = 0;  ///< of a pass before the log begins anew; 0 = none yet
    int attempts_ = 0;                    ///< to bring so much that it can begin anew
    bool is_hindered_ = false;            ///< the last pass, by a long read
    bool is_holding_back_ = false;        ///< writers, until the log begins anew
    bool is_behind_ = false;              ///< ship_held() ended before everything was shipped
    std::chrono::steady_clock::time_point held_back_;  ///< when writers were, last
    std::unique_ptr<sql::HeldState> guard_;            ///< keeps the log from restarting
    std::unique_ptr<sql::HeldState> spare_guard_;      ///< the one before, which holds nothing
    bool guard_is_weak_ = false;  ///< it began when all of the log was in the file
    std::optional<LogFiles> files_;
    bool files_are_broken_ = false;
    std::uint32_t generation_ = 0;
    std::uint32_t page_size_ = 0;
    std::string reason_;               ///< why the generation began
    std::optional<std::string> lost_;  ///< why a new one has to begin
    LogEnd start_;                     ///< of the generation, where no log file holds a commit
    LogEnd end_;
    int headers_missed_ = 0;
    std::chrono::steady_clock::time_point sung_;
    ShipperStats stats_;

    /// Holds mutex_; in the end publishes what stats() gives, which never waits for a disk.
    class Turn;
    mutable std::mutex publishing_;
    ShipperStats published_;  // guarded by publishing_
    std::shared_ptr<std::atomic<int>> snapshots_ = std::make_shared<std::atomic<int>>(0);
    std::atomic<bool> needs_full_{false};

    std::mutex waking_;
    std::condition_variable more_;
    bool woken_ = false;                              // guarded by waking_
    bool stopping_ = false;                           // guarded by waking_
    std::chrono::steady_clock::time_point woken_at_;  // guarded by waking_
    std::thread thread_;
};

}  // namespace segurifai::backup

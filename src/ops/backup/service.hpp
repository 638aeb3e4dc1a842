#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "ops/backup/shipper.hpp"
#include "ops/backup/verify.hpp"

namespace segurifai::backup {

struct ServiceOptions {
    sql::DatabaseUrl database;         ///< an SQLite file
    std::filesystem::path repository;  ///< made when it is missing
    std::vector<security::SigningKey> keys;
    std::uint64_t log_bytes_max = kLogBytesMax;              ///< see LogLimit
    std::function<void(Loudness, std::string_view)> report;  ///< from any thread
};

/// Counters and times for /metrics.
struct ServiceStats {
    bool is_shipping = false;  ///< the shipper has started
    ShipperStats shipper;
    std::uint64_t failures = 0;  ///< of fulls and increments
    Instant last_full;           ///< 0 = never
    Instant last_increment;
    std::optional<Drill> last_drill;  ///< as its record says, whoever made it
};

/// The backups of a running server: ships the log, makes the full that a new generation needs, and
/// makes at once the backup that somebody wishes for: the daily and hourly jobs, or a command. A
/// repository that cannot be used stops no server: it is an alarm, and tried again. Thread-safe.
class BackupService {
public:
    BackupService(Files& files, ServiceOptions options, Clock& clock, Random& random);
    ~BackupService() { stop(); }
    BackupService(const BackupService&) = delete;
    BackupService& operator=(const BackupService&) = delete;

    /// A commit was made: it is shipped now. Never waits.
    void wake() noexcept;
    /// Ships what is left and ends. After the database is closed. Once or more.
    void stop();

    [[nodiscard]] ServiceStats stats() const;

private:
    void work();
    Result<void> start_shipping();
    void spare_disk();
    Result<void> look();
    Result<void> make_full_now();
    Result<void> make_increment_now();
    Result<void> do_what_is_asked();
    Result<void> look_at_drill();

    Files& files_;
    const ServiceOptions options_;
    Clock& clock_;
    Random& random_;

    LogLimit log_limit_;                // used by the thread only
    std::unique_ptr<Shipper> shipper_;  // made by the thread, then only read
    std::atomic<Shipper*> shipping_{nullptr};

    mutable std::mutex mutex_;
    std::condition_variable more_;
    bool stopping_ = false;  // guarded by mutex_
    ServiceStats stats_;     // guarded by mutex_; its `shipper` is filled in by stats()
    std::thread thread_;
};

/// What is asked of the process that holds the repository's lock, by itself or another one.
enum class Wish : std::uint8_t { kFull, kIncrement };

/// Leaves a wish and waits until it is fulfilled. kTimeout after `patience`; kConflict with the
/// reason why it could not be fulfilled; kBusy when another wish waits, or once `stopped` says so,
/// which is asked a few times a second.
[[nodiscard]] Result<void> wish_for(
    const Repository& repository, Wish wish, std::chrono::seconds patience,
    const std::function<bool()>& stopped = [] { return false; });

}  // namespace segurifai::backup

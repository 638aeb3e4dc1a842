#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/pgbackrest/status.hpp"
#include "sql/engine.hpp"
#include "sql/session.hpp"

namespace segurifai::pgbackrest {

struct WatchOptions {
    sql::DatabaseUrl database;         ///< of a PostgreSQL server
    std::filesystem::path repository;  ///< as backups_of()
    std::chrono::milliseconds every{60'000};
    /// Told of complaints that are new, and once when there is none any more. From any thread.
    std::function<void(bool is_well, std::string_view)> report;
};

/// For /metrics.
struct WatchStats {
    bool is_set_up = false;
    Status status;               ///< as last looked at
    std::uint64_t failures = 0;  ///< looks that came to nothing
};

/// Looks once a minute how the backups of a running server's PostgreSQL stand, and leaves a canary
/// in its log, so that the log goes on being archived though nobody works. Thread-safe.
class Watch {
public:
    Watch(WatchOptions options, Clock& clock);
    ~Watch() { stop(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    /// Once or more.
    void stop();
    [[nodiscard]] WatchStats stats() const;

private:
    void work();
    /// What is wrong, as told to people.
    [[nodiscard]] Result<std::vector<std::string>> look();
    [[nodiscard]] bool is_stopping() const;
    void tell(std::vector<std::string> complaints);

    const WatchOptions options_;
    Clock& clock_;
    std::unique_ptr<sql::Session> session_;  // the thread's
    std::vector<std::string> told_;          // the thread's

    mutable std::mutex mutex_;
    std::condition_variable more_;
    bool stopping_ = false;  // guarded by mutex_
    WatchStats stats_;       // guarded by mutex_
    std::thread thread_;
};

}  // namespace segurifai::pgbackrest

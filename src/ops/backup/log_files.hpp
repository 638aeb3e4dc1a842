#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "ops/backup/repository.hpp"
#include "ops/backup/stopped.hpp"

namespace segurifai::backup {

/// How far the log of a generation reaches.
struct LogEnd {
    Commit commit;
    bool may_restart = false;  ///< everything was shipped when SQLite was let restart its log
};

/// The last commit of a file; nothing when it holds none. What follows the last whole commit of an
/// open file is no fault: it was being written. kBusy once `stopped` says so.
[[nodiscard]] Result<std::optional<LogEnd>> last_commit(const Repository& repository,
                                                        std::uint32_t generation,
                                                        const StoredFile& file,
                                                        const Stopped& stopped = never);

/// Where a generation ends: its last commit, in a log file or a full. Nothing when it holds no
/// full, and so is of no use.
[[nodiscard]] Result<std::optional<LogEnd>> end_of(const Repository& repository,
                                                   const Generation& generation);

/// Writes the log of one generation: one file grows, durable after each sync(); when it is large
/// or old enough it is finished, named and never touched again. After a failure, resume() must
/// come before anything else. Used by one thread at a time.
class LogFiles {
public:
    LogFiles(const Repository& repository, std::uint32_t generation, std::uint32_t page_size)
        : repository_(repository), generation_(generation), page_size_(page_size) {}

    /// Goes on where the files end, which may be later than what was known to be durable. A file
    /// that was being written is written again without what followed its last whole commit.
    /// Nothing when there is no commit in any file.
    [[nodiscard]] Result<std::optional<LogEnd>> resume();

    /// Before the pages of `first`, when no file is open: makes one.
    [[nodiscard]] Result<void> make_room_for(std::uint64_t after_txid, Instant first);
    [[nodiscard]] Result<void> page(std::uint32_t number, std::string_view content);
    [[nodiscard]] Result<void> commit(const Commit& commit);
    [[nodiscard]] Result<void> log_may_restart();
    [[nodiscard]] Result<void> sync();
    /// Finishes the open file, if there is one.
    [[nodiscard]] Result<void> cut();

    [[nodiscard]] bool is_open() const noexcept { return writer_.has_value(); }
    [[nodiscard]] Instant open_since() const noexcept { return open_.at; }
    [[nodiscard]] std::uint64_t open_bytes() const noexcept {
        return writer_ ? writer_->size() : 0;
    }
    /// Written since this was made.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_ + open_bytes(); }

private:
    Result<std::optional<LogEnd>> rewrite(const StoredFile& file);

    const Repository& repository_;
    const std::uint32_t generation_;
    const std::uint32_t page_size_;
    std::optional<BackupWriter> writer_;
    StoredFile open_;
    std::string previous_;  ///< checksum of the last finished file
    std::uint64_t bytes_ = 0;
};

}  // namespace segurifai::backup

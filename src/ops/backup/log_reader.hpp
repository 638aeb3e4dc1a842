#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ops/backup/commit.hpp"
#include "ops/backup/files.hpp"

namespace segurifai::backup {

/// Reads SQLite's write-ahead log as its file is, whatever a process in memory thinks of it
/// (format: sqlite.org/fileformat2.html, section 4). What counts is what the salts and the chain of
/// checksums hold together, up to the last commit. The log itself is not locked by SQLite, so
/// that opening and closing it drops no lock.
class LogReader {
public:
    LogReader(Files& files, std::filesystem::path path) : files_(files), path_(std::move(path)) {}

    /// From now on reads what has the log's name now: it may have been removed and made again.
    void reopen() noexcept {
        file_.reset();
        kept_.clear();
    }

    struct Header {
        std::uint32_t page_size = 0;
        std::array<std::uint32_t, 2> salts{};
        std::array<std::uint32_t, 2> checksum{};
        bool big_endian_sums = false;

        friend bool operator==(const Header&, const Header&) = default;
    };
    /// Nothing when there is no log yet, or its header is being written at this moment.
    [[nodiscard]] Result<std::optional<Header>> header();

    /// Whether the log still holds, at `position`, the commit that was read there.
    [[nodiscard]] Result<bool> holds(const LogPosition& position, std::uint32_t page_size);

    /// Whether the log is at least so many bytes long; what stands behind its end, of an older log,
    /// is not its own.
    [[nodiscard]] Result<bool> reaches(std::uint64_t bytes);

    struct FoundCommit {
        LogPosition log;
        std::uint32_t pages = 0;
    };
    /// The commits after `from`, which is a position of this log, or its start with the salts and
    /// checksum of `header`. At most about `frames_max` frames, but one commit at least if there
    /// is one. Their frames are kept for pages(), if they are not too many.
    [[nodiscard]] Result<std::vector<FoundCommit>> commits(const Header& header,
                                                           const LogPosition& from,
                                                           std::uint32_t frames_max);

    /// Gives number and content of the pages in the frames (after, to], in order. Those that
    /// commits() has kept are the very bytes that it has summed.
    [[nodiscard]] Result<void> pages(
        std::uint32_t page_size, std::uint32_t after, std::uint32_t to,
        const std::function<Result<void>(std::uint32_t number, std::string_view content)>& take);

private:
    Result<std::size_t> read(std::uint64_t offset, std::span<char> out);
    Result<std::string> read(std::uint64_t offset, std::size_t size);
    Result<std::string_view> keep_more(std::uint32_t page_size, std::uint32_t frames);

    Files& files_;
    std::filesystem::path path_;
    std::unique_ptr<InputFile> file_;
    std::string kept_;  ///< whole frames, the first ones after `kept_after_`, as they were read
    std::uint32_t kept_after_ = 0;
};

}  // namespace segurifai::backup

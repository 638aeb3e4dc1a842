#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "ops/backup/commit.hpp"
#include "ops/backup/page_versions.hpp"
#include "ops/backup/record_block.hpp"
#include "ops/backup/sealed_file.hpp"

namespace segurifai::backup {

// What a repository's sealed files hold: pages and commits, in the order in which they are to be
// applied. The header is a JSON object (FileHeader); a record is a zstd frame of entries:
//
//   'P' u32 number, u32 count, pages  neighbouring pages as they are after the next commit
//   'D' u32 number, changes           a page as it is then, by what is different from its version
//                                     before in this file (page_versions.hpp); in logs only
//   'C' u64 txid, i64 µs, u32 pages, u32 salts x2, u32 frame, u32 checksum x2
//   'R'                               all is shipped, and the log may restart after this commit
//
// Pages that no commit follows are part of nothing.

enum class FileKind : std::uint8_t {
    kFull,       ///< every page, and one commit
    kIncrement,  ///< the last version of each page that changed in a stretch of the log, one commit
    kLog,        ///< every version of every page, every commit
};

struct FileHeader {
    FileKind kind = FileKind::kLog;
    std::string database;          ///< id of the repository
    std::uint32_t generation = 0;  ///< from 1
    std::uint32_t page_size = 0;   ///< bytes, 512 to 65536
    std::uint64_t after_txid = 0;  ///< the state it is applied to; of a full its own commit
    Instant at;                    ///< of its commit; of a log file the first one
    std::string previous = {};     ///< log: the checksum of the file before; empty = first
    std::string reason = {};       ///< full: why its generation began; empty = not its first
};

/// Who packs and unpacks the records of a file.
enum class Threads : std::uint8_t {
    kOne,      ///< the caller's, each when it is there
    kSeveral,  ///< others of their own, several records at once
};

/// Writes one file: a log, which is durable every few milliseconds, on the caller's thread, others
/// with the help of several that take what is left of the processors, at first. Fails as Files
/// does; the file is then of no use.
class BackupWriter {
public:
    [[nodiscard]] static Result<BackupWriter> make(Files& files, const std::filesystem::path& path,
                                                   const security::SigningKey& key,
                                                   const FileHeader& header);

    /// One or more neighbouring pages, not more than a megabyte and a page of them.
    [[nodiscard]] Result<void> pages(std::uint32_t first, std::string_view content);
    [[nodiscard]] Result<void> commit(const Commit& commit);
    [[nodiscard]] Result<void> log_may_restart();
    /// Makes durable what was given.
    [[nodiscard]] Result<void> sync();
    /// Ends the file, durable under its present name. Returns its checksum.
    [[nodiscard]] Result<std::string> finish();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return sealed_.path(); }
    [[nodiscard]] std::uint64_t size() const noexcept { return sealed_.size(); }

private:
    BackupWriter(SealedWriter sealed, const FileHeader& header);
    [[nodiscard]] Worker worker() const;
    [[nodiscard]] PackingBlock& filling() { return *blocks_[turn_ % blocks_.size()]; }
    void page_version(std::uint32_t number, std::string_view content);
    void put_pages(std::uint32_t first, std::string_view content);
    Result<void> end_entry();
    Result<void> next_block();
    Result<void> write(PackingBlock& block);
    Result<void> flush();

    SealedWriter sealed_;
    std::uint32_t page_size_;
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
    std::vector<std::unique_ptr<PackingBlock>> blocks_;  ///< by turns: filled, packed, written
    std::uint64_t turn_ = 0;                             ///< one less than its record's number
    std::optional<PageVersions> versions_;               ///< of a log
};

struct Entry {
    enum class Kind : std::uint8_t { kPages, kCommit, kLogMayRestart, kEnd };
    Kind kind = Kind::kEnd;
    std::uint32_t first_page = 0;
    std::string_view pages;  ///< one or more, until the next entry is read
    Commit commit;
};

/// Reads one file. kCorrupt, with the file and the place, on anything that BackupWriter does not
/// write.
class BackupReader {
public:
    [[nodiscard]] static Result<BackupReader> open(Files& files, const std::filesystem::path& path,
                                                   std::span<const security::SigningKey> keys,
                                                   Threads threads);

    [[nodiscard]] const FileHeader& header() const noexcept { return header_; }
    /// kEnd at the end of a whole file.
    [[nodiscard]] Result<Entry> next();
    /// Of a file read to its end.
    [[nodiscard]] const std::string& checksum() const noexcept { return sealed_.checksum(); }

private:
    BackupReader(SealedReader sealed, std::filesystem::path path, Threads threads);
    void read_ahead();
    Result<bool> next_record();
    Result<Entry> pages();
    Result<Entry> changed_page();
    [[nodiscard]] std::unexpected<Error> damaged() const;

    SealedReader sealed_;
    std::filesystem::path path_;
    FileHeader header_;
    std::vector<std::unique_ptr<UnpackingBlock>> blocks_;  ///< by turns: read, unpacked, taken
    std::uint64_t read_ = 0;
    std::uint64_t taken_ = 0;
    std::optional<Result<void>> end_;  ///< what came after the last record that was read
    std::string_view rest_;
    std::optional<PageVersions> versions_;  ///< of a log
};

}  // namespace segurifai::backup

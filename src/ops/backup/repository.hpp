#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "ops/backup/backup_file.hpp"
#include "ops/backup/file_lock.hpp"
#include "ops/backup/files.hpp"
#include "security/key.hpp"

namespace segurifai::backup {

// A repository is a folder, local or mounted:
//
//   id                                the repository's own, a UUID
//   lock                              held by the one process that ships into it
//   making                            held while a full or an increment is written
//   drill.json                        the last restore drill
//   g000001/                          a generation: one unbroken log and what stands on it
//     full-<txid>-<time>.bak
//     increment-<after>-<to>-<time>.bak
//     log-<after>-<time>.bak          whole log files
//     log-<after>-<time>.open         the one that grows
//     full.partial and the like       what is being written; nothing, once nobody writes it
//
// Numbers have 16 digits and times are 20270131T101500.123456Z, so that names in order are times
// in order. What a name says is said again inside, sealed: a file under another's name is refused.

inline constexpr std::string_view kPartial = ".partial";
inline constexpr std::string_view kFullPartial = "full.partial";
inline constexpr std::string_view kIncrementPartial = "increment.partial";

/// One file of a generation, by its name.
struct StoredFile {
    FileKind kind = FileKind::kLog;
    bool is_open = false;
    std::uint64_t after_txid = 0;  ///< of a full, its own txid
    std::uint64_t to_txid = 0;     ///< increments and fulls only
    Instant at;                    ///< of its commit; of a log file the first one
    std::string name;
};

/// The files of one generation, each list in order of txid.
struct Generation {
    std::uint32_t number = 0;
    std::vector<StoredFile> fulls;
    std::vector<StoredFile> increments;
    std::vector<StoredFile> logs;  ///< the open one last
};

class Repository {
public:
    /// An existing repository. kNotFound when the folder holds none.
    [[nodiscard]] static Result<Repository> open(Files& files, std::filesystem::path folder,
                                                 std::vector<security::SigningKey> keys);
    /// Makes one where there is none.
    [[nodiscard]] static Result<Repository> open_or_make(Files& files, std::filesystem::path folder,
                                                         std::vector<security::SigningKey> keys,
                                                         Clock& clock, Random& random);

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] Files& files() const noexcept { return *files_; }
    [[nodiscard]] std::span<const security::SigningKey> keys() const noexcept { return keys_; }
    /// What new files are sealed with.
    [[nodiscard]] const security::SigningKey& key() const { return keys_.front(); }

    /// The right to write into it, which one process has. kBusy when another has it.
    [[nodiscard]] Result<FileLock> lock() const;
    /// The right to write a full or an increment, and to remove what was left of one. Whoever makes
    /// backups waits for who removes, which takes a moment; kBusy after `patience`.
    [[nodiscard]] Result<FileLock> making(
        std::chrono::milliseconds patience = std::chrono::seconds(30)) const;

    /// Oldest first; empty for a new repository.
    [[nodiscard]] Result<std::vector<Generation>> generations() const;
    /// The newest one; nothing for a new repository.
    [[nodiscard]] Result<std::optional<Generation>> newest() const;

    [[nodiscard]] std::filesystem::path folder_of(std::uint32_t generation) const;
    [[nodiscard]] std::filesystem::path path_of(std::uint32_t generation,
                                                const StoredFile& file) const;

    /// Opens a file and compares its header with its name, its folder and this repository.
    [[nodiscard]] Result<BackupReader> read(std::uint32_t generation, const StoredFile& file) const;

    /// Begins a file under a name that nothing else has; publish() gives it its own.
    [[nodiscard]] Result<BackupWriter> begin(std::uint32_t generation, const FileHeader& header,
                                             std::string_view name) const;
    [[nodiscard]] Result<void> publish(std::uint32_t generation, std::string_view from,
                                       std::string_view to) const;
    /// Removes a file that was begun and could not be finished. Returns `why`, and why it is still
    /// there if it is.
    [[nodiscard]] Error give_up(std::uint32_t generation, std::string_view name, Error why) const;

private:
    Repository(Files& files, std::filesystem::path folder, std::vector<security::SigningKey> keys)
        : files_(&files), folder_(std::move(folder)), keys_(std::move(keys)) {}

    Files* files_;
    std::filesystem::path folder_;
    std::vector<security::SigningKey> keys_;
    std::string id_;
};

[[nodiscard]] std::string name_of_full(const Commit& commit);
[[nodiscard]] std::string name_of_increment(std::uint64_t after_txid, const Commit& commit);
[[nodiscard]] std::string name_of_log(std::uint64_t after_txid, Instant at, bool is_open);
/// Nothing for a name that is none of these.
[[nodiscard]] std::optional<StoredFile> stored_file(std::string_view name);

}  // namespace segurifai::backup

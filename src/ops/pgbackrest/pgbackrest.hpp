#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "ops/backup/stopped.hpp"
#include "ops/pgbackrest/cluster.hpp"
#include "security/key.hpp"
#include "sql/session.hpp"

namespace segurifai::pgbackrest {

/// A copy in the repository.
struct Copy {
    std::string label;  ///< pgBackRest's name: "20261125-190925F_20261125-190927I"
    bool is_full = false;
    std::string full;  ///< the label of the full copy it stands on; its own when it is full
    Instant begun;
    Instant ended;
    std::string first_log;  ///< the log files from which it can be brought to its own time
    std::string last_log;
    std::uint32_t timeline = 1;       ///< of PostgreSQL's log, on which it was made
    std::uint64_t last_position = 0;  ///< in that log, where it is whole
    std::int64_t bytes = 0;           ///< of the database
    std::int64_t stored_bytes = 0;    ///< that it added to the repository
    bool is_faulty = false;           ///< a page of it had a wrong checksum
};

/// A line of PostgreSQL's log whose history is in the archive: that of a server that was restored.
struct Timeline {
    std::uint32_t number = 1;
    Instant begun;  ///< when its history arrived there, as that server came into service
};

/// What the repository has.
struct Contents {
    std::vector<Copy> copies;  ///< oldest first
    std::string first_log;     ///< the names of its first and last log file; empty = none
    std::string last_log;
    std::string archive;  ///< the folder with the log of the newest server: "15-1"; empty = none
    std::string fault;    ///< pgBackRest's own complaint; empty = none
};

/// How long each kind is kept (RULES §11).
struct Keeping {
    std::int64_t full_days = 30;
    std::int64_t increment_days = 7;
    std::int64_t log_days = 14;
};

/// How many of the newest full copies keep the log from them on, which is how pgBackRest counts
/// what it keeps: back to the first that is `log_days` older than the newest copy, so that the log
/// of those days is there however many full copies were made; and at least `log_days` of them.
[[nodiscard]] std::int64_t fulls_with_log(const Contents& contents,
                                          const Keeping& keeping) noexcept;

/// From when on every moment can be restored: the end of the oldest full copy from which on the log
/// is kept. Older copies have but the log of their own time. Nothing without a full copy.
[[nodiscard]] std::optional<Instant> reachable_from(const Contents& contents,
                                                    const Keeping& keeping) noexcept;

/// The same by what is there: as far back as no log file is missing between those full copies.
/// `logs` are the names of the log files in the archive, `parts` as Cluster::log_parts.
[[nodiscard]] std::optional<Instant> whole_from(const Contents& contents, const Keeping& keeping,
                                                const std::set<std::string>& logs,
                                                std::uint64_t parts);

/// What a restore goes back to.
struct Target {
    std::optional<Instant> at = {};  ///< nothing = the end of the log
    std::string point = {};          ///< a named point; `at` is then when it was made
};

/// pgBackRest with a repository folder of ours and the one cluster that is backed up into it. The
/// folder and all in it belong to the owner of the cluster's data.
class PgBackRest {
public:
    /// Folders with characters that a configuration file or a shell would read otherwise are
    /// refused (kInvalid).
    [[nodiscard]] static Result<PgBackRest> make(Cluster cluster, std::filesystem::path folder,
                                                 const Keeping& keeping = {});

    /// Makes the folder and the configuration, and has the server archive its log there. `key` is
    /// what the repository's passphrase comes from; of a configuration that is there already only
    /// that is kept: a server that was restored into another folder is set up again. Returns
    /// whether the server must be restarted first (archiving was off): then this is called again
    /// afterwards, and sees whether the log arrives. kPermission when the account is no superuser,
    /// or the folder out of reach for the owner of the data.
    [[nodiscard]] Result<bool> set_up(sql::Session& session, const security::Key& key);

    /// Whether set_up() was called; whether the server archives its log is the status's matter.
    /// kPermission for whoever may not enter the folder.
    [[nodiscard]] Result<bool> is_set_up() const;

    /// kBusy while another process makes a backup, or lets some go; kDiskFull at once when there
    /// is no room to begin with.
    [[nodiscard]] Result<void> back_up(bool full) const;
    [[nodiscard]] Result<Contents> contents() const;
    /// The names of the log files in the archive.
    [[nodiscard]] Result<std::set<std::string>> logs() const;
    /// Reads every file of the repository, and sees whether log files are missing between those
    /// that are there. What is wrong, a sentence each that names the file; empty = nothing.
    [[nodiscard]] Result<std::vector<std::string>> verify() const;
    /// Lets go what is older than it is kept for. Returns the labels that went.
    [[nodiscard]] Result<std::vector<std::string>> prune(Instant now) const;

    /// Writes the files of a cluster as of `to` into the new folder `into`. They are no database
    /// yet: RestoredCluster brings the log in. A moment is one of the server that was in service
    /// then, the end of the log that of the last one. kConflict when `into` is there; kNotFound
    /// when no copy is old enough.
    [[nodiscard]] Result<void> restore_files(const Target& to,
                                             const std::filesystem::path& into) const;

    /// From now on a program of pgBackRest's is told to end, and what ran it is kBusy, once
    /// `stopped` says so; it is asked a few times a second.
    void stop_when(backup::Stopped stopped) { stopped_ = std::move(stopped); }
    [[nodiscard]] const backup::Stopped& stopped() const noexcept { return stopped_; }

    [[nodiscard]] const Cluster& cluster() const noexcept { return cluster_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    [[nodiscard]] const Keeping& keeping() const noexcept { return keeping_; }
    /// The server's archive_command.
    [[nodiscard]] std::string archive_command() const;

private:
    /// Where a recovery begins, and the timeline it goes along.
    struct Start {
        std::string label;
        std::uint32_t timeline = 1;
    };

    PgBackRest(Cluster cluster, std::filesystem::path folder, const Keeping& keeping)
        : cluster_(std::move(cluster)), folder_(std::move(folder)), keeping_(keeping) {}

    [[nodiscard]] std::filesystem::path configuration() const {
        return folder_ / "pgbackrest.conf";
    }
    /// A restored server's.
    [[nodiscard]] std::string restore_command() const;
    /// The sentence that says so, when the folder's disk has no room for the log of a backup.
    [[nodiscard]] std::optional<std::string> full_disk() const;
    [[nodiscard]] Result<std::vector<std::string>> missing_log_files() const;
    /// Those whose history is in that folder of the archive (Contents::archive).
    [[nodiscard]] Result<std::vector<Timeline>> timelines_in(const std::string& archive) const;
    [[nodiscard]] Result<Start> start_for(const Target& to) const;
    /// The option that has `fulls` full copies keep their log, instead of what is configured.
    [[nodiscard]] static std::string keeping_log_of(std::int64_t fulls);
    [[nodiscard]] Result<void> make_folders() const;
    [[nodiscard]] Result<void> write_configuration(const security::Key& key) const;
    /// Runs pgBackRest; an end that is not 0 is an error with its last line.
    [[nodiscard]] Result<ProgramEnd> run(std::vector<std::string> words) const;

    Cluster cluster_;
    std::filesystem::path folder_;
    Keeping keeping_;
    backup::Stopped stopped_ = backup::never;
};

}  // namespace segurifai::pgbackrest

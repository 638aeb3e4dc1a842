#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
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
    std::int64_t bytes = 0;         ///< of the database
    std::int64_t stored_bytes = 0;  ///< that it added to the repository
    bool is_faulty = false;         ///< a page of it had a wrong checksum
};

/// What the repository has.
struct Contents {
    std::vector<Copy> copies;  ///< oldest first
    std::string first_log;     ///< the names of its first and last log file; empty = none
    std::string last_log;
    std::string fault;  ///< pgBackRest's own complaint; empty = none
};

/// How long each kind is kept (RULES §11).
struct Keeping {
    std::int64_t full_days = 30;
    std::int64_t increment_days = 7;
    std::int64_t log_days = 14;  ///< one full copy a day is taken
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
    /// what the repository's passphrase comes from; a configuration that is there already keeps
    /// its own. Returns whether the server must be restarted first (archiving was off): then
    /// nothing else was done, and this is called again afterwards. kPermission when the account is
    /// no superuser.
    [[nodiscard]] Result<bool> set_up(sql::Session& session, const security::Key& key);

    [[nodiscard]] Result<void> back_up(bool full) const;
    [[nodiscard]] Result<Contents> contents() const;
    /// Reads every file of the repository. What is wrong, a sentence each; empty = nothing.
    [[nodiscard]] Result<std::vector<std::string>> verify() const;
    /// Lets go what is older than it is kept for. Returns the labels that went.
    [[nodiscard]] Result<std::vector<std::string>> prune(Instant now) const;

    /// Writes the files of a cluster as of `to` (nothing = the end of the log) into the new folder
    /// `into`. They are no database yet: RestoredCluster brings the log in. kConflict when `into`
    /// is there; kNotFound when no copy is old enough.
    [[nodiscard]] Result<void> restore_files(const std::optional<Instant>& to,
                                             const std::filesystem::path& into) const;

    [[nodiscard]] const Cluster& cluster() const noexcept { return cluster_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }
    /// The server's archive_command.
    [[nodiscard]] std::string archive_command() const;

private:
    PgBackRest(Cluster cluster, std::filesystem::path folder, const Keeping& keeping)
        : cluster_(std::move(cluster)), folder_(std::move(folder)), keeping_(keeping) {}

    [[nodiscard]] std::filesystem::path configuration() const {
        return folder_ / "pgbackrest.conf";
    }
    [[nodiscard]] Result<void> write_configuration(const security::Key& key) const;
    /// Runs pgBackRest; an end that is not 0 is an error with its last line.
    [[nodiscard]] Result<ProgramEnd> run(std::vector<std::string> words) const;

    Cluster cluster_;
    std::filesystem::path folder_;
    Keeping keeping_;
};

}  // namespace segurifai::pgbackrest

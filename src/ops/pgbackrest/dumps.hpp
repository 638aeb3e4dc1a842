#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ops/backup/files.hpp"
#include "ops/pgbackrest/pgbackrest.hpp"
#include "security/key.hpp"

namespace segurifai::pgbackrest {

// Logical copies: what `pg_dump -Fc` writes of the database, which any PostgreSQL of this version
// or a later one can read, whatever its machine. They lie in the folder `dumps` of the backups,
// each a sealed file (ops/backup/sealed_file.hpp) named for its time:
//
//   dump-20270131T101500.123456Z.sealed

struct Dump {
    std::string name;
    Instant at;  ///< when it was begun; it holds what was committed then
    std::uint64_t bytes = 0;
};

/// Oldest first. Needs no key.
[[nodiscard]] Result<std::vector<Dump>> dumps_of(const PgBackRest& backups);

class Dumps {
public:
    /// `keys` are the installation's: the first seals, all open. `backups` and `files` outlive it.
    Dumps(backup::Files& files, const PgBackRest& backups, std::vector<security::SigningKey> keys)
        : files_(files), backups_(backups), keys_(std::move(keys)) {}

    /// Makes one. It has its name once it is whole and on disk.
    [[nodiscard]] Result<Dump> make(Clock& clock) const;
    /// Reads each to its end, and has pg_restore list what is in it. What is wrong, a sentence each
    /// that names the file; empty = nothing.
    [[nodiscard]] Result<std::vector<std::string>> verify() const;
    /// Lets go those that are older than full backups are kept for, but never the newest. Returns
    /// the names that went.
    [[nodiscard]] Result<std::vector<std::string>> prune(Instant now) const;
    /// Writes one, opened, into the new file `into`, for pg_restore. An empty `name` is the newest.
    /// Returns its name. kNotFound when there is none; kConflict when `into` is there.
    [[nodiscard]] Result<std::string> open_into(std::string name,
                                                const std::filesystem::path& into) const;

private:
    [[nodiscard]] Result<void> write(const std::filesystem::path& part,
                                     std::string_view header) const;
    [[nodiscard]] Result<void> examine(const Dump& dump) const;

    backup::Files& files_;
    const PgBackRest& backups_;
    std::vector<security::SigningKey> keys_;
};

}  // namespace segurifai::pgbackrest

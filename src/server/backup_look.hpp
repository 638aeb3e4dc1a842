#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "http/shape.hpp"
#include "ops/backup/files.hpp"
#include "security/secrets.hpp"
#include "server/health.hpp"
#include "server/job_kinds.hpp"

namespace segurifai::server {

enum class BackupKind : std::uint8_t { kFull, kIncremental, kVerify };

}  // namespace segurifai::server

namespace segurifai::model {

template <>
inline constexpr std::array kWords<server::BackupKind>{
    std::string_view("FULL"), std::string_view("INCREMENTAL"), std::string_view("VERIFY")};

}  // namespace segurifai::model

namespace segurifai::server {

/// A backup that is there.
struct StoredBackup {
    static constexpr std::string_view kShape = "StoredBackup";
    BackupKind kind = BackupKind::kFull;
    std::string name;
    Instant at;
    std::int64_t bytes = 0;  ///< in the repository
    static consteval auto fields() {
        return std::array{
            http::field<&StoredBackup::kind>("kind"), http::field<&StoredBackup::name>("name"),
            http::field<&StoredBackup::at>("at"), http::field<&StoredBackup::bytes>("bytes")};
    }
};

/// What only PostgreSQL's backups have.
struct LogArchive {
    bool is_set_up = false;
    std::int64_t waiting_seconds = 0;  ///< since the log was archived last, when some waits
    std::int64_t failures = 0;         ///< of archiving, since the server's statistics began
};

/// How the backups of the installation's database stand, told alike for both engines.
struct BackupsSeen {
    BackupCheck check;
    bool is_seen = true;  ///< false = they could not be looked at; the complaint says why
    /// Any instant in [from, to] can be restored.
    std::optional<Instant> window_from;
    std::optional<Instant> window_to;
    std::vector<StoredBackup> list;  ///< newest first
    LogArchive log_archive;
    std::uint64_t failures = 0;  ///< looks so far that came to nothing; counted by the Watch
};

/// Looks at the repository and at the database's log. What is late, broken or cannot be looked at
/// is in `check`; backups that are another machine's to look after are OFF, with the reason as
/// their complaint. Of PostgreSQL it leaves a canary in the log, so that the log goes on being
/// archived though nobody works. Blocking: reads folders and, of PostgreSQL, runs pgBackRest, which
/// ends once `stopped` says so; it is asked a few times a second.
[[nodiscard]] BackupsSeen look_at_backups(const Installation& installation,
                                          const security::Secrets& secrets, backup::Files& files,
                                          Instant now, std::function<bool()> stopped);

}  // namespace segurifai::server

#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "cli/examination/engines.hpp"
#include "cli/examination/storage.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kDatabase = "database";
constexpr std::string_view kIntegrity = "integrity";

void examine_place(const Examination& examination) {
    Findings& findings = examination.findings;
    const std::filesystem::path file = examination.database.location;
    const std::filesystem::path folder =
        file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
    if (access(file.c_str(), R_OK | W_OK) != 0 || access(folder.c_str(), W_OK | X_OK) != 0)
        findings.fault(
            kDatabase, fmt::format("{} or its folder cannot be written to.", file.string()),
            fmt::format("chmod u+rw {} && chmod u+rwx {}", file.string(), folder.string()));
    if (const auto name = network_file_system_of(folder); !name.empty())
        findings.fault(kDatabase,
                       fmt::format("{} is on {}: the write-ahead log needs shared memory that such "
                                   "a file system does not have, and the database would be "
                                   "damaged. Move it to a local disk, or use PostgreSQL.",
                                   file.string(), name));
}

/// What SQLite finds when it looks; the first words of it.
Result<void> examine_pages(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    const bool is_full = examination.given.has("--full");
    const auto found =
        session.one_text(is_full ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)");
    if (!found && found.error().code == Code::kTimeout) {
        findings.warn(kIntegrity, "The look at every page took too long and was ended.",
                      "segurifai doctor --full");
        return {};
    }
    if (!found) return std::unexpected(found.error());
    const std::string said = found->value_or("nothing");
    if (said != "ok") {
        findings.fault(kIntegrity, fmt::format("The file is damaged: {}.", said),
                       "segurifai restore --to latest --into restored.db");
        return {};
    }
    if (is_full) {
        SEGURIFAI_TRY_AS(const std::int64_t orphans, session.run("PRAGMA foreign_key_check"));
        if (orphans > 0) {
            findings.fault(kIntegrity,
                           fmt::format("{} rows refer to rows that are not there.", orphans),
                           "segurifai dbshell -- 'PRAGMA foreign_key_check'");
            return {};
        }
    }
    findings.well(kIntegrity, is_full ? "Every page, index and reference was compared: no fault."
                                      : "Every page was looked at: no fault.");
    return {};
}

}  // namespace

Result<void> examine_sqlite(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    examine_place(examination);
    SEGURIFAI_TRY_AS(const auto version, session.one_text("SELECT sqlite_version()"));
    SEGURIFAI_TRY_AS(const auto mode, session.one_text("PRAGMA journal_mode"));
    if (mode != "wal")
        findings.fault(kDatabase,
                       fmt::format("Its journal mode is {}, not wal: readers would wait for "
                                   "writers, and nothing is shipped into the backups.",
                                   mode.value_or("unknown")),
                       "segurifai dbshell -- 'PRAGMA journal_mode = wal'");
    if (findings.is_well(kDatabase))
        findings.well(kDatabase, fmt::format("SQLite {} at {}, with a write-ahead log.",
                                             version.value_or(""), examination.database.location));
    return examine_pages(examination, session);
}

Result<void> examine_engine(const Examination& examination, sql::Session& session) {
    return session.engine() == sql::Engine::kSqlite ? examine_sqlite(examination, session)
                                                    : examine_postgres(examination, session);
}

}  // namespace segurifai::cli

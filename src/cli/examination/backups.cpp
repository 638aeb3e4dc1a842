#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "cli/backup_postgres.hpp"
#include "cli/backup_repository.hpp"
#include "cli/backup_words.hpp"
#include "cli/examination/examination.hpp"
#include "cli/examination/storage.hpp"
#include "ops/backup/status.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kBackups = "backups";

/// What puts a complaint of 'backup status' right, by the words that it has.
struct Remedy {
    std::string_view words;
    std::string_view command;
};
constexpr std::array kRemedies{
    Remedy{"full backup", "segurifai backup full"},
    Remedy{"incremental backup", "segurifai backup incremental"},
    Remedy{"last backup", "segurifai backup incremental"},
    Remedy{"drill", "segurifai backup drill"},
    Remedy{"Is the server running?", "segurifai serve"},
    Remedy{"wrong checksums", "segurifai backup verify"},
};

void complain(Findings& findings, const std::vector<std::string>& complaints) {
    for (const std::string& complaint : complaints) {
        const auto* const remedy = std::ranges::find_if(
            kRemedies, [&](const Remedy& one) { return complaint.contains(one.words); });
        const bool says_it = complaint.contains("run 'segurifai") || remedy == kRemedies.end();
        findings.fault(kBackups, complaint, says_it ? std::string() : std::string(remedy->command));
    }
}

void examine_room(Findings& findings, const std::filesystem::path& folder) {
    const auto space = space_of(folder);
    if (std::string full = complaint_of_room(folder); !full.empty())
        findings.fault(kBackups, std::move(full), "segurifai backup prune");
    else if (space && judge(*space) == Level::kWarning)
        findings.warn(kBackups, fmt::format("{}: {}.", folder.string(), text_of(*space)),
                      "segurifai backup prune");
}

/// A server of an SQLite database writes them itself, as the owner of the data folder.
void examine_writer(const Examination& examination, const std::filesystem::path& folder) {
    struct stat repository{};
    struct stat data{};
    const auto& data_dir = examination.context.settings.data_dir;
    if (stat(folder.c_str(), &repository) != 0 || stat(data_dir.c_str(), &data) != 0) return;
    const bool is_root = geteuid() == 0;
    const bool may_write = is_root ? repository.st_uid == data.st_uid || data.st_uid == 0
                                   : access(folder.c_str(), W_OK | X_OK) == 0;
    if (!may_write)
        examination.findings.fault(
            kBackups,
            fmt::format("{} cannot be written to by the server, which runs as the owner of {}.",
                        folder.string(), data_dir.string()),
            is_root ? fmt::format("chown --reference={} {}", data_dir.string(), folder.string())
                    : fmt::format("chmod u+rwx {}", folder.string()));
}

Result<void> examine_sqlite_backups(const Examination& examination) {
    Findings& findings = examination.findings;
    const auto folder = repository_folder(examination.given, examination.context);
    backup::SystemFiles files;
    const auto repository = open_repository(examination.given, examination.context, files);
    if (!repository) {
        findings.fault(kBackups, repository.error().error.message,
                       repository.error().exit == Exit::kFaults ? "segurifai backup full" : "");
        return {};
    }
    examine_writer(examination, folder);
    examine_room(findings, folder);
    SEGURIFAI_TRY_AS(
        const backup::Status status,
        backup::status_of(*repository, examination.database, examination.context.clock.now()));
    complain(findings, status.complaints);
    if (findings.is_well(kBackups))
        findings.well(kBackups,
                      fmt::format("The last full is of {}; restorable to {}; last drill: {}.",
                                  text_of(status.last_full), text_of(status.window_to),
                                  text_of(status.drill)));
    return {};
}

Result<void> examine_postgres_backups(const Examination& examination) {
    Findings& findings = examination.findings;
    const auto found = postgres_backups(examination.given, examination.context);
    if (!found && found.error().error.code == Code::kUnsupported) {
        findings.warn(kBackups, found.error().error.message, "segurifai doctor  # there");
        return {};
    }
    if (!found) {
        findings.fault(kBackups, found.error().error.message);
        return {};
    }
    if (!found->barred.empty()) {
        findings.fault(kBackups,
                       fmt::format("The owner of the cluster's files cannot get to {}: {} is in "
                                   "the way.",
                                   found->folder.string(), found->barred.string()),
                       "segurifai backup setup --repository FOLDER");
        return {};
    }
    examine_room(findings, found->folder);
    complain(findings, found->complaints);
    if (findings.is_well(kBackups))
        findings.well(kBackups,
                      fmt::format("The last full is of {}; restorable to {}.",
                                  text_of(found->last_full), text_of(found->restorable_to)));
    return {};
}

}  // namespace

Result<void> examine_backups(const Examination& examination) {
    if (examination.context.settings.backups == "off") return {};  // among the settings
    return examination.database.engine == sql::Engine::kSqlite
               ? examine_sqlite_backups(examination)
               : examine_postgres_backups(examination);
}

}  // namespace segurifai::cli

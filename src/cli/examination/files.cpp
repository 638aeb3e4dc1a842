#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>
#include <vector>

#include "apps/users/erasure_list.hpp"
#include "cli/examination/examination.hpp"
#include "cli/examination/storage.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kFolder = "data folder";
constexpr std::string_view kSecrets = "secrets";

bool look_at(const std::filesystem::path& path, struct stat& about) {
    return stat(path.c_str(), &about) == 0;
}

/// What there is of the database's own files; none on PostgreSQL.
std::vector<std::filesystem::path> files_of(const sql::DatabaseUrl& database) {
    std::vector<std::filesystem::path> files;
    if (database.engine == sql::Engine::kSqlite)
        for (const std::string_view part : {"", "-wal", "-shm"})
            files.emplace_back(database.location + std::string(part));
    return files;
}

void examine_owners(const Examination& examination, const struct stat& folder) {
    const Settings& settings = examination.context.settings;
    Findings& findings = examination.findings;
    if (geteuid() != 0 && geteuid() != folder.st_uid)
        findings.fault(
            kFolder,
            fmt::format("{} belongs to user {}, and this runs as user {}.",
                        settings.data_dir.string(), folder.st_uid, geteuid()),
            fmt::format("setpriv --reuid={} --clear-groups segurifai doctor", folder.st_uid));
    auto inside = files_of(examination.database);
    for (const std::string_view name :
         {std::string_view("documents"), std::string_view("archive"),
          std::string_view("messages.log"), security::kSecretsFileName, users::kErasuresFile})
        inside.push_back(settings.data_dir / name);
    for (const auto& path : inside)
        if (struct stat about{}; look_at(path, about) && about.st_uid != folder.st_uid)
            findings.fault(
                kFolder,
                fmt::format("{} belongs to another user than the data folder.", path.string()),
                fmt::format("chown --reference={} {}", settings.data_dir.string(), path.string()));
}

void examine_disk_of_database(const Examination& examination, const struct stat& folder) {
    if (examination.database.engine != sql::Engine::kSqlite) return;
    const std::filesystem::path& file = examination.database.location;
    struct stat about{};
    if (!look_at(file, about) || about.st_dev == folder.st_dev) return;
    examination.findings.warn(
        kFolder, fmt::format("The database {} is on another file system than {}: either may be "
                             "full alone. Move it there, or watch both.",
                             file.string(), examination.context.settings.data_dir.string()));
}

}  // namespace

Result<void> examine_data_folder(const Examination& examination) {
    const std::filesystem::path& folder = examination.context.settings.data_dir;
    Findings& findings = examination.findings;
    struct stat about{};
    if (!look_at(folder, about) || !S_ISDIR(about.st_mode)) {
        findings.fault(kFolder, fmt::format("There is no data folder {}.", folder.string()),
                       "segurifai migrate");
        return {};
    }
    examine_owners(examination, about);
    examine_disk_of_database(examination, about);
    if (access(folder.c_str(), W_OK | X_OK) != 0)
        findings.fault(kFolder, fmt::format("{} cannot be written to.", folder.string()),
                       fmt::format("chmod u+rwx {}", folder.string()));
    const auto space = space_of(folder);
    if (!space) {
        findings.fault(kFolder,
                       fmt::format("{} does not say how much room it has.", folder.string()));
        return {};
    }
    std::string room = fmt::format("{}: {}.", folder.string(), text_of(*space));
    if (judge(*space) == Level::kWell)
        findings.well(kFolder, std::move(room));
    else if (judge(*space) == Level::kWarning)
        findings.warn(kFolder, std::move(room), fmt::format("du -xh -d 2 {}", folder.string()));
    else
        findings.fault(kFolder, std::move(room), fmt::format("du -xh -d 2 {}", folder.string()));
    return {};
}

Result<void> examine_files(const Examination& examination) {
    const std::filesystem::path& folder = examination.context.settings.data_dir;
    auto secret = files_of(examination.database);
    secret.insert(secret.begin(), {folder, folder / "messages.log", folder / "documents"});
    for (const auto& path : secret)
        if (struct stat about{}; look_at(path, about) && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0)
            examination.findings.fault(kFolder,
                                       fmt::format("{} can be read by others.", path.string()),
                                       fmt::format("chmod go= {}", path.string()));
    return {};
}

Result<void> examine_secrets(const Examination& examination) {
    const Settings& settings = examination.context.settings;
    const auto path = settings.data_dir / security::kSecretsFileName;
    Findings& findings = examination.findings;
    struct stat about{};
    if (!settings.secret_key && !look_at(path, about)) {
        findings.fault(kSecrets,
                       fmt::format("There is no {}: put the installation's own there; "
                                   "that of a new one is made by its first start.",
                                   path.string()),
                       "segurifai serve");
        return {};
    }
    const bool is_open = !settings.secret_key && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    for (std::string& weakness :
         security::secret_weaknesses(settings.secret_key, settings.data_dir))
        findings.fault(kSecrets, std::move(weakness),
                       is_open ? fmt::format("chmod go= {}", path.string()) : std::string());
    if (findings.is_well(kSecrets))
        findings.well(kSecrets,
                      fmt::format("{}: nobody else reads them, and they are good.",
                                  settings.secret_key ? "SEGURIFAI_SECRET_KEY" : path.string()));
    return {};
}

}  // namespace segurifai::cli

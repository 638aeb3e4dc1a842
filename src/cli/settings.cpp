#include "cli/settings.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace segurifai::cli {
namespace {

/// The parts of a list joined by commas, without the empty ones and the spaces around.
std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(','), list.size());
        std::string_view part = list.substr(0, end);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        if (!part.empty()) parts.emplace_back(part);
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return parts;
}

}  // namespace

Settings Settings::from(const Environment& environment) {
    const auto given = [&](const char* name) -> std::optional<std::string> {
        auto value = environment(name);
        if (value && value->empty()) value.reset();
        return value;
    };
    return {.data_dir = given("SEGURIFAI_DATA_DIR").value_or("var"),
            .database_url = given("SEGURIFAI_DATABASE_URL"),
            .secret_key = given("SEGURIFAI_SECRET_KEY"),
            .trusted_proxies = split(given("SEGURIFAI_TRUSTED_PROXIES").value_or("")),
            .cors_origins = split(given("SEGURIFAI_CORS_ORIGINS").value_or("")),
            .rate_limits = given("SEGURIFAI_RATE_LIMITS"),
            .backups = given("SEGURIFAI_BACKUPS"),
            .backup_repository = given("SEGURIFAI_BACKUP_REPOSITORY")};
}

Settings Settings::of_process() {
    return from([](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at start
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    });
}

Outcome<sql::DatabaseUrl> Settings::database(const std::optional<std::string>& override_url) const {
    const std::optional<std::string>& chosen = override_url ? override_url : database_url;
    if (!chosen)
        return sql::DatabaseUrl{sql::Engine::kSqlite, (data_dir / "segurifai.db").string()};
    auto url = sql::DatabaseUrl::parse(*chosen);
    if (!url)
        return wrong_use(fmt::format(
            "{} {}",
            override_url ? "--database cannot be used." : "SEGURIFAI_DATABASE_URL cannot be used.",
            url.error().message));
    return *std::move(url);
}

std::filesystem::path Settings::repository() const {
    return backup_repository ? std::filesystem::path(*backup_repository) : data_dir / "backups";
}

std::optional<std::filesystem::path> Settings::repository_if_on() const {
    return backups == "off" ? std::nullopt : std::optional(repository());
}

bool Settings::keeps_log(const sql::DatabaseUrl& its) const {
    const auto own = database({});
    if (backups == "off" || !own || own->location != its.location) return false;
    std::error_code unreadable;  // a repository that cannot be looked at is none that is shipped to
    return std::filesystem::exists(repository() / "id", unreadable);
}

Result<void> Settings::make_data_dir() const {
    const std::string shown = data_dir.string();
    // Made by hand, one step at a time, because what is inside belongs to its owner alone.
    std::filesystem::path made;
    for (const auto& part : data_dir) {
        made /= part;
        if (mkdir(made.c_str(), S_IRWXU) == 0 || errno == EEXIST || errno == EISDIR) continue;
        if (errno == ENOSPC || errno == EDQUOT)
            return fail(Code::kDiskFull,
                        fmt::format("The data folder {} cannot be made: the disk is full.", shown));
        if (errno == ENOTDIR) break;  // told below, with the same sentence
        return fail(errno == EROFS ? Code::kReadOnly : Code::kPermission,
                    fmt::format("The data folder {} cannot be made ({}); make it yourself or name "
                                "another one with SEGURIFAI_DATA_DIR.",
                                shown, std::generic_category().message(errno)));
    }
    std::error_code ignored;  // what cannot be looked at is no usable folder either
    if (!std::filesystem::is_directory(data_dir, ignored))
        return fail(Code::kPermission,
                    fmt::format("The data folder {} is not a folder; name another one with "
                                "SEGURIFAI_DATA_DIR.",
                                shown));
    if (access(data_dir.c_str(), W_OK | X_OK) != 0)
        return fail(errno == EROFS ? Code::kReadOnly : Code::kPermission,
                    fmt::format("The data folder {} is not writable; change its owner or name "
                                "another one with SEGURIFAI_DATA_DIR.",
                                shown));
    return {};
}

}  // namespace segurifai::cli

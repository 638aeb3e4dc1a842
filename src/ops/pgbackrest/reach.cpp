#include "ops/pgbackrest/reach.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace segurifai::pgbackrest {
namespace {

constexpr mode_t kEnter = 01;
constexpr mode_t kWriteAndEnter = 03;

/// Whether the mode gives all of `wanted` (as the last digit of a mode has them) to `owner`.
bool may(const struct stat& about, Owner owner, mode_t wanted) {
    if (owner.user == 0) return true;
    const mode_t given = about.st_uid == owner.user    ? about.st_mode >> 6U
                         : about.st_gid == owner.group ? about.st_mode >> 3U
                                                       : about.st_mode;
    return (given & wanted) == wanted;
}

}  // namespace

std::optional<std::filesystem::path> barred_from(const std::filesystem::path& folder, Owner owner) {
    std::filesystem::path way;
    for (const auto& part : folder) {
        way /= part;
        struct stat about{};
        if (stat(way.c_str(), &about) != 0) {
            if (errno == ENOENT) return std::nullopt;  // made by make_reachable()
            return way;
        }
        if (!S_ISDIR(about.st_mode)) return way;
        if (!may(about, owner, way == folder ? kWriteAndEnter : kEnter)) return way;
    }
    return std::nullopt;
}

bool is_plain(std::string_view text) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-";
    return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
}

Result<bool> is_present(const std::filesystem::path& path) {
    std::error_code unseen;
    const bool is_there = std::filesystem::exists(path, unseen);
    if (!unseen) return is_there;
    const bool is_barred =
        unseen == std::errc::permission_denied || unseen == std::errc::operation_not_permitted;
    return fail(is_barred ? Code::kPermission : Code::kInternal,
                fmt::format("{}: {}", path.string(), unseen.message()));
}

Result<void> make_reachable(const std::filesystem::path& folder, Owner owner) {
    if (const auto barred = barred_from(folder, owner))
        return fail(
            Code::kPermission,
            fmt::format("The owner of the cluster's files (user {}) may not {} {}, and writes the "
                        "backups into {}: name a folder that this user reaches with --repository "
                        "or SEGURIFAI_BACKUP_REPOSITORY.",
                        owner.user, *barred == folder ? "write to" : "enter", barred->string(),
                        folder.string()));
    std::filesystem::path way;
    for (const auto& part : folder) {
        way /= part;
        if (mkdir(way.c_str(), S_IRWXU) != 0) {
            if (errno == EEXIST || errno == EISDIR) continue;
            return fail(Code::kPermission, fmt::format("{} cannot be made ({}).", way.string(),
                                                       std::generic_category().message(errno)));
        }
        if (geteuid() == 0 && chown(way.c_str(), owner.user, owner.group) != 0)
            return fail(Code::kPermission,
                        fmt::format("{} cannot be given to user {} ({}).", way.string(), owner.user,
                                    std::generic_category().message(errno)));
    }
    return {};
}

}  // namespace segurifai::pgbackrest

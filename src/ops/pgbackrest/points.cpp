#include "ops/pgbackrest/points.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <string_view>

#include "ops/backup/files.hpp"
#include "ops/pgbackrest/reach.hpp"
#include "sql/value.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::size_t kNameSizeMax = 63;
constexpr std::size_t kFileBytesMax = 64;

Result<void> refuse_odd(std::string_view name) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const bool is_plain = !name.empty() && name.size() <= kNameSizeMax && name.front() != '.' &&
                          name.front() != '-' &&
                          name.find_first_not_of(kPlain) == std::string_view::npos;
    if (is_plain) return {};
    return fail(Code::kInvalid,
                "A point's name has 1 to 63 letters, digits, '_', '-' and '.', and begins with a "
                "letter, a digit or '_'.");
}

std::filesystem::path folder_of(const PgBackRest& backups) {
    return backups.folder() / "points";
}

}  // namespace

Result<Instant> make_point(const PgBackRest& backups, sql::Session& session, Clock& clock,
                           const std::string& name) {
    SEGURIFAI_TRY(refuse_odd(name));
    backup::SystemFiles files;
    SEGURIFAI_TRY(files.make_folder(folder_of(backups)));
    SEGURIFAI_TRY(give_to_owner(folder_of(backups), backups.cluster().owner));
    const auto path = folder_of(backups) / name;
    SEGURIFAI_TRY_AS(const bool is_taken, is_present(path));
    if (is_taken) return fail(Code::kConflict, fmt::format("There is a point '{}' already.", name));
    const std::array params{sql::Value::text(name)};
    SEGURIFAI_TRY(session.one_text("SELECT pg_create_restore_point($1)::text", params));
    // It is in the archive with the log file that it is in, which is perhaps never filled.
    SEGURIFAI_TRY(session.script("SELECT pg_switch_wal()"));
    const Instant at = clock.now();
    SEGURIFAI_TRY(backup::write_whole(files, path, at.to_string()));
    SEGURIFAI_TRY(give_to_owner(path, backups.cluster().owner));
    return at;
}

Result<std::vector<std::string>> prune_points(const PgBackRest& backups, const Contents& contents) {
    std::vector<std::string> gone;
    const auto oldest = reachable_from(contents, backups.keeping());
    if (!oldest) return gone;
    backup::SystemFiles files;
    SEGURIFAI_TRY_AS(const auto names, files.list(folder_of(backups)));
    for (const std::string& name : names) {
        const auto path = folder_of(backups) / name;
        const auto text = backup::read_whole(files, path, kFileBytesMax);
        const bool is_other = !text && text.error().code == Code::kInvalid;  // too long for a time
        if (!text && !is_other) return std::unexpected(text.error());
        const auto at = text ? Instant::parse(*text) : std::nullopt;
        if (!at || *at >= *oldest) continue;
        SEGURIFAI_TRY(files.remove(path));
        gone.push_back(name);
    }
    return gone;
}

Result<Target> point_named(const PgBackRest& backups, const std::string& name) {
    SEGURIFAI_TRY(refuse_odd(name));
    backup::SystemFiles files;
    const auto path = folder_of(backups) / name;
    const auto text = backup::read_whole(files, path, kFileBytesMax);
    if (!text && text.error().code == Code::kNotFound)
        return fail(Code::kNotFound, fmt::format("There is no point '{}'; 'segurifai backup point' "
                                                 "makes one.",
                                                 name));
    if (!text) return std::unexpected(text.error());
    const auto at = Instant::parse(*text);
    if (!at) return fail(Code::kCorrupt, fmt::format("{} holds no time.", path.string()));
    return Target{.at = at, .point = name};
}

}  // namespace segurifai::pgbackrest

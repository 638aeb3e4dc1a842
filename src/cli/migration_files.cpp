#include "cli/migration_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "apps/migrations.hpp"
#include "base/descriptor.hpp"
#include "base/read_file.hpp"

namespace segurifai::cli {

namespace {

namespace fs = std::filesystem;

Error file_error(const fs::path& path, std::string_view what, int number) {
    const Code code = number == ENOSPC || number == EDQUOT  ? Code::kDiskFull
                      : number == EROFS                     ? Code::kReadOnly
                      : number == EACCES || number == EPERM ? Code::kPermission
                      : number == EEXIST                    ? Code::kConflict
                                                            : Code::kNotFound;
    return {.code = code,
            .message = fmt::format("{} cannot be {}: {}.", path.string(), what,
                                   std::generic_category().message(number))};
}

Outcome<std::optional<fs::path>> apps_folder(const Given& given) {
    std::error_code error;
    if (const auto source = given.value("--source")) {
        fs::path apps = fs::path(*source) / "src" / "apps";
        if (!fs::is_directory(apps, error))
            return wrong_use(
                fmt::format("{} is no source tree: it has no folder src/apps.", *source));
        return apps;
    }
    fs::path folder = fs::current_path(error);
    while (!error && !folder.empty()) {
        if (fs::path apps = folder / "src" / "apps"; fs::is_directory(apps, error)) return apps;
        if (folder == folder.root_path()) break;
        folder = folder.parent_path();
    }
    return std::nullopt;
}

Result<std::string> read_text(const fs::path& path) {
    auto text = read_file(path);
    if (!text) return std::unexpected(file_error(path, "read", text.error().value()));
    return *std::move(text);
}

Result<std::vector<migrate::MigrationSource>> read_sources(const fs::path& apps) {
    std::vector<migrate::MigrationSource> sources;
    std::error_code error;
    for (const auto& app : fs::directory_iterator(apps, error)) {
        const fs::path folder = app.path() / "migrations";
        std::error_code none;
        if (!fs::is_directory(folder, none)) continue;
        for (const auto& file : fs::directory_iterator(folder, error)) {
            if (file.path().extension() != ".toml") continue;
            SEGURIFAI_TRY_AS(std::string text, read_text(file.path()));
            sources.push_back({.app = app.path().filename().string(),
                               .name = file.path().stem().string(),
                               .text = std::move(text)});
        }
    }
    if (error) return std::unexpected(file_error(apps, "read", error.value()));
    std::ranges::sort(sources, {}, [](const migrate::MigrationSource& one) {
        return std::pair(one.app, one.name);
    });
    return sources;
}

Result<void> write_whole(int file, const fs::path& path, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return std::unexpected(file_error(path, "written", errno));
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0) return std::unexpected(file_error(path, "written", errno));
    return {};
}

}  // namespace

Outcome<RecordedHistory> recorded_history(const Given& given) {
    SEGURIFAI_TRY_AS(std::optional<fs::path> apps, apps_folder(given));
    if (!apps) {
        SEGURIFAI_TRY_AS(migrate::MigrationGraph graph, apps::embedded_history());
        return RecordedHistory{.graph = std::move(graph), .apps = std::nullopt};
    }
    SEGURIFAI_TRY_AS(const auto sources, read_sources(*apps));
    SEGURIFAI_TRY_AS(migrate::MigrationGraph graph, migrate::read_history(sources));
    return RecordedHistory{.graph = std::move(graph), .apps = std::move(apps)};
}

Result<fs::path> write_file(const fs::path& apps, const migrate::Migration& migration) {
    const fs::path folder = apps / migration.id.app / "migrations";
    fs::path path = folder / (migration.id.name + ".toml");
    const fs::path draft = folder / ("." + migration.id.name + ".toml.new");
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return std::unexpected(file_error(folder, "made", error.value()));
    Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.is_open()) return std::unexpected(file_error(draft, "made", errno));
    auto written = write_whole(file.number(), draft, migrate::write_migration(migration));
    file.close();
    // A link, unlike a rename, fails when the name is taken.
    if (written && ::link(draft.c_str(), path.c_str()) != 0)
        written = std::unexpected(file_error(path, "made", errno));
    ::unlink(draft.c_str());
    if (!written) return std::unexpected(std::move(written).error());
    return path;
}

Option source_option() {
    return {.name = "--source",
            .value = "DIR",
            .help = "the source tree; default: the one the working folder is in"};
}

}  // namespace segurifai::cli

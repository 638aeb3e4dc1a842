#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "base/read_file.hpp"
#include "cli/examination/examination.hpp"
#include "http/wire_server.hpp"

namespace segurifai::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kServer = "server";
constexpr std::string_view kOpenFiles = "open files";
constexpr std::uint64_t kFilesBesideConnections = 128;  ///< database, log, documents, backups

/// The words of a file of /proc. None when the process is another's, or went meanwhile: it may do
/// so before its file is opened, and before it is read.
std::vector<std::string> words_of(const fs::path& path) {
    std::vector<std::string> words;
    const auto text = read_file(path);
    if (!text) return words;
    for (const auto word : std::views::split(*text, '\0'))
        words.emplace_back(word.begin(), word.end());
    return words;
}

/// The data folder that a process of ours works in.
fs::path data_folder_of(const fs::path& process) {
    constexpr std::string_view kName = "SEGURIFAI_DATA_DIR=";
    fs::path folder = "var";
    for (const std::string& variable : words_of(process / "environ"))
        if (variable.starts_with(kName) && variable.size() > kName.size())
            folder = variable.substr(kName.size());
    std::error_code gone;
    const fs::path works_in = fs::read_symlink(process / "cwd", gone);
    return gone ? fs::path() : fs::weakly_canonical(works_in / folder, gone);
}

/// The process that serves from `data_dir`, among those that we may look at.
std::optional<pid_t> serving(const fs::path& data_dir) {
    std::error_code unreadable;
    const fs::path wanted = fs::weakly_canonical(fs::absolute(data_dir), unreadable);
    for (fs::directory_iterator at("/proc", unreadable), end; !unreadable && at != end;
         at.increment(unreadable)) {
        const std::string name = at->path().filename().string();
        pid_t pid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) continue;
        const auto words = words_of(at->path() / "cmdline");
        if (words.size() < 2 || words[1] != "serve" || fs::path(words[0]).filename() != "segurifai")
            continue;
        if (data_folder_of(at->path()) == wanted) return pid;
    }
    return std::nullopt;
}

/// How many files the process may have open; the soft limit.
std::optional<std::uint64_t> open_files_max(pid_t pid) {
    rlimit limit{};
    if (prlimit(pid, RLIMIT_NOFILE, nullptr, &limit) != 0) return std::nullopt;
    return limit.rlim_cur;
}

}  // namespace

Result<void> examine_server(const Examination& examination) {
    Findings& findings = examination.findings;
    const auto& folder = examination.context.settings.data_dir;
    const auto server = serving(folder);
    findings.well(kServer, server
                               ? fmt::format("Process {} serves from {}.", *server, folder.string())
                               : fmt::format("No server runs on {}.", folder.string()));
    const std::uint64_t needed = http::WireOptions{}.connections_max + kFilesBesideConnections;
    const auto limit = open_files_max(server.value_or(getpid()));
    if (!limit) {
        findings.warn(kOpenFiles, fmt::format("Process {} is another user's: how many files it may "
                                              "open is not known.",
                                              *server));
        return {};
    }
    if (*limit < needed)
        findings.warn(kOpenFiles,
                      fmt::format("{} may be open at once; the server holds up to {} connections. "
                                  "Before it starts (in systemd: LimitNOFILE={}).",
                                  *limit, http::WireOptions{}.connections_max, needed),
                      fmt::format("ulimit -n {}", needed));
    else
        findings.well(kOpenFiles, fmt::format("{} may be open at once.", *limit));
    return {};
}

}  // namespace segurifai::cli

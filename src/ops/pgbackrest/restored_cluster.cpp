#include "ops/pgbackrest/restored_cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <fstream>
#include <string_view>
#include <thread>
#include <utility>

#include "ops/pgbackrest/reach.hpp"
#include "sql/session.hpp"

namespace segurifai::pgbackrest {
namespace {

// It shares its machine with the server it was restored from, so its port is only a name.
constexpr int kPort = 54'320;
constexpr std::string_view kPatience = "86400";  // seconds, for the log of a long time
constexpr std::chrono::milliseconds kLook{100};
// Without a command PostgreSQL keeps for the archive what it would archive.
constexpr std::string_view kMarksItsLog = "-c archive_mode=on -c archive_command=";
constexpr std::string_view kForgetsItsLog = "-c archive_mode=off";

// Whatever the settings say that it comes with: its data are the restored ones, nobody else's file
// is written, and what it says is in its log. Only its owner comes to its socket, so it needs
// neither certificates, whose key may be another group's, nor passwords.
constexpr std::string_view kOwnWays =
    "-c external_pid_file= -c ssl=off -c logging_collector=off -c listen_addresses=";
constexpr std::string_view kAdmittance = "local all all trust\n";

constexpr const char* kAdmittanceFile = "segurifai_hba.conf";
constexpr const char* kSocketFolder = "segurifai_socket";
constexpr std::size_t kSocketPathMax = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kLastLines = 5;

std::string log_in(const std::filesystem::path& data) {
    return data / "segurifai_restore.log";
}

Result<void> write_admittance(const std::filesystem::path& path, Owner owner) {
    std::ofstream file(path, std::ios::trunc);
    file << kAdmittance << std::flush;
    if (!file) return fail(Code::kPermission, fmt::format("{} cannot be written.", path.string()));
    return give_to_owner(path, owner);
}

/// The option that names the settings, where they were not restored with the data.
Result<std::string> settings_for(const Cluster& like, const std::filesystem::path& data) {
    SEGURIFAI_TRY_AS(const bool has_own, is_present(data / "postgresql.conf"));
    if (has_own) return std::string();
    if (!is_plain(like.settings.string()))
        return fail(Code::kInvalid,
                    fmt::format("\"{}\": the server's settings are only taken from a file whose "
                                "name is of letters, digits and /._- here.",
                                like.settings.string()));
    return fmt::format("-c config_file={}", like.settings.string());
}

}  // namespace

RestoredCluster::RestoredCluster(Cluster like, std::filesystem::path data)
    : like_(std::move(like)), data_(std::move(data)), socket_(data_ / kSocketFolder) {}

Result<void> RestoredCluster::check_name(const std::filesystem::path& data) {
    // pg_ctl starts the server through a shell.
    if (!is_plain(data.string()))
        return fail(
            Code::kInvalid,
            fmt::format("\"{}\": a cluster is only restored into folders whose names are of "
                        "letters, digits and /._- here.",
                        data.string()));
    const std::size_t more =
        (data / kSocketFolder / fmt::format(".s.PGSQL.{}", kPort)).string().size() -
        data.string().size();
    if (data.string().size() + more <= kSocketPathMax) return {};
    return fail(Code::kInvalid,
                fmt::format("{} is too long: the path of a folder that a cluster is restored into "
                            "has at most {} bytes, because a socket is in it.",
                            data.string(), kSocketPathMax - more));
}

Result<std::unique_ptr<RestoredCluster>> RestoredCluster::start(const Cluster& like,
                                                                std::filesystem::path data,
                                                                std::function<bool()> stopped,
                                                                Purpose purpose) {
    SEGURIFAI_TRY(check_name(data));
    std::unique_ptr<RestoredCluster> cluster(new RestoredCluster(like, std::move(data)));
    const auto& socket = cluster->socket_;
    if ((mkdir(socket.c_str(), 0700) != 0 && errno != EEXIST) ||
        (geteuid() == 0 && chown(socket.c_str(), like.owner.user, like.owner.group) != 0))
        return fail(Code::kPermission, fmt::format("{} cannot be made.", socket.string()));
    const auto admittance = cluster->data_ / kAdmittanceFile;
    SEGURIFAI_TRY(write_admittance(admittance, like.owner));
    SEGURIFAI_TRY_AS(const std::string settings, settings_for(like, cluster->data_));
    const std::string options = fmt::format(
        "{} -c data_directory={} -c hba_file={} {} -c unix_socket_directories={} -p {} "
        "{}",
        settings, cluster->data_.string(), admittance.string(), kOwnWays, socket.string(), kPort,
        purpose == Purpose::kServe ? kMarksItsLog : kForgetsItsLog);
    cluster->is_running_ = true;  // perhaps, whatever comes of pg_ctl
    SEGURIFAI_TRY_AS(const ProgramEnd end,
                     run_program({(like.programs / "pg_ctl").string(), "-D",
                                  cluster->data_.string(), "-l", log_in(cluster->data_), "-o",
                                  options, "-w", "-t", std::string(kPatience), "start"},
                                 like.owner, {.stopped = stopped}));
    if (end.status != 0)
        return fail(Code::kCorrupt, fmt::format("The restored server did not come up: {}",
                                                cluster->last_words(end.errors)));
    SEGURIFAI_TRY(cluster->wait_for_the_moment(stopped));
    return cluster;
}

/// However much log there is to bring in: as long as the server lives, it goes on.
Result<void> RestoredCluster::wait_for_the_moment(const std::function<bool()>& stopped) {
    for (;;) {
        if (stopped && stopped()) return fail(Code::kBusy, "The restore was told to stop.");
        if (const auto session = sql::open_session(url())) {
            const auto recovers = (*session)->one_integer("SELECT pg_is_in_recovery()::int::int8");
            if (recovers && *recovers == 0) return {};
        }
        SEGURIFAI_TRY_AS(const ProgramEnd end, run_program({(like_.programs / "pg_ctl").string(),
                                                            "-D", data_.string(), "status"},
                                                           like_.owner));
        if (end.status != 0) {
            is_running_ = false;
            return fail(Code::kCorrupt,
                        fmt::format("The restored server ended: {}", last_words("")));
        }
        std::this_thread::sleep_for(kLook);
    }
}

Result<void> RestoredCluster::end_left_over(const Cluster& like,
                                            const std::filesystem::path& data) {
    SEGURIFAI_TRY_AS(const bool is_left, is_present(data / "postmaster.pid"));
    if (!is_left) return {};
    SEGURIFAI_TRY_AS(const ProgramEnd status, run_program({(like.programs / "pg_ctl").string(),
                                                           "-D", data.string(), "status"},
                                                          like.owner));
    if (status.status != 0) return {};
    SEGURIFAI_TRY_AS(const ProgramEnd end,
                     run_program({(like.programs / "pg_ctl").string(), "-D", data.string(), "-m",
                                  "immediate", "-w", "stop"},
                                 like.owner));
    if (end.status == 0) return {};
    return fail(Code::kInternal,
                fmt::format("The server on {} did not end: {}", data.string(), end.errors));
}

sql::DatabaseUrl RestoredCluster::url() const {
    return {.engine = sql::Engine::kPostgres,
            .location = fmt::format("postgresql:///{}?host={}&port={}&user={}", like_.database,
                                    socket_.string(), kPort, like_.user)};
}

Result<void> RestoredCluster::stop() {
    if (!std::exchange(is_running_, false)) return {};
    SEGURIFAI_TRY_AS(const ProgramEnd end, run_program({(like_.programs / "pg_ctl").string(), "-D",
                                                        data_.string(), "-m", "fast", "-w", "stop"},
                                                       like_.owner));
    if (end.status != 0)
        return fail(Code::kInternal,
                    fmt::format("The restored server did not end: {}", last_words(end.errors)));
    std::error_code ignored;  // what stays of these harms nobody
    std::filesystem::remove(socket_, ignored);
    std::filesystem::remove(data_ / kAdmittanceFile, ignored);
    return {};
}

RestoredCluster::~RestoredCluster() {
    (void)stop();  // the log of the server says why it did not
}

/// What the server said last that was no mere progress, or else its last lines: the log goes with
/// the files. `otherwise` where it said nothing.
std::string RestoredCluster::last_words(std::string_view otherwise) const {
    std::ifstream file(log_in(data_));
    std::string found;
    std::deque<std::string> last;
    for (std::string line; std::getline(file, line);) {
        // A session that comes too early is told so with the same word.
        const bool is_end = (line.contains("FATAL") || line.contains("PANIC")) &&
                            !line.contains("the database system is ");
        if (is_end) found = line;
        last.push_back(std::move(line));
        if (last.size() > kLastLines) last.pop_front();
    }
    if (!found.empty()) return found;
    if (!last.empty()) return fmt::format("{}", fmt::join(last, " | "));
    return std::string(otherwise.empty() ? "it said nothing" : otherwise);
}

}  // namespace segurifai::pgbackrest

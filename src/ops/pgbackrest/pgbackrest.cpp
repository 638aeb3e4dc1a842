#include "ops/pgbackrest/pgbackrest.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cerrno>
#include <fstream>
#include <ranges>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "ops/pgbackrest/reach.hpp"
#include "ops/pgbackrest/timelines.hpp"
#include "ops/pgbackrest/verification.hpp"
#include "security/encoding.hpp"
#include "security/mac.hpp"

namespace segurifai::pgbackrest {
namespace {

namespace json = boost::json;

constexpr std::string_view kStanza = "segurifai";
constexpr mode_t kOwnerOnly = 0700;
constexpr std::int64_t kMicros = 1'000'000;
constexpr std::size_t kLogNameSize = 24;
constexpr std::uintmax_t kLogBytes = 4ULL << 30U;  // in Cluster::log_parts files
constexpr std::uintmax_t kRoomLogFiles = 2;        // where fewer fit, the disk is full
constexpr std::size_t kFaultsMax = 100;            // that are told one by one

// {} in order: repository, full days, fulls that keep their log, passphrase, spool and lock
// folders, data folder, port, socket folder, user, database. Block increments stay off: they are
// not safe before pgBackRest 2.51. There is no archive-push-queue-max: it drops the log in silence.
// No file of what it does: it would only grow, and where it cannot be written on a full disk
// pgBackRest ends on the spot and leaves its helper behind, with the lock, for half a minute. What
// matters it says to whoever runs it. archive-timeout: after three failures PostgreSQL tries to
// archive again only after a minute, and a backup made when the disk has room again waits for that.
constexpr std::string_view kConfiguration = R"([global]
repo1-path={}
repo1-retention-full-type=time
repo1-retention-full={}
repo1-retention-archive-type=full
repo1-retention-archive={}
repo1-cipher-type=aes-256-cbc
repo1-cipher-pass={}
repo1-bundle=y
compress-type=zst
start-fast=y
delta=y
archive-async=y
archive-timeout=150
spool-path={}
lock-path={}
log-level-console=warn
log-level-file=off

[segurifai]
pg1-path={}
pg1-port={}
pg1-socket-path={}
pg1-user={}
pg1-database={}
)";

Error system_error(const std::filesystem::path& path) {
    const int fault = errno;
    const Code code = fault == ENOSPC                     ? Code::kDiskFull
                      : fault == EROFS                    ? Code::kReadOnly
                      : fault == EACCES || fault == EPERM ? Code::kPermission
                                                          : Code::kInternal;
    return {
        .code = code,
        .message = fmt::format("{}: {}", path.string(), std::generic_category().message(fault))};
}

Result<void> make_folder(const std::filesystem::path& folder, Owner owner) {
    if (mkdir(folder.c_str(), kOwnerOnly) != 0 && errno != EEXIST)
        return std::unexpected(system_error(folder));
    if (geteuid() == 0 && chown(folder.c_str(), owner.user, owner.group) != 0)
        return std::unexpected(system_error(folder));
    return {};
}

Result<Instant> changed_at(const std::filesystem::path& path) {
    struct stat found{};
    if (stat(path.c_str(), &found) != 0) return std::unexpected(system_error(path));
    constexpr std::int64_t kNanosOfMicro = 1000;
    return Instant{.micros =
                       found.st_mtim.tv_sec * kMicros + found.st_mtim.tv_nsec / kNanosOfMicro};
}

/// Under a temporary name first: a half configuration is never seen.
Result<void> write_private_file(const std::filesystem::path& path, std::string_view text,
                                Owner owner) {
    const std::filesystem::path part = path.string() + ".part";
    Descriptor file(open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) return std::unexpected(system_error(part));
    const bool written =
        write(file.number(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fchmod(file.number(), 0600) == 0 &&
        (geteuid() != 0 || fchown(file.number(), owner.user, owner.group) == 0) &&
        fdatasync(file.number()) == 0;
    if (!written) return std::unexpected(system_error(part));
    file.close();
    if (rename(part.c_str(), path.c_str()) != 0) return std::unexpected(system_error(path));
    return {};
}

/// Of a configuration that is there; empty when it has none.
std::string passphrase_in(const std::filesystem::path& configuration) {
    constexpr std::string_view kName = "repo1-cipher-pass=";
    std::ifstream file(configuration);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(kName)) return line.substr(kName.size());
    return {};
}

Instant instant_of(const json::value& seconds) {
    return {.micros = seconds.to_number<std::int64_t>() * kMicros};
}

Copy copy_of(const json::value& backup) {
    Copy copy;
    copy.label = backup.at("label").as_string();
    copy.is_full = backup.at("type").as_string() == "full";
    copy.full = copy.label.substr(0, copy.label.find('_'));
    copy.begun = instant_of(backup.at("timestamp").at("start"));
    copy.ended = instant_of(backup.at("timestamp").at("stop"));
    copy.first_log = backup.at("archive").at("start").as_string();
    copy.last_log = backup.at("archive").at("stop").as_string();
    copy.timeline = timeline_of(copy.last_log).value();
    copy.last_position = log_position(backup.at("lsn").at("stop").as_string()).value();
    copy.bytes = backup.at("info").at("size").to_number<std::int64_t>();
    copy.stored_bytes = backup.at("info").at("repository").at("delta").to_number<std::int64_t>();
    const json::value* const faulty = backup.as_object().if_contains("error");
    copy.is_faulty = faulty != nullptr && faulty->is_bool() && faulty->as_bool();
    return copy;
}

/// `text` as pgBackRest's info writes it. Throws what Boost.JSON and Result::value() throw.
Contents contents_of(std::string_view text) {
    Contents contents;
    const json::value all = json::parse(text);
    if (all.as_array().empty()) return contents;
    const json::value& stanza = all.as_array().front();
    for (const json::value& backup : stanza.at("backup").as_array())
        contents.copies.push_back(copy_of(backup));
    for (const json::value& log : stanza.at("archive").as_array()) {
        if (!log.at("min").is_string()) continue;
        contents.archive = log.at("id").as_string();
        if (contents.first_log.empty()) contents.first_log = log.at("min").as_string();
        contents.last_log = log.at("max").as_string();
    }
    const json::value& status = stanza.at("status");
    constexpr std::int64_t kNoBackupYet = 2;
    const auto code = status.at("code").to_number<std::int64_t>();
    if (code != 0 && code != kNoBackupYet) contents.fault = status.at("message").as_string();
    return contents;
}

/// The complaint in what pgBackRest said, on one line: "[041]: unable to open ...". Hints that
/// follow it belong to it.
std::string complaint_in(std::string_view said) {
    constexpr std::string_view kMark = "ERROR: ";
    if (const auto at = said.find(kMark); at != std::string_view::npos)
        said.remove_prefix(at + kMark.size());
    std::string line;
    for (const char c : said)
        if (c != '\n' && (c != ' ' || !line.ends_with(' ')))
            line += c;
        else if (!line.ends_with(' '))
            line += ' ';
    while (line.ends_with(' ')) line.pop_back();
    return line;
}

/// pgBackRest ends with a number of its own, and quotes the system: the disk of the lock may be the
/// one that is full.
Code code_of(int status, std::string_view complaint) {
    constexpr int kLocked = 50;
    if (complaint.contains("No space left on device")) return Code::kDiskFull;
    if (complaint.contains("Read-only file system")) return Code::kReadOnly;
    if (complaint.contains("Permission denied")) return Code::kPermission;
    if (status == kLocked) return Code::kBusy;
    return Code::kInternal;
}

}  // namespace

std::int64_t fulls_with_log(const Contents& contents, const Keeping& keeping) noexcept {
    std::int64_t fulls = 0;
    for (const Copy& copy : std::views::reverse(contents.copies)) {
        if (!copy.is_full) continue;
        ++fulls;
        const std::int64_t age = contents.copies.back().ended.micros - copy.ended.micros;
        if (age >= keeping.log_days * kMicrosPerDay) break;
    }
    return std::max(fulls, keeping.log_days);
}

std::optional<Instant> reachable_from(const Contents& contents, const Keeping& keeping) noexcept {
    std::optional<Instant> from;
    const std::int64_t kept = fulls_with_log(contents, keeping);
    std::int64_t fulls = 0;
    for (const Copy& copy : std::views::reverse(contents.copies)) {
        if (!copy.is_full) continue;
        if (++fulls > kept) break;
        from = Instant{copy.ended.micros + kMicros};  // pgBackRest tells whole seconds
    }
    return from;
}

std::optional<Instant> whole_from(const Contents& contents, const Keeping& keeping,
                                  const std::set<std::string>& logs, std::uint64_t parts) {
    std::optional<Instant> from;
    const std::int64_t kept = fulls_with_log(contents, keeping);
    std::int64_t fulls = 0;
    std::string until;  // where the log of the next one begins
    for (const Copy& copy : std::views::reverse(contents.copies)) {
        if (!copy.is_full) continue;
        if (++fulls > kept) break;
        if (from && !missing_logs(logs, copy.first_log, until, parts).empty()) break;
        from = Instant{copy.ended.micros + kMicros};
        until = copy.first_log;
    }
    return from;
}

Result<PgBackRest> PgBackRest::make(Cluster cluster, std::filesystem::path folder,
                                    const Keeping& keeping) {
    for (const std::string& text : {folder.string(), cluster.data.string(), cluster.socket.string(),
                                    cluster.user, cluster.database})
        if (!is_plain(text))
            return fail(Code::kInvalid,
                        fmt::format("\"{}\": pgBackRest is only told names of letters, digits and "
                                    "/._- here.",
                                    text));
    if (!folder.is_absolute())
        return fail(Code::kInvalid, fmt::format("{}: the server needs the whole path of the "
                                                "repository.",
                                                folder.string()));
    return PgBackRest(std::move(cluster), std::move(folder), keeping);
}

std::string PgBackRest::archive_command() const {
    return fmt::format("pgbackrest --config={} --stanza={} archive-push %p",
                       configuration().string(), kStanza);
}

/// Not ahead of the server, as the configuration has it for the archiving: what reads ahead is a
/// process of its own that outlives a server that was killed, and all servers share its folder.
/// The server runs it in the folder of its data.
std::string PgBackRest::restore_command() const {
    return fmt::format(
        "pgbackrest --config={} --stanza={} --pg1-path=\"$PWD\" --no-archive-async "
        "archive-get %f \"%p\"",
        configuration().string(), kStanza);
}

Result<void> PgBackRest::write_configuration(const security::Key& key) const {
    const std::filesystem::path path = configuration();
    SEGURIFAI_TRY_AS(const bool is_there, is_present(path));
    std::string passphrase = is_there ? passphrase_in(path) : std::string();
    if (passphrase.empty())
        passphrase = security::base64url(security::Mac(key).of("pgbackrest", "repository"));
    const std::string text =
        fmt::format(fmt::runtime(kConfiguration), (folder_ / "repository").string(),
                    keeping_.full_days, keeping_.log_days, passphrase, (folder_ / "spool").string(),
                    (folder_ / "lock").string(), cluster_.data.string(), cluster_.port,
                    cluster_.socket.string(), cluster_.user, cluster_.database);
    return write_private_file(path, text, cluster_.owner);
}

Result<void> PgBackRest::make_folders() const {
    std::error_code fault;
    std::filesystem::create_directories(folder_.parent_path(), fault);
    if (fault)
        return fail(Code::kPermission,
                    fmt::format("{}: {}", folder_.parent_path().string(), fault.message()));
    for (const char* part : {"", "repository", "spool", "lock"})
        SEGURIFAI_TRY(make_folder(folder_ / part, cluster_.owner));
    SEGURIFAI_TRY_AS(const ProgramEnd reach,
                     run_program({"test", "-w", folder_.string()}, cluster_.owner));
    if (reach.status == 0) return {};
    return fail(Code::kPermission,
                fmt::format("{} is out of reach for the owner of the database's files, as whom "
                            "pgBackRest runs: name another folder with --repository or "
                            "SEGURIFAI_BACKUP_REPOSITORY.",
                            folder_.string()));
}

Result<bool> PgBackRest::set_up(sql::Session& session, const security::Key& key) {
    SEGURIFAI_TRY(make_folders());
    SEGURIFAI_TRY(write_configuration(key));
    // Before the server knows the command: after three failures it would not try for a minute.
    SEGURIFAI_TRY(run({"stanza-create"}));
    SEGURIFAI_TRY(session.script("ALTER SYSTEM SET archive_mode = 'on'"));
    SEGURIFAI_TRY(session.script("ALTER SYSTEM SET archive_timeout = '60s'"));
    SEGURIFAI_TRY(
        session.script(fmt::format("ALTER SYSTEM SET archive_command = '{}'", archive_command())));
    SEGURIFAI_TRY(session.script("SELECT pg_reload_conf()"));
    SEGURIFAI_TRY_AS(const auto mode, session.one_text("SELECT current_setting('archive_mode')"));
    if (mode == "off") return true;
    SEGURIFAI_TRY(run({"check"}));
    return false;
}

Result<bool> PgBackRest::is_set_up() const {
    // What stanza-create leaves behind.
    return is_present(folder_ / "repository" / "archive" / kStanza / "archive.info");
}

std::optional<std::string> PgBackRest::full_disk() const {
    std::error_code unknown;
    const auto space = std::filesystem::space(folder_, unknown);
    // A backup is whole when the log of its time has arrived.
    const std::uintmax_t needed = kRoomLogFiles * kLogBytes / cluster_.log_parts;
    if (unknown || space.available >= needed) return std::nullopt;
    return fmt::format("The disk of {} is full: {} bytes are left, and the log alone needs {}.",
                       folder_.string(), space.available, needed);
}

Result<void> PgBackRest::back_up(bool full) const {
    // It would wait for the log to arrive, and there is nowhere for it to go.
    if (auto why = full_disk()) return fail(Code::kDiskFull, *std::move(why));
    // It lets old log go when it is done.
    SEGURIFAI_TRY_AS(const Contents before, contents());
    const std::int64_t kept = fulls_with_log(before, keeping_) + (full ? 1 : 0);
    SEGURIFAI_TRY(run({keeping_log_of(kept), full ? "--type=full" : "--type=incr", "backup"}));
    return {};
}

Result<Contents> PgBackRest::contents() const {
    SEGURIFAI_TRY_AS(const ProgramEnd end, run({"info", "--output=json"}));
    try {
        return contents_of(end.output);
    } catch (const std::exception& unreadable) {
        return fail(Code::kCorrupt,
                    fmt::format("pgBackRest's list of backups: {}", unreadable.what()));
    }
}

Result<std::vector<std::string>> PgBackRest::verify() const {
    SEGURIFAI_TRY_AS(const ProgramEnd end, run({"--log-level-console=info", "verify"}));
    std::vector<std::string> faults = faults_in(end.output);
    SEGURIFAI_TRY_AS(const std::vector<std::string> missing, missing_log_files());
    for (const std::string& name : missing) {
        if (faults.size() >= kFaultsMax) break;
        faults.push_back(fmt::format("The log file {} is missing in the archive.", name));
    }
    return faults;
}

/// pgBackRest's verify does not notice them. Every copy needs those of its own time; from the
/// oldest full whose log is kept on, all are needed.
Result<std::vector<std::string>> PgBackRest::missing_log_files() const {
    SEGURIFAI_TRY_AS(const Contents have, contents());
    SEGURIFAI_TRY_AS(const std::set<std::string> present, logs());
    std::set<std::string> missing;
    const auto need = [&](const std::string& first, const std::string& last) {
        for (std::string& name : missing_logs(present, first, last, cluster_.log_parts))
            missing.insert(std::move(name));
    };
    const std::int64_t kept = fulls_with_log(have, keeping_);
    std::int64_t fulls = 0;
    for (const Copy& copy : std::views::reverse(have.copies)) {
        need(copy.first_log, copy.last_log);
        if (copy.is_full && ++fulls <= kept) need(copy.first_log, have.last_log);
    }
    return std::vector<std::string>(missing.begin(), missing.end());
}

std::string PgBackRest::keeping_log_of(std::int64_t fulls) {
    return fmt::format("--repo1-retention-archive={}", fulls);
}

Result<std::set<std::string>> PgBackRest::logs() const {
    std::set<std::string> present;
    std::error_code unreadable;
    const auto archive = folder_ / "repository" / "archive" / kStanza;
    SEGURIFAI_TRY_AS(const bool is_there, is_present(archive));
    if (!is_there) return present;  // nothing was archived yet
    for (std::filesystem::recursive_directory_iterator at(archive, unreadable), end;
         !unreadable && at != end; at.increment(unreadable)) {
        const std::string name = at->path().filename().string();
        if (name.size() > kLogNameSize && name[kLogNameSize] == '-')
            present.insert(name.substr(0, kLogNameSize));
    }
    if (unreadable)
        return fail(Code::kPermission,
                    fmt::format("{}: {}", archive.string(), unreadable.message()));
    return present;
}

Result<std::vector<std::string>> PgBackRest::prune(Instant now) const {
    SEGURIFAI_TRY_AS(const Contents before, contents());
    const std::string kept = keeping_log_of(fulls_with_log(before, keeping_));
    const Instant oldest{.micros = now.micros - keeping_.increment_days * kMicrosPerDay};
    // The first increment of each full that is too old goes, and with it those that stand on it;
    // those are older than the next ones' limit only when they are old themselves, so the limit is
    // asked of the last one.
    for (const Copy& full : before.copies) {
        if (!full.is_full) continue;
        std::vector<const Copy*> increments;
        for (const Copy& copy : before.copies)
            if (!copy.is_full && copy.full == full.label) increments.push_back(&copy);
        if (increments.empty() || increments.back()->ended >= oldest) continue;
        SEGURIFAI_TRY(run({"--set=" + increments.front()->label, kept, "expire"}));
    }
    SEGURIFAI_TRY(run({kept, "expire"}));
    SEGURIFAI_TRY_AS(const Contents after, contents());
    std::vector<std::string> gone;
    for (const Copy& copy : before.copies)
        if (std::ranges::find(after.copies, copy.label, &Copy::label) == after.copies.end())
            gone.push_back(copy.label);
    return gone;
}

Result<std::vector<Timeline>> PgBackRest::timelines_in(const std::string& archive) const {
    constexpr std::string_view kHistory = ".history";
    std::vector<Timeline> timelines;
    if (archive.empty()) return timelines;
    const auto folder = folder_ / "repository" / "archive" / kStanza / archive;
    std::error_code unreadable;
    for (std::filesystem::directory_iterator at(folder, unreadable), end; !unreadable && at != end;
         at.increment(unreadable)) {
        if (at->path().extension() != kHistory) continue;
        SEGURIFAI_TRY_AS(const std::uint32_t number, timeline_of(at->path().stem().string()));
        SEGURIFAI_TRY_AS(const Instant begun, changed_at(at->path()));
        timelines.push_back({.number = number, .begun = begun});
    }
    if (unreadable)
        return fail(Code::kPermission,
                    fmt::format("{}: {}", folder.string(), unreadable.message()));
    return timelines;
}

/// pgBackRest itself would begin with the newest copy, which may be of later than a named point, or
/// than the moment at which the server of today left the one before it.
Result<PgBackRest::Start> PgBackRest::start_for(const Target& to) const {
    SEGURIFAI_TRY_AS(const Contents have, contents());
    SEGURIFAI_TRY_AS(const std::vector<Timeline> timelines, timelines_in(have.archive));
    const std::uint32_t timeline = timeline_at(have.copies, timelines, to.at);
    Ancestry ancestry;
    if (std::ranges::find(timelines, timeline, &Timeline::number) != timelines.end()) {
        SEGURIFAI_TRY_AS(const ProgramEnd history,
                         run({"repo-get", fmt::format("archive/{}/{}/{:08X}.history", kStanza,
                                                      have.archive, timeline)}));
        SEGURIFAI_TRY_AS(ancestry, ancestry_in(history.output));
    }
    const Copy* const copy = copy_for(have.copies, timeline, ancestry, to.at);
    if (copy == nullptr)
        return fail(Code::kNotFound,
                    to.at ? fmt::format("No backup is as old as {}.", to.at->to_string())
                    : have.copies.empty()
                        ? "There is no backup."
                        : fmt::format("There is no backup that the server's timeline {} comes "
                                      "from: make one.",
                                      timeline));
    return Start{.label = copy->label, .timeline = timeline};
}

Result<void> PgBackRest::restore_files(const Target& to, const std::filesystem::path& into) const {
    SEGURIFAI_TRY_AS(const bool is_taken, is_present(into));
    if (is_taken) return fail(Code::kConflict, fmt::format("{} is there already.", into.string()));
    SEGURIFAI_TRY_AS(const Start start, start_for(to));
    SEGURIFAI_TRY(make_folder(into, cluster_.owner));
    // pgBackRest empties the spool folder of what it restores over, and the one of the
    // configuration is in use: the server that was backed up leaves there what it has archived.
    std::vector<std::string> words{"--no-delta",
                                   "--pg1-path=" + into.string(),
                                   "--spool-path=" + (folder_ / "no-spool").string(),
                                   "--recovery-option=restore_command=" + restore_command(),
                                   "--set=" + start.label,
                                   fmt::format("--target-timeline={}", start.timeline)};
    if (!to.point.empty()) {
        words.insert(words.end(),
                     {"--type=name", "--target=" + to.point, "--target-action=promote"});
    } else if (to.at) {
        std::string target = to.at->to_string();  // RFC 3339, in UTC
        target.replace(target.find('T'), 1, " ");
        target.replace(target.find('Z'), 1, "+00");
        words.insert(words.end(), {"--type=time", "--target=" + target, "--target-action=promote"});
    } else {
        words.emplace_back("--type=default");
    }
    words.emplace_back("restore");
    SEGURIFAI_TRY(run(std::move(words)));
    return {};
}

Result<ProgramEnd> PgBackRest::run(std::vector<std::string> words) const {
    SEGURIFAI_TRY_AS(const bool is_configured, is_present(configuration()));
    if (!is_configured)
        return fail(Code::kNotFound,
                    fmt::format("There are no backups in {}; run 'segurifai backup setup'.",
                                folder_.string()));
    const std::vector<std::string> first{"pgbackrest", "--config=" + configuration().string(),
                                         fmt::format("--stanza={}", kStanza)};
    words.insert(words.begin(), first.begin(), first.end());
    SEGURIFAI_TRY_AS(ProgramEnd end,
                     run_program(std::move(words), cluster_.owner, {.stopped = stopped_}));
    if (end.status == 0) return end;
    std::string complaint = complaint_in(end.errors.empty() ? end.output : end.errors);
    Code code = code_of(end.status, complaint);
    // Where a disk fills while it writes it names another cause, or none.
    if (code == Code::kInternal)
        if (const auto why = full_disk()) {
            code = Code::kDiskFull;
            complaint += fmt::format(" ({})", *why);
        }
    return fail(code, fmt::format("pgBackRest: {}", complaint));
}

}  // namespace segurifai::pgbackrest

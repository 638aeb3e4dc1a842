#include "ops/backup/verify.hpp"

#include <fmt/format.h>

#include <chrono>

#include "ops/backup/background.hpp"
#include "ops/backup/database_file.hpp"
#include "ops/backup/log_files.hpp"
#include "sql/interruption.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {
namespace {

constexpr std::string_view kSideName = "restore-drill.db";
constexpr std::string_view kSideLockName = "restore-drill.lock";
constexpr std::int64_t kMicrosPerMinute = 60'000'000;

/// The side place's file, gone at the end with what SQLite put beside it.
class SideFile {
public:
    SideFile(Files& files, std::filesystem::path path) : files_(files), path_(std::move(path)) {}
    ~SideFile() { static_cast<void>(remove()); }  // the next drill removes what is left
    SideFile(const SideFile&) = delete;
    SideFile& operator=(const SideFile&) = delete;

    [[nodiscard]] Result<void> remove() { return remove_database(files_, path_); }

private:
    Files& files_;
    std::filesystem::path path_;
};

Result<void> count_rows(sql::Session& session, Examined& examined, const Stopped& stopped) {
    std::vector<std::string> tables;
    auto sink = sql::each_row([&](const sql::Row& row) { tables.emplace_back(row.text(0)); });
    SEGURIFAI_TRY(session.run(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'", {},
        &sink));
    for (const std::string& table : tables) {
        SEGURIFAI_TRY(check_going_on(stopped));
        SEGURIFAI_TRY_AS(const auto rows, session.one_integer(fmt::format("SELECT count(*) FROM {}",
                                                                          sql::quoted(table))));
        examined.rows += rows.value_or(0);
        ++examined.tables;
    }
    return {};
}

Result<void> examine(sql::Session& session, Examined& examined, const Stopped& stopped) {
    SEGURIFAI_TRY_AS(const auto integrity, session.one_text("PRAGMA integrity_check"));
    if (integrity != "ok")
        return fail(Code::kCorrupt, fmt::format("The restored database is damaged: {}",
                                                integrity.value_or("no answer")));
    SEGURIFAI_TRY(check_going_on(stopped));
    SEGURIFAI_TRY_AS(const auto orphan, session.one_text("PRAGMA foreign_key_check"));
    if (orphan)
        return fail(Code::kCorrupt,
                    fmt::format("In the restored database a row of {} has no parent.", *orphan));
    SEGURIFAI_TRY_AS(const auto canary, session.one_integer("PRAGMA user_version"));
    examined.canary_minute = canary.value_or(0);
    return count_rows(session, examined, stopped);
}

Result<void> examine(const std::filesystem::path& path, Examined& examined,
                     const Stopped& stopped) {
    SEGURIFAI_TRY(check_going_on(stopped));
    SEGURIFAI_TRY_AS(const auto session,
                     sql::open_session({sql::Engine::kSqlite, path.string()}, {.create = false}));
    // The check of a gigabyte takes longer than whoever ends a server waits for it.
    const sql::Interruption interruption(*session, stopped);
    auto examination = examine(*session, examined, stopped);
    if (!examination) SEGURIFAI_TRY(check_going_on(stopped));
    return examination;
}

/// No room there, or no right: the backups may be good.
bool is_of_the_side_folder(Code code) noexcept {
    return code == Code::kDiskFull || code == Code::kReadOnly || code == Code::kPermission;
}

class Verification {
public:
    Verification(const Repository& repository, const Stopped& stopped)
        : repository_(repository), stopped_(stopped) {}

    /// What is wrong is kept for take(); kBusy when it is to end.
    Result<void> read(const Generation& generation) {
        for (const StoredFile& file : generation.fulls) SEGURIFAI_TRY(read_state(generation, file));
        for (const StoredFile& file : generation.increments)
            SEGURIFAI_TRY(read_state(generation, file));
        std::string checksum;
        std::uint64_t txid = generation.logs.empty() ? 0 : generation.logs.front().after_txid;
        for (const StoredFile& file : generation.logs) {
            if (file.after_txid != txid)
                verified_.faults.push_back(
                    fmt::format("Generation {}: the commits {} to {} are missing before {}.",
                                generation.number, txid + 1, file.after_txid, file.name));
            txid = file.after_txid;
            const bool is_first = &file == &generation.logs.front();
            SEGURIFAI_TRY(read_log(generation, file, is_first, checksum, txid));
        }
        return {};
    }

    Verified take() { return std::move(verified_); }

private:
    Result<void> read_state(const Generation& generation, const StoredFile& file) {
        ++verified_.files;
        const auto end = last_commit(repository_, generation.number, file, stopped_);
        if (!end && end.error().code == Code::kBusy) return std::unexpected(end.error());
        if (!end) {
            verified_.faults.push_back(end.error().message);
        } else if (!*end || (*end)->commit.txid != file.to_txid) {
            verified_.faults.push_back(
                fmt::format("{} does not hold the commit that its name says.",
                            repository_.path_of(generation.number, file).string()));
        }
        return {};
    }

    Result<void> read_log(const Generation& generation, const StoredFile& file, bool is_first,
                          std::string& checksum, std::uint64_t& txid) {
        ++verified_.files;
        auto reader = repository_.read(generation.number, file);
        if (!reader) return fault(reader.error(), checksum);
        if (!is_first && reader->header().previous != checksum)
            verified_.faults.push_back(
                fmt::format("{} does not continue the log file before it.",
                            repository_.path_of(generation.number, file).string()));
        for (;;) {
            SEGURIFAI_TRY(check_going_on(stopped_));
            const auto entry = reader->next();
            if (!entry && file.is_open && entry.error().code == Code::kCorrupt) return {};
            if (!entry) return fault(entry.error(), checksum);
            if (entry->kind == Entry::Kind::kEnd) break;
            if (entry->kind != Entry::Kind::kCommit) continue;
            ++verified_.commits;
            if (entry->commit.txid != txid + 1)
                verified_.faults.push_back(
                    fmt::format("{} leaves out commit {}.",
                                repository_.path_of(generation.number, file).string(), txid + 1));
            txid = entry->commit.txid;
        }
        checksum = reader->checksum();
        return {};
    }

    Result<void> fault(const Error& error, std::string& checksum) {
        verified_.faults.push_back(error.message);
        checksum.clear();
        return {};
    }

    const Repository& repository_;
    const Stopped& stopped_;
    Verified verified_;
};

}  // namespace

Result<Examined> examine_newest(const Repository& repository,
                                const std::filesystem::path& side_folder, const Stopped& stopped) {
    const auto began = std::chrono::steady_clock::now();
    const std::filesystem::path path = side_folder / kSideName;
    SEGURIFAI_TRY_AS(const FileLock lock, FileLock::take(side_folder / kSideLockName,
                                                         "Another process examines the backups."));
    SideFile side(repository.files(), path);
    SEGURIFAI_TRY(side.remove());  // of a run that was cut off
    Examined examined;
    SEGURIFAI_TRY_AS(const Restored restored, restore(repository, {}, path, {}, stopped));
    examined.commit = restored.commit;
    SEGURIFAI_TRY(examine(path, examined, stopped));
    examined.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return examined;
}

Result<Verified> verify(const Repository& repository, const std::filesystem::path& side_folder,
                        const Stopped& stopped) {
    SEGURIFAI_TRY_AS(const auto generations, repository.generations());
    Verification verification(repository, stopped);
    for (const Generation& generation : generations) SEGURIFAI_TRY(verification.read(generation));
    Verified verified = verification.take();
    auto examined = examine_newest(repository, side_folder, stopped);
    if (examined) {
        verified.examined = *examined;
    } else if (examined.error().code == Code::kBusy ||
               (verified.faults.empty() && is_of_the_side_folder(examined.error().code))) {
        return std::unexpected(examined.error());
    } else {
        verified.faults.push_back(examined.error().message);
    }
    return verified;
}

Result<Drill> drill(const Repository& repository, const std::filesystem::path& side_folder,
                    Clock& clock, const Stopped& stopped) {
    Drill drill{.at = clock.now()};
    const auto examined =
        in_background([&] { return examine_newest(repository, side_folder, stopped); });
    if (!examined && examined.error().code == Code::kBusy) return std::unexpected(examined.error());
    if (examined) {
        drill.is_ok = true;
        drill.seconds = examined->seconds;
        drill.rows = examined->rows;
        if (examined->canary_minute > 0)
            drill.lost_seconds =
                (drill.at.micros - examined->canary_minute * kMicrosPerMinute) / 1'000'000;
    } else {
        drill.fault = examined.error().message;
    }
    SEGURIFAI_TRY(keep_drill(repository.files(), repository.folder(), drill));
    return drill;
}

Result<std::optional<Drill>> last_drill(const Repository& repository) {
    return kept_drill(repository.files(), repository.folder());
}

}  // namespace segurifai::backup

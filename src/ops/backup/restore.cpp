#include "ops/backup/restore.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/backup/after_restore.hpp"
#include "ops/backup/database_file.hpp"
#include "ops/backup/log_files.hpp"

namespace segurifai::backup {
namespace {

constexpr std::size_t kRunBytes = 256U << 10U;

/// The file being restored: neighbouring pages are written together.
class PageFile {
public:
    PageFile(std::unique_ptr<OutputFile> file, std::uint32_t page_size)
        : file_(std::move(file)), page_size_(page_size) {}

    Result<void> pages(std::uint32_t first, std::string_view content) {
        const std::uint64_t offset = static_cast<std::uint64_t>(first - 1) * page_size_;
        if (offset != offset_ + run_.size() || run_.size() + content.size() > kRunBytes) {
            SEGURIFAI_TRY(flush());
            offset_ = offset;
        }
        if (content.size() >= kRunBytes) return file_->write_at(offset, content);
        run_ += content;
        return {};
    }

    /// `unsettled`: the whole file says that the steps after a restore are still to come.
    Result<void> finish(std::uint32_t pages, bool unsettled) {
        SEGURIFAI_TRY(flush());
        if (unsettled) SEGURIFAI_TRY(file_->write_at(kSqliteMarkOffset, kSqliteMarkBytes));
        SEGURIFAI_TRY(file_->resize(static_cast<std::uint64_t>(pages) * page_size_));
        return file_->sync();
    }

private:
    Result<void> flush() {
        if (!run_.empty()) SEGURIFAI_TRY(file_->write_at(offset_, run_));
        run_.clear();
        return {};
    }

    std::unique_ptr<OutputFile> file_;
    const std::uint32_t page_size_;
    std::uint64_t offset_ = 0;
    std::string run_;
};

/// True when a file's state is not past the moment.
bool is_reached(const Moment& moment, std::uint64_t txid, Instant at) {
    if (moment.txid) return txid <= *moment.txid;
    return !moment.at || at <= *moment.at;
}

/// One restore: files are applied one after the other to `out_`.
class Application {
public:
    Application(const Repository& repository, const Generation& generation, const Moment& moment,
                bool unsettled, const Stopped& stopped)
        : repository_(repository),
          generation_(generation),
          moment_(moment),
          unsettled_(unsettled),
          stopped_(stopped) {}

    Result<Restored> run(const StoredFile& full, const std::filesystem::path& partial) {
        SEGURIFAI_TRY_AS(BackupReader reader, repository_.read(generation_.number, full));
        restored_.generation = generation_.number;
        restored_.page_size = reader.header().page_size;
        SEGURIFAI_TRY(remove_database(repository_.files(), partial));  // of a run that was cut off
        SEGURIFAI_TRY_AS(auto file, repository_.files().make(partial));
        out_.emplace(std::move(file), restored_.page_size);
        SEGURIFAI_TRY(apply_whole(reader, full));
        for (const StoredFile& increment : generation_.increments) {
            const bool fits = increment.after_txid <= txid() && increment.to_txid > txid();
            if (!fits || !is_reached(moment_, increment.to_txid, increment.at)) continue;
            SEGURIFAI_TRY_AS(BackupReader pages, repository_.read(generation_.number, increment));
            SEGURIFAI_TRY(apply_whole(pages, increment));
        }
        SEGURIFAI_TRY(apply_logs());
        SEGURIFAI_TRY(out_->finish(restored_.commit.pages, unsettled_));
        return restored_;
    }

private:
    [[nodiscard]] std::uint64_t txid() const noexcept { return restored_.commit.txid; }

    Result<Entry> next(BackupReader& reader) const {
        SEGURIFAI_TRY(check_going_on(stopped_));
        return reader.next();
    }

    /// A full or an increment.
    Result<void> apply_whole(BackupReader& reader, const StoredFile& file) {
        ++restored_.files_read;
        bool has_commit = false;
        for (;;) {
            SEGURIFAI_TRY_AS(const Entry entry, next(reader));
            if (entry.kind == Entry::Kind::kEnd) break;
            if (entry.kind == Entry::Kind::kPages)
                SEGURIFAI_TRY(out_->pages(entry.first_page, entry.pages));
            if (entry.kind != Entry::Kind::kCommit) continue;
            restored_.commit = entry.commit;
            has_commit = true;
        }
        if (has_commit && txid() == file.to_txid) return {};
        return fail(Code::kCorrupt,
                    fmt::format("{} does not hold the commit that its name says.",
                                repository_.path_of(generation_.number, file).string()));
    }

    Result<void> apply_logs() {
        const auto& logs = generation_.logs;
        std::size_t i = 0;
        while (i + 1 < logs.size() && logs[i + 1].after_txid <= txid()) ++i;
        // A full or an increment whose log is gone gives its own moment and no later one.
        if (i < logs.size() && logs[i].after_txid > txid() && !is_exact()) return missing(logs[i]);
        std::string checksum;
        for (bool is_first = true; i < logs.size(); ++i, is_first = false) {
            if (!is_reached(moment_, logs[i].after_txid + 1, logs[i].at)) {
                moment_is_passed_ = true;
                break;
            }
            const bool overlaps = is_first && logs[i].after_txid < txid();
            if (logs[i].after_txid != txid() && !overlaps) return missing(logs[i]);
            SEGURIFAI_TRY_AS(checksum, apply_log(logs[i], is_first ? "" : checksum, is_first));
            if (moment_is_passed_) break;
        }
        return check_arrival();
    }

    /// The state that was reached is the very one that is wanted.
    [[nodiscard]] bool is_exact() const {
        return moment_.txid ? txid() == *moment_.txid
                            : moment_.at && *moment_.at == restored_.commit.at;
    }

    /// The last commit of the file that the moment reaches.
    Result<std::uint64_t> survey(const StoredFile& file) {
        std::uint64_t last = 0;
        SEGURIFAI_TRY_AS(BackupReader reader, repository_.read(generation_.number, file));
        for (;;) {
            auto entry = next(reader);
            if (!entry && file.is_open && entry.error().code == Code::kCorrupt) return last;
            if (!entry) return std::unexpected(std::move(entry).error());
            if (entry->kind == Entry::Kind::kEnd) return last;
            if (entry->kind != Entry::Kind::kCommit) continue;
            if (!is_reached(moment_, entry->commit.txid, entry->commit.at)) {
                moment_is_passed_ = true;
                return last;
            }
            last = entry->commit.txid;
        }
    }

    /// Applies a log file as far as the moment reaches. Returns its checksum, empty when it was not
    /// read to its end.
    Result<std::string> apply_log(const StoredFile& file, std::string_view before, bool is_first) {
        SEGURIFAI_TRY_AS(const std::uint64_t last, survey(file));
        SEGURIFAI_TRY_AS(BackupReader reader, repository_.read(generation_.number, file));
        ++restored_.files_read;
        const std::string name = repository_.path_of(generation_.number, file).string();
        if (!is_first && reader.header().previous != before)
            return fail(Code::kCorrupt,
                        fmt::format("{} does not continue the log file before it.", name));
        std::uint64_t at_txid = file.after_txid;
        while (at_txid < last) {
            SEGURIFAI_TRY_AS(const Entry entry, next(reader));
            if (entry.kind == Entry::Kind::kPages && at_txid >= txid())
                SEGURIFAI_TRY(out_->pages(entry.first_page, entry.pages));
            if (entry.kind != Entry::Kind::kCommit) continue;
            if (entry.commit.txid != at_txid + 1)
                return fail(Code::kCorrupt,
                            fmt::format("{} leaves out commit {}.", name, at_txid + 1));
            if (++at_txid > txid()) restored_.commit = entry.commit;
        }
        if (moment_is_passed_ || file.is_open) return std::string();
        for (Entry entry{.kind = Entry::Kind::kPages}; entry.kind != Entry::Kind::kEnd;) {
            SEGURIFAI_TRY_AS(entry, next(reader));
        }
        return reader.checksum();
    }

    std::unexpected<Error> missing(const StoredFile& after) const {
        return fail(Code::kCorrupt,
                    fmt::format("The commits {} to {} of generation {} are missing: before {} a "
                                "log file is not there. The last state before them is of {}.",
                                txid() + 1, after.after_txid, generation_.number, after.name,
                                restored_.commit.at.to_string()));
    }

    /// The moment must lie within the log: what was committed after the log's end is not known.
    Result<void> check_arrival() const {
        if (moment_.txid && txid() != *moment_.txid)
            return fail(Code::kNotFound,
                        fmt::format("The log of generation {} ends with commit {}.",
                                    generation_.number, txid()));
        if (moment_.at && !moment_is_passed_ && restored_.commit.at != *moment_.at)
            return fail(Code::kNotFound,
                        fmt::format("The log of generation {} ends at {}, before {}; what was "
                                    "committed between the two is not known.",
                                    generation_.number, restored_.commit.at.to_string(),
                                    moment_.at->to_string()));
        return {};
    }

    const Repository& repository_;
    const Generation& generation_;
    const Moment moment_;
    const bool unsettled_;
    const Stopped& stopped_;
    std::optional<PageFile> out_;
    Restored restored_;
    bool moment_is_passed_ = false;
};

struct Start {
    const Generation* generation = nullptr;
    const StoredFile* full = nullptr;
};

/// The newest full that the moment has passed, in the newest generation that has one.
Start start_of(const std::vector<Generation>& generations, const Moment& moment) {
    for (auto one = generations.rbegin(); one != generations.rend(); ++one) {
        if (moment.txid && one != generations.rbegin()) break;
        for (auto full = one->fulls.rbegin(); full != one->fulls.rend(); ++full)
            if (is_reached(moment, full->to_txid, full->at)) return {&*one, &*full};
    }
    return {};
}

Result<void> check_place(Files& files, const std::filesystem::path& into) {
    SEGURIFAI_TRY_AS(const auto names, files.list(into.parent_path()));
    const auto check = [&](std::string_view end) -> Result<void> {
        if (!std::ranges::binary_search(names, into.filename().string().append(end))) return {};
        return fail(Code::kConflict,
                    fmt::format("{}{} is there already; move it away or choose another name.",
                                into.string(), end));
    };
    SEGURIFAI_TRY(check(""));
    for (const std::string_view end : kBesideDatabase) SEGURIFAI_TRY(check(end));
    return {};
}

/// What `finish` did is in the file itself, and not in a log that would be left behind.
Result<void> check_alone(Files& files, const std::filesystem::path& partial) {
    SEGURIFAI_TRY_AS(const auto names, files.list(partial.parent_path()));
    for (const std::string_view end : kBesideDatabase)
        if (std::ranges::binary_search(names, partial.filename().string().append(end)))
            return fail(Code::kBusy,
                        fmt::format("{} is held open by another program.", partial.string()));
    return {};
}

}  // namespace

Result<Restored> restore(const Repository& repository, const Moment& moment,
                         const std::filesystem::path& into,
                         const std::function<Result<void>(const std::filesystem::path& partial,
                                                          const Restored&)>& finish,
                         const Stopped& stopped) {
    Files& files = repository.files();
    const std::filesystem::path place = std::filesystem::absolute(into);
    SEGURIFAI_TRY(check_place(files, place));
    SEGURIFAI_TRY_AS(const auto generations, repository.generations());
    const Start start = start_of(generations, moment);
    if (start.full == nullptr)
        return fail(Code::kNotFound, moment.at
                                         ? fmt::format("There is no full backup of {} or before.",
                                                       moment.at->to_string())
                                         : std::string("There is no full backup."));
    std::filesystem::path partial = place;
    partial += ".partial";
    Application application(repository, *start.generation, moment, finish != nullptr, stopped);
    auto restored = application.run(*start.full, partial);
    if (restored && finish) {
        auto finished = finish(partial, *restored);
        if (finished) finished = check_alone(files, partial);
        if (!finished) restored = std::unexpected(std::move(finished).error());
    }
    if (restored) {
        auto named = files.rename(partial, place);
        if (named) named = files.sync_folder(place.parent_path());
        if (named) return restored;
        restored = std::unexpected(std::move(named).error());
    }
    if (auto removed = remove_database(files, partial); !removed)
        restored.error().message += " " + removed.error().message;
    return restored;
}

}  // namespace segurifai::backup

#include "ops/backup/backups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace segurifai::backup {
namespace {

constexpr std::uint32_t kPagesAtOnce = 64;

/// Gives every page of the snapshot, in order.
Result<void> read_pages(Snapshot& snapshot, BackupWriter& out) {
    const std::size_t size = snapshot.page_size;
    std::string run(kPagesAtOnce * size, '\0');
    for (std::uint32_t first = 1; first <= snapshot.commit.pages; first += kPagesAtOnce) {
        const std::uint32_t count = std::min(kPagesAtOnce, snapshot.commit.pages - first + 1);
        const std::span<char> room(run.data(), count * size);
        SEGURIFAI_TRY(snapshot.state->read(static_cast<std::uint64_t>(first - 1) * size,
                                           std::as_writable_bytes(room)));
        for (std::uint32_t number = first; number < first + count; ++number) {
            const std::uint32_t frame = snapshot.frame_of[number];
            const auto take = [&](std::uint32_t, std::string_view content) {
                return out.page(number, content);
            };
            if (frame > 0) {
                SEGURIFAI_TRY(snapshot.log.pages(snapshot.page_size, frame - 1, frame, take));
            } else {
                SEGURIFAI_TRY(
                    out.page(number, std::string_view(run).substr((number - first) * size, size)));
            }
        }
    }
    return {};
}

/// A stretch of the log as one state change.
class Stretch {
public:
    Stretch(const Repository& repository, const Generation& generation, std::uint64_t after_txid)
        : repository_(repository), generation_(generation), after_txid_(after_txid) {}

    /// Finds which version of each page is the last one.
    Result<void> survey() {
        std::unordered_map<std::uint32_t, std::uint64_t> pending;
        return each([&](std::uint64_t ordinal, const Entry& entry) -> Result<void> {
            if (entry.kind == Entry::Kind::kPage) {
                pending[entry.page_number] = ordinal;
                return {};
            }
            for (const auto& [number, last] : pending) last_[number] = last;
            pending.clear();
            commit_ = entry.commit;
            return {};
        });
    }

    Result<void> write(BackupWriter& out) {
        SEGURIFAI_TRY(each([&](std::uint64_t ordinal, const Entry& entry) -> Result<void> {
            if (entry.kind != Entry::Kind::kPage) return {};
            const auto last = last_.find(entry.page_number);
            const bool is_last = last != last_.end() && last->second == ordinal;
            if (!is_last || entry.page_number > commit_.pages) return {};
            return out.page(entry.page_number, entry.page);
        }));
        return out.commit(commit_);
    }

    [[nodiscard]] const Commit& commit() const noexcept { return commit_; }

private:
    /// Gives the pages and commits after `after_txid_`; pages are numbered as they come.
    template <class Take>
    Result<void> each(const Take& take) {
        std::uint64_t ordinal = 0;
        for (std::size_t i = 0; i < generation_.logs.size(); ++i) {
            const StoredFile& file = generation_.logs[i];
            const bool is_before = i + 1 < generation_.logs.size() &&
                                   generation_.logs[i + 1].after_txid <= after_txid_;
            if (file.is_open || is_before) continue;
            SEGURIFAI_TRY_AS(BackupReader reader, repository_.read(generation_.number, file));
            std::uint64_t txid = file.after_txid;
            for (;;) {
                SEGURIFAI_TRY_AS(const Entry entry, reader.next());
                if (entry.kind == Entry::Kind::kEnd) break;
                if (entry.kind == Entry::Kind::kCommit) txid = entry.commit.txid;
                const bool is_commit = entry.kind == Entry::Kind::kCommit;
                const bool is_wanted = is_commit ? txid > after_txid_ : txid >= after_txid_;
                if (is_wanted && entry.kind != Entry::Kind::kLogMayRestart)
                    SEGURIFAI_TRY(take(++ordinal, entry));
            }
        }
        return {};
    }

    const Repository& repository_;
    const Generation& generation_;
    const std::uint64_t after_txid_;
    std::unordered_map<std::uint32_t, std::uint64_t> last_;
    Commit commit_;
};

constexpr std::string_view kFullName = "full.partial";
constexpr std::string_view kIncrementName = "increment.partial";

}  // namespace

Result<StoredFile> make_full(const Repository& repository, Snapshot& snapshot) {
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    if (newest && newest->number == snapshot.generation && !newest->fulls.empty() &&
        newest->fulls.back().to_txid == snapshot.commit.txid)
        return newest->fulls.back();
    const FileHeader header{.kind = FileKind::kFull,
                            .database = repository.id(),
                            .generation = snapshot.generation,
                            .page_size = snapshot.page_size,
                            .after_txid = snapshot.commit.txid,
                            .at = snapshot.commit.at,
                            .reason = snapshot.reason};
    SEGURIFAI_TRY_AS(BackupWriter out, repository.begin(snapshot.generation, header, kFullName));
    SEGURIFAI_TRY(read_pages(snapshot, out));
    SEGURIFAI_TRY(out.commit(snapshot.commit));
    SEGURIFAI_TRY(out.finish());
    StoredFile made = *stored_file(name_of_full(snapshot.commit));
    SEGURIFAI_TRY(repository.publish(snapshot.generation, kFullName, made.name));
    return made;
}

Result<std::optional<StoredFile>> make_increment(const Repository& repository) {
    using Answer = std::optional<StoredFile>;
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    if (!newest || newest->fulls.empty()) return Answer();
    std::uint64_t after = newest->fulls.front().to_txid;
    if (!newest->increments.empty()) after = std::max(after, newest->increments.back().to_txid);
    Stretch stretch(repository, *newest, after);
    SEGURIFAI_TRY(stretch.survey());
    if (stretch.commit().txid <= after) return Answer();
    SEGURIFAI_TRY_AS(const BackupReader sample,
                     repository.read(newest->number, newest->fulls.front()));
    const FileHeader header{.kind = FileKind::kIncrement,
                            .database = repository.id(),
                            .generation = newest->number,
                            .page_size = sample.header().page_size,
                            .after_txid = after,
                            .at = stretch.commit().at};
    SEGURIFAI_TRY_AS(BackupWriter out, repository.begin(newest->number, header, kIncrementName));
    SEGURIFAI_TRY(stretch.write(out));
    SEGURIFAI_TRY(out.finish());
    StoredFile made = *stored_file(name_of_increment(after, stretch.commit()));
    SEGURIFAI_TRY(repository.publish(newest->number, kIncrementName, made.name));
    return Answer(std::move(made));
}

Result<std::vector<StoredFile>> prune(const Repository& repository, Instant now,
                                      const Keeping& keeping) {
    const auto before = [now](std::int64_t days) {
        return Instant{now.micros - days * kMicrosPerDay};
    };
    std::vector<StoredFile> removed;
    SEGURIFAI_TRY_AS(const auto generations, repository.generations());
    for (const Generation& generation : generations) {
        const bool is_newest = &generation == &generations.back();
        std::vector<StoredFile> old;
        const std::size_t fulls = generation.fulls.size();
        for (std::size_t i = 0; i < fulls; ++i)
            if (generation.fulls[i].at < before(keeping.full_days) && (!is_newest || i + 1 < fulls))
                old.push_back(generation.fulls[i]);
        for (const StoredFile& file : generation.increments)
            if (file.at < before(keeping.increment_days)) old.push_back(file);
        // A log file is as old as its last commit: not younger than the first of the next one.
        for (std::size_t i = 0; i + 1 < generation.logs.size(); ++i) {
            const StoredFile& next = generation.logs[i + 1];
            const bool is_needed = is_newest && !generation.fulls.empty() &&
                                   next.after_txid > generation.fulls.back().to_txid;
            if (next.at < before(keeping.log_days) && !is_needed) old.push_back(generation.logs[i]);
        }
        if (!is_newest && !generation.logs.empty() &&
            generation.logs.back().at < before(keeping.log_days))
            old.push_back(generation.logs.back());
        for (StoredFile& file : old) {
            SEGURIFAI_TRY(repository.files().remove(repository.path_of(generation.number, file)));
            removed.push_back(std::move(file));
        }
        if (!old.empty())
            SEGURIFAI_TRY(repository.files().sync_folder(repository.folder_of(generation.number)));
    }
    return removed;
}

}  // namespace segurifai::backup

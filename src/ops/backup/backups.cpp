#include "ops/backup/backups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ops/backup/background.hpp"

namespace segurifai::backup {
namespace {

constexpr std::uint32_t kReadBytes = 1U << 20U;

/// Reads neighbouring pages of the snapshot: from the file, and what is newer from the log.
Result<void> read_pages(Snapshot& snapshot, std::uint32_t first, std::span<char> out) {
    const std::size_t size = snapshot.page_size;
    SEGURIFAI_TRY(snapshot.state->read(static_cast<std::uint64_t>(first - 1) * size,
                                       std::as_writable_bytes(out)));
    std::uint32_t number = first;
    for (; !out.empty(); out = out.subspan(size), ++number) {
        const std::uint32_t frame = snapshot.frame_of[number];
        if (frame == 0) continue;
        const auto take = [&](std::uint32_t, std::string_view content) -> Result<void> {
            std::ranges::copy(content, out.begin());
            return {};
        };
        SEGURIFAI_TRY(snapshot.log.pages(snapshot.page_size, frame - 1, frame, take));
    }
    return {};
}

/// Gives every page of the snapshot, in order.
Result<void> write_pages(Snapshot& snapshot, BackupWriter& out) {
    const std::uint32_t at_once = kReadBytes / snapshot.page_size;
    std::string pages(kReadBytes, '\0');
    for (std::uint32_t first = 1; first <= snapshot.commit.pages; first += at_once) {
        const std::uint32_t count = std::min(at_once, snapshot.commit.pages - first + 1);
        pages.resize(std::size_t{count} * snapshot.page_size);
        SEGURIFAI_TRY(read_pages(snapshot, first, pages));
        SEGURIFAI_TRY(out.pages(first, pages));
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
        const auto take_page = [&](std::uint64_t ordinal, std::uint32_t number,
                                   std::string_view) -> Result<void> {
            pending[number] = ordinal;
            return {};
        };
        return each(take_page, [&](const Commit& commit) {
            for (const auto& [number, last] : pending) last_[number] = last;
            pending.clear();
            commit_ = commit;
        });
    }

    Result<void> write(BackupWriter& out) {
        const auto take_page = [&](std::uint64_t ordinal, std::uint32_t number,
                                   std::string_view content) -> Result<void> {
            const auto last = last_.find(number);
            const bool is_last = last != last_.end() && last->second == ordinal;
            if (!is_last || number > commit_.pages) return {};
            return out.pages(number, content);
        };
        SEGURIFAI_TRY(each(take_page, [](const Commit&) {}));
        return out.commit(commit_);
    }

    [[nodiscard]] const Commit& commit() const noexcept { return commit_; }

private:
    /// Gives the pages, one by one and numbered as they come, and the commits after `after_txid_`.
    template <class TakePage, class TakeCommit>
    Result<void> each(const TakePage& take_page, const TakeCommit& take_commit) {
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
                if (entry.kind == Entry::Kind::kCommit) {
                    txid = entry.commit.txid;
                    if (txid > after_txid_) take_commit(entry.commit);
                }
                if (entry.kind != Entry::Kind::kPages || txid < after_txid_) continue;
                const std::size_t size = reader.header().page_size;
                for (std::size_t at = 0; at < entry.pages.size(); at += size) {
                    const auto number = entry.first_page + static_cast<std::uint32_t>(at / size);
                    SEGURIFAI_TRY(take_page(++ordinal, number, entry.pages.substr(at, size)));
                }
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

Result<StoredFile> write_full(const Repository& repository, Snapshot& snapshot) {
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
    SEGURIFAI_TRY(write_pages(snapshot, out));
    SEGURIFAI_TRY(out.commit(snapshot.commit));
    SEGURIFAI_TRY(out.finish());
    StoredFile made = *stored_file(name_of_full(snapshot.commit));
    SEGURIFAI_TRY(repository.publish(snapshot.generation, kFullName, made.name));
    return made;
}

Result<std::optional<StoredFile>> write_increment(const Repository& repository) {
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

}  // namespace

Result<StoredFile> make_full(const Repository& repository, Snapshot& snapshot) {
    return in_background([&] { return write_full(repository, snapshot); });
}

Result<std::optional<StoredFile>> make_increment(const Repository& repository) {
    return in_background([&] { return write_increment(repository); });
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

#include "ops/backup/backups.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

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

Result<void> write_to(const Repository& repository, const FileHeader& header, std::string_view name,
                      Snapshot& snapshot) {
    SEGURIFAI_TRY_AS(BackupWriter out, repository.begin(header.generation, header, name));
    SEGURIFAI_TRY(write_pages(snapshot, out));
    SEGURIFAI_TRY(out.commit(snapshot.commit));
    SEGURIFAI_TRY(out.finish());
    return {};
}

Result<void> write_to(const Repository& repository, const FileHeader& header, std::string_view name,
                      Stretch& stretch) {
    SEGURIFAI_TRY_AS(BackupWriter out, repository.begin(header.generation, header, name));
    SEGURIFAI_TRY(stretch.write(out));
    SEGURIFAI_TRY(out.finish());
    return {};
}

/// Gives `content` the name `name` once it is whole. What was begun and failed is gone when this
/// returns: on a full disk the log wants its place, and so does the answer to who waits.
Result<StoredFile> make_file(const Repository& repository, const FileHeader& header,
                             std::string_view partial, const std::string& name, auto& content) {
    SEGURIFAI_TRY_AS(const FileLock lock, repository.making());
    auto written = write_to(repository, header, partial, content);
    if (written) written = repository.publish(header.generation, partial, name);
    if (written) return *stored_file(name);
    return std::unexpected(
        repository.give_up(header.generation, partial, std::move(written).error()));
}

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
    return make_file(repository, header, kFullPartial, name_of_full(snapshot.commit), snapshot);
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
    return make_file(repository, header, kIncrementPartial,
                     name_of_increment(after, stretch.commit()), stretch);
}

}  // namespace

Result<StoredFile> make_full(const Repository& repository, Snapshot& snapshot) {
    return in_background([&] { return write_full(repository, snapshot); });
}

Result<std::optional<StoredFile>> make_increment(const Repository& repository) {
    return in_background([&] { return write_increment(repository); });
}

}  // namespace segurifai::backup

#include "ops/backup/log_files.hpp"

#include <fmt/format.h>

namespace segurifai::backup {
namespace {

/// The next entry; the end too where an open file is not written any further.
Result<Entry> next_of(BackupReader& reader, const StoredFile& file) {
    auto entry = reader.next();
    if (!entry && file.is_open && entry.error().code == Code::kCorrupt) return Entry{};
    return entry;
}

Result<std::string> checksum_of(const Repository& repository, std::uint32_t generation,
                                const StoredFile& file) {
    SEGURIFAI_TRY_AS(BackupReader reader, repository.read(generation, file));
    for (Entry entry{.kind = Entry::Kind::kPages}; entry.kind != Entry::Kind::kEnd;) {
        SEGURIFAI_TRY_AS(entry, reader.next());
    }
    return reader.checksum();
}

/// The file up to `last`, open for more, in its place.
Result<BackupWriter> copy_log(const Repository& repository, std::uint32_t generation,
                              const StoredFile& file, const LogEnd& last,
                              std::string_view partial) {
    SEGURIFAI_TRY_AS(BackupReader reader, repository.read(generation, file));
    SEGURIFAI_TRY_AS(BackupWriter writer, repository.begin(generation, reader.header(), partial));
    for (bool done = false; !done;) {
        SEGURIFAI_TRY_AS(const Entry entry, reader.next());
        if (entry.kind == Entry::Kind::kPages)
            SEGURIFAI_TRY(writer.pages(entry.first_page, entry.pages));
        if (entry.kind == Entry::Kind::kLogMayRestart) SEGURIFAI_TRY(writer.log_may_restart());
        if (entry.kind == Entry::Kind::kCommit) {
            SEGURIFAI_TRY(writer.commit(entry.commit));
            done = entry.commit.txid == last.commit.txid;
        }
    }
    if (last.may_restart) SEGURIFAI_TRY(writer.log_may_restart());
    SEGURIFAI_TRY(writer.sync());
    SEGURIFAI_TRY(repository.publish(generation, partial, file.name));
    return writer;
}

}  // namespace

Result<std::optional<LogEnd>> last_commit(const Repository& repository, std::uint32_t generation,
                                          const StoredFile& file, const Stopped& stopped) {
    SEGURIFAI_TRY_AS(BackupReader reader, repository.read(generation, file));
    std::optional<LogEnd> end;
    for (;;) {
        SEGURIFAI_TRY(check_going_on(stopped));
        SEGURIFAI_TRY_AS(const Entry entry, next_of(reader, file));
        if (entry.kind == Entry::Kind::kEnd) return end;
        if (entry.kind == Entry::Kind::kCommit) end = LogEnd{.commit = entry.commit};
        if (entry.kind == Entry::Kind::kLogMayRestart && end) end->may_restart = true;
    }
}

Result<std::optional<LogEnd>> end_of(const Repository& repository, const Generation& generation) {
    if (generation.fulls.empty()) return std::optional<LogEnd>();
    for (auto log = generation.logs.rbegin(); log != generation.logs.rend(); ++log) {
        auto end = last_commit(repository, generation.number, *log);
        // An open file that was cut off within its header holds nothing yet.
        if (!end && log->is_open && end.error().code == Code::kCorrupt) continue;
        if (!end) return std::unexpected(std::move(end).error());
        if (*end) return end;
    }
    return last_commit(repository, generation.number, generation.fulls.back());
}

Result<std::optional<LogEnd>> LogFiles::resume() {
    bytes_ = bytes();
    writer_.reset();
    previous_.clear();
    std::optional<LogEnd> end;
    SEGURIFAI_TRY_AS(const auto generations, repository_.generations());
    for (const Generation& generation : generations) {
        if (generation.number != generation_) continue;
        for (const StoredFile& file : generation.logs) {
            if (file.is_open) {
                SEGURIFAI_TRY_AS(auto last, rewrite(file));
                if (last) end = last;
                continue;
            }
            const bool is_last = &file == &generation.logs.back() || (&file + 1)->is_open;
            if (!is_last) continue;
            SEGURIFAI_TRY_AS(end, last_commit(repository_, generation_, file));
            SEGURIFAI_TRY_AS(previous_, checksum_of(repository_, generation_, file));
        }
    }
    return end;
}

Result<std::optional<LogEnd>> LogFiles::rewrite(const StoredFile& file) {
    const auto end = last_commit(repository_, generation_, file);
    const bool is_useless = end ? !end->has_value() : end.error().code == Code::kCorrupt;
    if (is_useless) {
        SEGURIFAI_TRY(repository_.files().remove(repository_.path_of(generation_, file)));
        SEGURIFAI_TRY(repository_.files().sync_folder(repository_.folder_of(generation_)));
        return std::optional<LogEnd>();
    }
    if (!end) return std::unexpected(end.error());
    const std::string partial = fmt::format("{}{}", file.name, kPartial);
    auto written = copy_log(repository_, generation_, file, **end, partial);
    if (!written)
        return std::unexpected(
            repository_.give_up(generation_, partial, std::move(written).error()));
    open_ = file;
    writer_.emplace(std::move(*written));
    return *end;
}

Result<void> LogFiles::make_room_for(std::uint64_t after_txid, Instant first) {
    if (writer_) return {};
    FileHeader header{.kind = FileKind::kLog,
                      .database = repository_.id(),
                      .generation = generation_,
                      .page_size = page_size_,
                      .after_txid = after_txid,
                      .at = first,
                      .previous = previous_};
    open_ = {.after_txid = after_txid, .at = first, .name = name_of_log(after_txid, first, true)};
    SEGURIFAI_TRY_AS(BackupWriter writer, repository_.begin(generation_, header, open_.name));
    SEGURIFAI_TRY(repository_.files().sync_folder(repository_.folder_of(generation_)));
    writer_.emplace(std::move(writer));
    return {};
}

Result<void> LogFiles::page(std::uint32_t number, std::string_view content) {
    return writer_->pages(number, content);
}

Result<void> LogFiles::commit(const Commit& commit) {
    return writer_->commit(commit);
}

Result<void> LogFiles::log_may_restart() {
    return writer_->log_may_restart();
}

Result<void> LogFiles::sync() {
    return writer_->sync();
}

Result<void> LogFiles::cut() {
    if (!writer_) return {};
    SEGURIFAI_TRY_AS(previous_, writer_->finish());
    bytes_ = bytes();
    writer_.reset();
    return repository_.publish(generation_, open_.name,
                               name_of_log(open_.after_txid, open_.at, false));
}

}  // namespace segurifai::backup

#include <algorithm>

#include "ops/backup/backups.hpp"

namespace segurifai::backup {
namespace {

/// What is past its time, generation by generation.
class Expiry {
public:
    Expiry(const std::vector<Generation>& generations, Instant now, const Keeping& keeping)
        : now_(now), keeping_(keeping) {
        for (const Generation& generation : generations) {
            newest_ = generation.number;
            if (!generation.fulls.empty()) restorable_ = generation.number;
        }
    }

    [[nodiscard]] std::vector<StoredFile> of(const Generation& generation) const {
        std::vector<StoredFile> old;
        const bool is_restorable = generation.number == restorable_;
        const std::size_t fulls = generation.fulls.size();
        for (std::size_t i = 0; i < fulls; ++i)
            if (is_past(generation.fulls[i], keeping_.full_days) &&
                (!is_restorable || i + 1 < fulls))
                old.push_back(generation.fulls[i]);
        for (const StoredFile& file : generation.increments)
            if (is_past(file, keeping_.increment_days)) old.push_back(file);
        // A log file is as old as its last commit: not younger than the first of the next one.
        for (std::size_t i = 0; i + 1 < generation.logs.size(); ++i) {
            const StoredFile& next = generation.logs[i + 1];
            const bool is_needed =
                is_restorable && next.after_txid > generation.fulls.back().to_txid;
            if (is_past(next, keeping_.log_days) && !is_needed) old.push_back(generation.logs[i]);
        }
        if (!is_restorable && generation.number != newest_ && !generation.logs.empty() &&
            is_past(generation.logs.back(), keeping_.log_days))
            old.push_back(generation.logs.back());
        return old;
    }

private:
    [[nodiscard]] bool is_past(const StoredFile& file, std::int64_t days) const {
        return file.at.micros < now_.micros - days * kMicrosPerDay;
    }

    const Instant now_;
    const Keeping keeping_;
    std::uint32_t newest_ = 0;
    /// The generation of the newest full. A newer one that has none yet is nothing to restore from.
    std::uint32_t restorable_ = 0;
};

/// What a run that was killed left of a file it had begun. The shipper writes into the newest
/// generation whenever it likes, and finds what it left there by itself.
Result<std::vector<std::filesystem::path>> strays(const Repository& repository,
                                                  const std::vector<Generation>& generations) {
    std::vector<std::filesystem::path> found;
    for (const Generation& generation : generations) {
        const bool is_newest = &generation == &generations.back();
        const std::filesystem::path folder = repository.folder_of(generation.number);
        SEGURIFAI_TRY_AS(const auto names, repository.files().list(folder));
        for (const std::string& name : names) {
            const bool is_made = name == kFullPartial || name == kIncrementPartial;
            if (is_made || (!is_newest && name.ends_with(kPartial))) found.push_back(folder / name);
        }
    }
    return found;
}

/// Not while a backup is being made: it is the one that has such a name then.
Result<void> remove_strays(const Repository& repository,
                           const std::vector<Generation>& generations) {
    SEGURIFAI_TRY_AS(auto found, strays(repository, generations));
    if (found.empty()) return {};
    const auto lock = repository.making(std::chrono::milliseconds(0));
    if (!lock && lock.error().code == Code::kBusy) return {};
    if (!lock) return std::unexpected(lock.error());
    SEGURIFAI_TRY_AS(found, strays(repository, generations));
    for (const std::filesystem::path& path : found) SEGURIFAI_TRY(repository.files().remove(path));
    return {};
}

}  // namespace

Result<std::vector<StoredFile>> prune(const Repository& repository, Instant now,
                                      const Keeping& keeping) {
    std::vector<StoredFile> removed;
    SEGURIFAI_TRY_AS(const auto generations, repository.generations());
    SEGURIFAI_TRY(remove_strays(repository, generations));
    const Expiry expiry(generations, now, keeping);
    for (const Generation& generation : generations) {
        std::vector<StoredFile> old = expiry.of(generation);
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

#include "ops/backup/service.hpp"

#include <fmt/format.h>

#include "base/thread.hpp"
#include "ops/backup/backups.hpp"

namespace segurifai::backup {
namespace {

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::seconds kPauseAfterFailure{60};
constexpr std::chrono::milliseconds kLookForAnswer{100};
constexpr std::string_view kWishName = "wish";
constexpr std::string_view kRefusedName = "wish.refused";
constexpr std::string_view kFullWish = "full";
constexpr std::string_view kIncrementWish = "incremental";
constexpr std::string_view kRefused = "failed: ";
constexpr std::size_t kWishBytesMax = 4'096;

Result<void> give_up_log_of(const sql::DatabaseUrl& database) {
    const sql::SessionOptions options{.create = false, .keep_log = true};
    SEGURIFAI_TRY_AS(const auto locking, sql::open_session(database, options));
    SEGURIFAI_TRY_AS(const auto checkpointing, sql::open_session(database, options));
    SEGURIFAI_TRY(locking->script("PRAGMA busy_timeout=0"));
    return give_up_log(*locking, *checkpointing);
}

/// What it means that a wish is gone.
Result<void> end_of_wish(Files& files, const std::filesystem::path& folder) {
    const std::filesystem::path path = folder / kRefusedName;
    const auto refused = read_whole(files, path, kWishBytesMax);
    if (!refused && refused.error().code == Code::kNotFound) return {};
    if (!refused) return std::unexpected(refused.error());
    SEGURIFAI_TRY(files.remove(path));
    return fail(Code::kConflict,
                fmt::format("The server could not make the backup, nor write why into {}: its log "
                            "says it.",
                            folder.string()));
}

}  // namespace

BackupService::BackupService(Files& files, ServiceOptions options, Clock& clock, Random& random)
    : files_(files),
      options_(std::move(options)),
      clock_(clock),
      random_(random),
      log_limit_(options_.database, options_.log_bytes_max),
      thread_([this] { work(); }) {}

void BackupService::wake() noexcept {
    if (Shipper* shipper = shipping_.load(); shipper != nullptr) shipper->wake();
}

void BackupService::work() {
    name_this_thread("backups");
    bool is_failing = false;
    // Looked at once in any case: what a server stored that ends as soon as it began is shipped
    // too.
    for (;;) {
        const auto done = look();
        const bool is_shipping = shipper_ != nullptr;
        if (!is_shipping) spare_disk();  // often: the log grows
        if (done && is_failing) options_.report(Loudness::kNote, "The backups are in order again.");
        if (!done) {
            const std::lock_guard lock(mutex_);
            ++stats_.failures;
        }
        if (!done && !is_failing) options_.report(Loudness::kAlarm, done.error().message);
        is_failing = !done;
        const auto pause = done || !is_shipping ? kLookEvery : kPauseAfterFailure;
        std::unique_lock lock(mutex_);
        if (more_.wait_for(lock, pause, [this] { return stopping_; })) return;
    }
}

Result<void> BackupService::start_shipping() {
    SEGURIFAI_TRY_AS(
        Repository repository,
        Repository::open_or_make(files_, options_.repository, options_.keys, clock_, random_));
    SEGURIFAI_TRY_AS(const auto newest, repository.newest());
    ShipperOptions shipping{.database = options_.database};
    shipping.log_bytes_max = options_.log_bytes_max;
    shipping.report = options_.report;
    SEGURIFAI_TRY_AS(shipper_, Shipper::start(std::move(repository), std::move(shipping), clock_));
    shipper_->begin_thread();
    shipping_ = shipper_.get();
    const std::lock_guard lock(mutex_);
    stats_.is_shipping = true;
    if (newest && !newest->fulls.empty()) stats_.last_full = newest->fulls.back().at;
    if (newest && !newest->increments.empty()) stats_.last_increment = newest->increments.back().at;
    return {};
}

/// Nothing is shipped from the start on: what waits has the same end as where that fails later.
void BackupService::spare_disk() {
    // A log that cannot be looked at is not known to be long.
    if (!log_limit_.is_reached().value_or(false)) return;
    options_.report(Loudness::kAlarm,
                    fmt::format("{} It is brought into the database; when the backups can be "
                                "written, a new generation begins with a full one.",
                                log_limit_.reason()));
    if (auto given_up = give_up_log_of(options_.database); !given_up)
        options_.report(Loudness::kAlarm, given_up.error().message);
}

Result<void> BackupService::look() {
    if (shipper_ == nullptr) SEGURIFAI_TRY(start_shipping());
    SEGURIFAI_TRY(do_what_is_asked());
    if (shipper_->needs_full()) SEGURIFAI_TRY(make_full_now());
    return look_at_drill();
}

Result<void> BackupService::look_at_drill() {
    SEGURIFAI_TRY_AS(auto drilled, last_drill(shipper_->repository()));
    const std::lock_guard lock(mutex_);
    stats_.last_drill = std::move(drilled);
    return {};
}

Result<void> BackupService::make_full_now() {
    SEGURIFAI_TRY_AS(Snapshot snapshot, shipper_->snapshot());
    SEGURIFAI_TRY_AS(const StoredFile made, make_full(shipper_->repository(), snapshot));
    shipper_->full_is_made(snapshot.generation);
    options_.report(Loudness::kNote, fmt::format("A full backup was made: {}.", made.name));
    const std::lock_guard lock(mutex_);
    stats_.last_full = made.at;
    return {};
}

Result<void> BackupService::make_increment_now() {
    SEGURIFAI_TRY(shipper_->cut());
    SEGURIFAI_TRY_AS(const auto made, make_increment(shipper_->repository()));
    const std::lock_guard lock(mutex_);
    stats_.last_increment = clock_.now();
    return {};
}

Result<void> BackupService::do_what_is_asked() {
    const std::filesystem::path path = options_.repository / kWishName;
    const auto wish = read_whole(files_, path, kWishBytesMax);
    if (!wish && wish.error().code == Code::kNotFound) return {};
    if (!wish) return std::unexpected(wish.error());
    if (*wish != kFullWish && *wish != kIncrementWish) return {};  // an answer not yet fetched
    auto done = *wish == kFullWish ? make_full_now() : make_increment_now();
    if (done) return files_.remove(path);
    // On a disk without room for a line the answer is the wish under another name.
    if (!write_whole(files_, path, std::string(kRefused) + done.error().message))
        SEGURIFAI_TRY(files_.rename(path, options_.repository / kRefusedName));
    return done;
}

void BackupService::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    more_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (shipper_ != nullptr) shipper_->stop();
}

ServiceStats BackupService::stats() const {
    ServiceStats stats;
    {
        const std::lock_guard lock(mutex_);
        stats = stats_;
    }
    if (const Shipper* shipper = shipping_.load(); shipper != nullptr)
        stats.shipper = shipper->stats();
    return stats;
}

Result<void> wish_for(const Repository& repository, Wish wish, std::chrono::seconds patience,
                      const std::function<bool()>& stopped) {
    Files& files = repository.files();
    const std::filesystem::path path = repository.folder() / kWishName;
    const auto waiting = read_whole(files, path, kWishBytesMax);
    if (waiting && !waiting->starts_with(kRefused))
        return fail(Code::kBusy,
                    fmt::format("The server was already asked for a backup ({}); when it does not "
                                "run any more, remove {}.",
                                *waiting, path.string()));
    if (!waiting && waiting.error().code != Code::kNotFound)
        return std::unexpected(waiting.error());
    SEGURIFAI_TRY(files.remove(repository.folder() / kRefusedName));  // nobody waited for it
    SEGURIFAI_TRY(write_whole(files, path, wish == Wish::kFull ? kFullWish : kIncrementWish));
    const auto until = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < until) {
        if (stopped()) {
            SEGURIFAI_TRY(files.remove(path));
            return fail(Code::kBusy, "It was told to stop before the backup was made.");
        }
        std::this_thread::sleep_for(kLookForAnswer);
        const auto still = read_whole(files, path, kWishBytesMax);
        if (!still && still.error().code == Code::kNotFound)
            return end_of_wish(files, repository.folder());
        if (!still) return std::unexpected(still.error());
        if (!still->starts_with(kRefused)) continue;
        SEGURIFAI_TRY(files.remove(path));
        return fail(Code::kConflict, fmt::format("The server could not make the backup: {}",
                                                 std::string_view(*still).substr(kRefused.size())));
    }
    SEGURIFAI_TRY(files.remove(path));
    return fail(Code::kTimeout, "The process that writes the backups did not answer in time.");
}

}  // namespace segurifai::backup

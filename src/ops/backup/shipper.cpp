#include "ops/backup/shipper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/thread.hpp"
#include "ops/backup/background.hpp"

namespace segurifai::backup {
namespace {

/// A clock that is set back by no more than this is waited for: time stands still in the log.
constexpr std::int64_t kClockSlackMicros = 1'000'000;
/// SQLite writes the log's header once, in one piece: it is not seen half written that often.
constexpr int kHeadersMissedMax = 50;
constexpr std::chrono::seconds kPauseAfterFailure{1};
/// After that, writers wait until all is shipped, however long that takes.
constexpr std::chrono::seconds kSnapshotPatience{5};

std::filesystem::path log_path(const sql::DatabaseUrl& database) {
    return database.location + "-wal";
}

}  // namespace

class Shipper::Turn {
public:
    explicit Turn(Shipper& shipper) : shipper_(shipper), lock_(shipper.mutex_) {}
    ~Turn() {
        const std::lock_guard lock(shipper_.publishing_);
        ShipperStats& stats = shipper_.published_;
        stats = shipper_.stats_;
        stats.bytes = shipper_.files_ ? shipper_.files_->bytes() : 0;
        stats.position = shipper_.end_.commit;
        stats.generation = shipper_.generation_;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    Shipper& shipper_;
    const std::lock_guard<std::mutex> lock_;
};

Shipper::Shipper(Repository repository, FileLock lock, ShipperOptions options, Clock& clock)
    : repository_(std::move(repository)),
      lock_(std::move(lock)),
      options_(std::move(options)),
      clock_(clock),
      log_(repository_.files(), log_path(options_.database)),
      log_limit_(options_.database, options_.log_bytes_max) {}

Result<std::unique_ptr<Shipper>> Shipper::start(Repository repository, ShipperOptions options,
                                                Clock& clock) {
    if (options.database.engine != sql::Engine::kSqlite)
        return fail(Code::kUnsupported, "Only the log of an SQLite database is shipped from here.");
    SEGURIFAI_TRY_AS(FileLock lock, repository.lock());
    std::unique_ptr<Shipper> shipper(
        new Shipper(std::move(repository), std::move(lock), std::move(options), clock));
    SEGURIFAI_TRY(shipper->open());
    return shipper;
}

Result<void> Shipper::open() {
    const Turn turn(*this);
    const sql::SessionOptions session{.create = false, .keep_log = true};
    SEGURIFAI_TRY_AS(barrier_, sql::open_session(options_.database, session));
    SEGURIFAI_TRY_AS(checkpointer_, sql::open_session(options_.database, session));
    SEGURIFAI_TRY_AS(const auto page_size, barrier_->one_integer("PRAGMA page_size"));
    page_size_ = static_cast<std::uint32_t>(page_size.value_or(0));
    SEGURIFAI_TRY(barrier_->script("PRAGMA busy_timeout=0"));  // see take_write_lock()
    SEGURIFAI_TRY(take_guard());
    SEGURIFAI_TRY(resume());
    return ship_held(kBatchesARound);
}

Result<void> Shipper::resume() {
    SEGURIFAI_TRY_AS(const auto newest, repository_.newest());
    if (!newest) {
        lost_ = "The repository is new.";
        return {};
    }
    generation_ = newest->number;
    auto end = end_of(repository_, *newest);
    if (!end && end.error().code != Code::kCorrupt) return std::unexpected(end.error());
    if (!end || !*end) {
        lose(end ? "The generation before has no full backup." : end.error().message);
        return {};
    }
    end_ = **end;
    guard_is_weak_ = end_.may_restart;
    start_ = end_;
    files_.emplace(repository_, generation_, page_size_);
    return resume_files();
}

Result<void> Shipper::resume_files() {
    SEGURIFAI_TRY_AS(const auto end, files_->resume());
    end_ = end.value_or(start_);
    files_are_broken_ = false;
    return {};
}

Result<void> Shipper::take_guard() {
    // The new one first: there is always one.
    if (spare_guard_ && !spare_guard_->hold_again()) spare_guard_.reset();
    if (!spare_guard_) {
        SEGURIFAI_TRY_AS(spare_guard_, sql::hold_state(options_.database));
    }
    std::swap(guard_, spare_guard_);
    guard_is_weak_ = end_.may_restart;
    // One that does not let go ends with its connection.
    if (spare_guard_ && !spare_guard_->let_go()) spare_guard_.reset();
    return {};
}

void Shipper::drop_guard() {
    if (guard_ && guard_->let_go()) spare_guard_ = std::move(guard_);
    guard_.reset();
}

void Shipper::lose(std::string reason) {
    ++stats_.losses;
    options_.report(Loudness::kAlarm,
                    fmt::format("The backups' log is broken off in generation {}: {} A new "
                                "generation begins, with a full backup; moments between the two "
                                "cannot be restored.",
                                generation_, reason));
    lost_ = std::move(reason);
}

Result<void> Shipper::begin_generation(std::string reason) {
    if (files_ && !files_are_broken_)
        if (auto cut = files_->cut(); !cut) options_.report(Loudness::kAlarm, cut.error().message);
    files_.reset();
    SEGURIFAI_TRY_AS(const auto newest, repository_.newest());
    const bool is_unused = newest && newest->fulls.empty() && newest->logs.empty();
    const std::uint32_t number = newest ? newest->number + (is_unused ? 0 : 1) : 1;
    SEGURIFAI_TRY(finish_pass());
    SEGURIFAI_TRY(repository_.files().make_folder(repository_.folder_of(number)));
    SEGURIFAI_TRY(repository_.files().sync_folder(repository_.folder()));
    // With a commit of our own the log holds a frame, which makes the guard a strong one.
    SEGURIFAI_TRY(sing_held());
    SEGURIFAI_TRY(take_write_lock(*barrier_));
    const Barrier barrier(*barrier_);
    end_ = {};
    brought_frame_ = 0;
    put_off_end();
    SEGURIFAI_TRY(take_guard());
    log_.reopen();
    SEGURIFAI_TRY_AS(const auto header, log_.header());
    if (!header) return fail(Code::kCorrupt, "The database has no write-ahead log.");
    end_.commit.log = {.salts = header->salts, .checksum = header->checksum};
    for (;;) {
        SEGURIFAI_TRY_AS(const auto commits, log_.commits(*header, end_.commit.log, kFramesAtOnce));
        if (commits.empty()) break;
        end_.commit.log = commits.back().log;
        end_.commit.pages = commits.back().pages;
    }
    if (end_.commit.log.frame == 0)
        return fail(Code::kBusy, "Another process brought the log into the database just now.");
    end_.commit.at = clock_.now();
    start_ = end_;
    generation_ = number;
    reason_ = std::move(reason);
    files_.emplace(repository_, generation_, page_size_);
    files_are_broken_ = false;
    headers_missed_ = 0;
    needs_full_ = true;
    lost_.reset();
    return {};
}

/// What shipping needs, anew where something was broken.
Result<void> Shipper::get_ready() {
    if (lost_) {
        if (barrier_->in_transaction())
            return fail(Code::kBusy, "The log was broken off; a new generation begins first.");
        const std::string reason = *lost_;
        SEGURIFAI_TRY(begin_generation(reason));
    }
    if (!guard_) SEGURIFAI_TRY(take_guard());
    return files_are_broken_ ? resume_files() : Result<void>();
}

Result<void> Shipper::ship_held(int batches_max) {
    for (int batch = 0; batch < batches_max; ++batch) {
        SEGURIFAI_TRY(get_ready());
        SEGURIFAI_TRY_AS(is_behind_, ship_some());
        if (!is_behind_ && !lost_) return {};
    }
    return {};
}

/// Ships some of what there is. False when that was all when it was read: what others commit
/// meanwhile is for the next time, or a busy writer would keep us for ever.
Result<bool> Shipper::ship_some() {
    log_.reopen();
    SEGURIFAI_TRY_AS(const auto header, log_.header());
    if (!header) {
        if (++headers_missed_ >= kHeadersMissedMax) lose("Another process removed the log.");
        return false;
    }
    headers_missed_ = 0;
    if (header->salts != end_.commit.log.salts) {
        SEGURIFAI_TRY_AS(auto refusal, why_not_entered(*header));
        if (refusal) {
            lose(std::move(*refusal));
            return false;
        }
        end_.commit.log = {.salts = header->salts, .checksum = header->checksum};
        brought_frame_ = 0;
    }
    SEGURIFAI_TRY_AS(const bool holds, log_.holds(end_.commit.log, page_size_));
    if (!holds) {
        lose("The log holds something else than what was shipped from it.");
        return false;
    }
    SEGURIFAI_TRY_AS(const auto commits, log_.commits(*header, end_.commit.log, kFramesAtOnce));
    if (commits.empty()) return false;
    const bool is_all = commits.back().log.frame - end_.commit.log.frame < kFramesAtOnce;
    if (auto written = write(*header, commits); !written) {
        files_are_broken_ = true;
        return std::unexpected(std::move(written).error());
    }
    if (guard_is_weak_ && !lost_) SEGURIFAI_TRY(take_guard());
    return !is_all;
}

/// Why a log that was begun anew is not the continuation of what was shipped; nothing when it is.
Result<std::optional<std::string>> Shipper::why_not_entered(const LogReader::Header& header) {
    using Answer = std::optional<std::string>;
    const LogPosition& last = end_.commit.log;
    if (!end_.may_restart || header.salts[0] != last.salts[0] + 1 || header.page_size != page_size_)
        return Answer("Another process brought the log into the database and began a new one.");
    // What was committed to the old log after we let go of it would still stand behind the new.
    LogReader::Header old = header;
    old.salts = last.salts;
    SEGURIFAI_TRY_AS(const auto behind, log_.commits(old, last, 1));
    if (!behind.empty())
        return Answer("Another process committed while the log was being begun anew.");
    return Answer();
}

Result<void> Shipper::write(const LogReader::Header& header,
                            std::span<const LogReader::FoundCommit> commits) {
    Instant at = clock_.now();
    if (at.micros + kClockSlackMicros < end_.commit.at.micros) {
        lose(fmt::format("The clock went back from {} to {}.", end_.commit.at.to_string(),
                         at.to_string()));
        return {};
    }
    at = std::max(at, end_.commit.at);
    LogEnd end = end_;
    SEGURIFAI_TRY(files_->make_room_for(end.commit.txid, at));
    for (const LogReader::FoundCommit& found : commits) {
        const auto take = [&](std::uint32_t number, std::string_view content) {
            return files_->page(number, content);
        };
        SEGURIFAI_TRY(log_.pages(page_size_, end.commit.log.frame, found.log.frame, take));
        // Pages count for nothing without their commit: it is written only if the log is the same.
        SEGURIFAI_TRY_AS(const auto still, log_.header());
        if (still != header) {
            lose("Another process began the log anew while it was read.");
            break;
        }
        end.commit = {
            .txid = end.commit.txid + 1, .at = at, .pages = found.pages, .log = found.log};
        SEGURIFAI_TRY(files_->commit(end.commit));
    }
    SEGURIFAI_TRY(files_->sync());
    end.may_restart = false;
    stats_.commits += end.commit.txid - end_.commit.txid;
    end_ = end;
    return {};
}

Result<void> Shipper::sing_held() {
    constexpr std::int64_t kMicrosPerMinute = 60'000'000;
    sung_ = std::chrono::steady_clock::now();
    SEGURIFAI_TRY(take_write_lock(*barrier_));
    const Barrier undone_unless_committed(*barrier_);
    SEGURIFAI_TRY(barrier_->script(
        fmt::format("PRAGMA user_version={}", clock_.now().micros / kMicrosPerMinute)));
    return barrier_->commit();
}

Result<void> Shipper::ship() {
    const Turn turn(*this);
    const auto shipped = ship_held();
    note(shipped);
    return shipped;
}

Result<bool> Shipper::checkpoint() {
    const Turn turn(*this);
    if (snapshots_->load() > 0) return false;
    SEGURIFAI_TRY(ship_held(kBatchesARound));
    SEGURIFAI_TRY(begin_pass(Sync::kNow));
    return end_checkpoint();
}

Result<void> Shipper::cut() {
    const Turn turn(*this);
    SEGURIFAI_TRY(ship_held(kBatchesARound));
    auto cut = files_->cut();
    if (!cut) files_are_broken_ = true;
    return cut;
}

Result<void> Shipper::sing() {
    const Turn turn(*this);
    return sing_held();
}

Result<Snapshot> Shipper::snapshot() {
    const Turn turn(*this);
    const auto until = std::chrono::steady_clock::now() + kSnapshotPatience;
    std::optional<Barrier> barrier;
    while (!barrier) {
        SEGURIFAI_TRY(keep_up());
        const bool is_late = std::chrono::steady_clock::now() >= until;
        SEGURIFAI_TRY_AS(barrier, take_lock_shipped(is_late ? kHoweverLong : kHoldBack));
        if (is_late && !barrier)
            return fail(Code::kBusy, lost_.value_or("Writers left the lock to nobody."));
    }
    SEGURIFAI_TRY_AS(std::unique_ptr<sql::HeldState> state, sql::hold_state(options_.database));
    barrier.reset();
    snapshots_->fetch_add(1);
    const auto release = [count = snapshots_](void*) { count->fetch_sub(1); };
    Snapshot snapshot{.generation = generation_,
                      .reason = needs_full_ ? reason_ : "",
                      .page_size = page_size_,
                      .commit = end_.commit,
                      .state = std::move(state),
                      .log = LogReader(repository_.files(), log_path(options_.database)),
                      .frame_of = std::vector<std::uint32_t>(end_.commit.pages + 1, 0),
                      .hold = std::shared_ptr<void>(static_cast<void*>(nullptr), release)};
    std::uint32_t frame = 0;
    const auto take = [&](std::uint32_t number, std::string_view) -> Result<void> {
        ++frame;
        if (number < snapshot.frame_of.size()) snapshot.frame_of[number] = frame;
        return {};
    };
    SEGURIFAI_TRY(snapshot.log.pages(page_size_, 0, end_.commit.log.frame, take));
    return snapshot;
}

void Shipper::full_is_made(std::uint32_t generation) noexcept {
    const Turn turn(*this);
    if (generation == generation_ && !lost_) needs_full_ = false;
}

ShipperStats Shipper::stats() const {
    const std::lock_guard lock(publishing_);
    return published_;
}

/// Counts a round that failed, and says so once.
bool Shipper::note(const Result<void>& round) {
    if (!round) {
        ++stats_.failures;
        if (!std::exchange(stats_.is_failing, true))
            options_.report(
                Loudness::kAlarm,
                fmt::format("Commits are not shipped to the backups: {}", round.error().message));
        spare_disk();
        return false;
    }
    if (std::exchange(stats_.is_failing, false))
        options_.report(Loudness::kNote, "Commits are shipped to the backups again.");
    return true;
}

/// Nothing can be shipped: the log may not grow for ever.
void Shipper::spare_disk() {
    // A log that cannot be looked at is not known to be long.
    if (!lost_ && log_limit_.is_reached().value_or(false)) lose(log_limit_.reason());
    if (!lost_) return;
    drop_guard();
    auto given_up = finish_pass();
    if (given_up) given_up = give_up_log(*barrier_, *checkpointer_);
    if (!given_up) options_.report(Loudness::kAlarm, given_up.error().message);
}

/// `woken_at`: nothing when it only looks.
Result<void> Shipper::round(std::optional<std::chrono::steady_clock::time_point> woken_at) {
    const auto now = std::chrono::steady_clock::now();
    if (options_.canary_every.count() > 0 && now - sung_ >= options_.canary_every) {
        auto sung = sing_held();  // a busy database has commits enough
        if (!sung && sung.error().code != Code::kBusy) return sung;
    }
    const std::uint64_t commits = stats_.commits;
    SEGURIFAI_TRY(keep_up());
    if (woken_at && stats_.commits != commits)
        stats_.lag_micros = std::chrono::duration_cast<std::chrono::microseconds>(
                                std::chrono::steady_clock::now() - *woken_at)
                                .count();
    const std::int64_t age_micros = clock_.now().micros - files_->open_since().micros;
    if (files_->is_open() &&
        (files_->open_bytes() >= options_.file_bytes ||
         age_micros >= std::chrono::microseconds(options_.file_time).count())) {
        auto cut = files_->cut();
        if (!cut) files_are_broken_ = true;
        SEGURIFAI_TRY(cut);
    }
    return go_on_with_checkpoint();
}

void Shipper::begin_thread() {
    thread_ = std::thread([this] { work(); });
}

void Shipper::wake() noexcept {
    {
        const std::lock_guard lock(waking_);
        if (woken_) return;
        woken_ = true;
        woken_at_ = std::chrono::steady_clock::now();
    }
    more_.notify_one();
}

void Shipper::work() {
    name_this_thread("backup-log");
    // Who writes waits for no long turns of ours. No lower priority: we hold the write lock at
    // times.
    take_turns(Turns::kShort);
    auto pause = options_.look_every;
    for (;;) {
        std::optional<std::chrono::steady_clock::time_point> woken_at;
        {
            std::unique_lock lock(waking_);
            // After a failure, commits do not hurry us: the disk will not be better for it.
            const bool hurries = pause == options_.look_every;
            more_.wait_for(lock, pause, [&] { return stopping_ || (woken_ && hurries); });
            if (woken_)
                more_.wait_until(lock, woken_at_ + options_.gather, [&] { return stopping_; });
            if (stopping_) return;
            if (std::exchange(woken_, false)) woken_at = woken_at_;
        }
        const Turn turn(*this);
        const bool is_well = note(round(woken_at));
        pause = is_well ? options_.look_every
                        : std::chrono::duration_cast<std::chrono::milliseconds>(kPauseAfterFailure);
    }
}

void Shipper::stop() {
    {
        const std::lock_guard lock(waking_);
        stopping_ = true;
    }
    more_.notify_one();
    if (thread_.joinable()) thread_.join();
    const Turn turn(*this);
    if (barrier_ == nullptr) return;
    auto shipped = ship_held();
    if (auto shortened = shipped ? shorten_log() : finish_pass(); !shortened)
        options_.report(Loudness::kAlarm, shortened.error().message);
    if (shipped && files_) shipped = files_->cut();
    if (!shipped)
        options_.report(Loudness::kAlarm,
                        fmt::format("The last commits are not shipped: {} They will be at the "
                                    "next start.",
                                    shipped.error().message));
    guard_.reset();
    spare_guard_.reset();
    file_.reset();
    checkpointer_.reset();
    barrier_.reset();
}

}  // namespace segurifai::backup

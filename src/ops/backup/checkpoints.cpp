// The shipper brings the log into the database file: in passes while others write, and the last of
// it under the write lock, so that SQLite begins the log anew.
#include <algorithm>
#include <utility>

#include "ops/backup/background.hpp"
#include "ops/backup/shipper.hpp"

namespace segurifai::backup {
namespace {

/// The log is brought into the file in so many parts. Who reads looks for a page in what is not
/// brought; with more parts, the busy pages are written more often.
constexpr std::uint32_t kPassesALog = 4;
/// Writers wait while the last ones are brought: a pass for fewer is not worth its sync.
constexpr std::uint32_t kFramesUnderLock = 200;
/// With more than that they would wait long: 32 MB.
constexpr std::uint32_t kFramesUnderLockMax = 8'192;
/// After so many attempts to leave less than that, writers wait for what is left, however much.
constexpr int kAttemptsMax = 6;
/// Writers who were held back may then write for so long. What waits for the lock looks for it
/// every few milliseconds (`sql/sqlite/waiter.hpp`).
constexpr std::chrono::milliseconds kLetWrite{25};
constexpr int kHoldsARound = 20;

}  // namespace

/// Brings what is shipped into the file, while others write and what they commit is shipped. Only
/// the last passes before the log begins anew write to the disk: until then a page that changes
/// again costs it nothing, and everybody who syncs waits behind what is written there.
Result<void> Shipper::begin_pass(Sync sync) {
    SEGURIFAI_TRY(finish_pass());
    // The guard that was taken before all of the log was brought is worth more than a new one.
    if (end_.commit.log.frame == brought_frame_) return {};
    SEGURIFAI_TRY(take_guard());  // no checkpoint goes past it
    if (!file_) {
        SEGURIFAI_TRY_AS(file_, sql::hold_state(options_.database));
        SEGURIFAI_TRY(file_->let_go());
    }
    const std::uint32_t frames = end_.commit.log.frame - brought_frame_;
    last_pass_frames_ = sync == Sync::kNow ? std::max(frames, 1U) : 0;
    if (sync == Sync::kNow) ++attempts_;
    brought_frame_ = end_.commit.log.frame;
    using Frames = Result<std::uint32_t>;
    pass_ = std::async(std::launch::async | std::launch::deferred, [this, sync]() -> Frames {
        let_requests_go_first();  // it holds no lock that they need
        SEGURIFAI_TRY_AS(const BroughtLog brought, bring_log_into_file(*checkpointer_));
        // Or all of it would be synced in the end, while writers wait.
        if (sync == Sync::kNow) SEGURIFAI_TRY(file_->sync_file());
        return brought.frames;
    });
    return {};
}

Result<void> Shipper::finish_pass() {
    if (!pass_.valid()) return {};
    SEGURIFAI_TRY_AS(const std::uint32_t frames, pass_.get());
    const std::uint32_t missing = brought_frame_ - std::min(brought_frame_, frames);
    // A short read leaves a few; of a long one it would be of no use to ask again at once.
    is_hindered_ = missing >= kFramesUnderLockMax;
    if (!is_hindered_) brought_frame_ -= missing;
    return {};
}

Result<void> Shipper::go_on_with_checkpoint() {
    using std::future_status;
    if (lost_) return {};
    if (pass_.valid() && pass_.wait_for(std::chrono::seconds(0)) == future_status::timeout) {
        const std::uint32_t meanwhile = end_.commit.log.frame - brought_frame_;
        // Who commits half of what the last passes bring makes them useless.
        const std::uint32_t meanwhile_max =
            last_pass_frames_ > 0 ? std::max(last_pass_frames_ / 2, kFramesUnderLockMax)
                                  : options_.checkpoint_frames;
        if (meanwhile >= meanwhile_max) is_holding_back_ = true;
        return {};
    }
    SEGURIFAI_TRY(finish_pass());
    // Much will be committed before a snapshot or a long read ends.
    if (snapshots_->load() > 0 || is_hindered_) put_off_end();
    if (snapshots_->load() > 0) return {};
    const std::uint32_t frame = end_.commit.log.frame;
    const std::uint32_t rest = frame - brought_frame_;
    if (last_pass_frames_ > 0) {
        // Each pass leaves what was committed during it. When that gets no shorter, writers wait
        // for it.
        const bool gets_shorter = rest > kFramesUnderLock && rest < last_pass_frames_ / 2;
        const bool is_much = rest >= kFramesUnderLockMax;
        if (is_much) is_holding_back_ = true;
        if ((gets_shorter || is_much) && attempts_ < kAttemptsMax) return begin_pass(Sync::kNow);
        SEGURIFAI_TRY(end_checkpoint());
        return {};
    }
    put_off_end();
    if (rest < options_.checkpoint_frames / kPassesALog) return {};
    return begin_pass(frame < options_.checkpoint_frames ? Sync::kLater : Sync::kNow);
}

/// Until more of the log is there to be brought.
void Shipper::put_off_end() noexcept {
    last_pass_frames_ = 0;
    attempts_ = 0;
    is_hindered_ = is_holding_back_ = false;
}

/// Ships under the write lock, a batch at least.
Result<void> Shipper::ship_for(std::chrono::milliseconds time) {
    const auto until = std::chrono::steady_clock::now() + time;
    do {
        SEGURIFAI_TRY_AS(is_behind_, ship_some());
    } while (is_behind_ && !lost_ && std::chrono::steady_clock::now() < until);
    return {};
}

/// Writers who are faster than we are wait a little now and then, rather than for everything at
/// once in the end: what they are ahead is shipped meanwhile, and a running pass goes on.
Result<void> Shipper::hold_writers_back() {
    using std::chrono::steady_clock;
    std::this_thread::sleep_until(held_back_ + kLetWrite);
    if (auto begun = take_write_lock(*barrier_); !begun)
        return begun.error().code == Code::kBusy ? ship_held(1) : begun;
    const Barrier barrier(*barrier_);
    ++stats_.holds;
    const auto until = steady_clock::now() + kHoldBack;
    SEGURIFAI_TRY(ship_for(kHoldBack));
    if (pass_.valid()) pass_.wait_until(until);
    held_back_ = steady_clock::now();
    return {};
}

/// Ships, and looks that writers do not get ever further ahead.
Result<void> Shipper::keep_up() {
    // A long commit is shipped before anybody waits.
    SEGURIFAI_TRY(ship_held(is_holding_back_ ? 1 : kBatchesARound));
    for (int hold = 0; (is_holding_back_ || is_behind_) && !lost_ && hold < kHoldsARound; ++hold) {
        SEGURIFAI_TRY(hold_writers_back());
        if (!is_behind_) break;
    }
    return {};
}

/// Takes the write lock with all shipped that was committed. Nothing when nobody left the lock to
/// us, or when that takes longer than `time`.
Result<std::optional<Barrier>> Shipper::take_lock_shipped(std::chrono::milliseconds time) {
    using Taken = std::optional<Barrier>;
    if (auto begun = take_write_lock(*barrier_); !begun) {
        if (begun.error().code == Code::kBusy) return Taken();
        return std::unexpected(std::move(begun).error());
    }
    Taken barrier(*barrier_);
    SEGURIFAI_TRY(ship_for(time));
    if (is_behind_ || lost_) barrier.reset();
    return barrier;
}

/// Lets SQLite begin the log anew: what writers wait for is the rest.
Result<bool> Shipper::end_checkpoint() {
    SEGURIFAI_TRY(finish_pass());
    last_pass_frames_ = 0;
    if (snapshots_->load() > 0) return false;
    if (!files_->is_open()) {  // what is noted below follows a commit in its file
        SEGURIFAI_TRY(sing_held());
        SEGURIFAI_TRY(ship_held(1));
        if (!files_->is_open()) return false;  // a generation began
    }
    const bool is_last_attempt = attempts_ >= kAttemptsMax;
    bool is_whole = false;
    {
        SEGURIFAI_TRY_AS(const auto barrier,
                         take_lock_shipped(is_last_attempt ? kHoweverLong : kHoldBack));
        const std::uint32_t rest = end_.commit.log.frame - brought_frame_;
        const bool is_much = is_behind_ || rest >= kFramesUnderLockMax;
        if (!lost_ && is_much && !is_last_attempt) {
            ++attempts_;
            last_pass_frames_ = std::max(rest, 1U);
            is_holding_back_ = true;
            return false;
        }
        if (!barrier) return false;
        auto noted = files_->log_may_restart();
        if (noted) noted = files_->sync();
        if (!noted) {
            files_are_broken_ = true;
            return std::unexpected(std::move(noted).error());
        }
        end_.may_restart = true;
        drop_guard();
        SEGURIFAI_TRY_AS(const BroughtLog brought, bring_log_into_file(*checkpointer_));
        is_whole = brought.is_whole;
    }
    put_off_end();
    if (!is_whole) {
        SEGURIFAI_TRY(take_guard());
        guard_is_weak_ = false;                  // part of the log is not in the file
        brought_frame_ = end_.commit.log.frame;  // whoever is in the way will be there for a while
        return false;
    }
    ++stats_.checkpoints;
    brought_frame_ = 0;
    // Our own commit begins the log anew, so that the time without a strong guard is short.
    SEGURIFAI_TRY(sing_held());
    SEGURIFAI_TRY(ship_held(kBatchesARound));
    return true;
}

/// A long log would be read in at the next start.
Result<void> Shipper::shorten_log() {
    SEGURIFAI_TRY(finish_pass());
    const bool is_long = end_.commit.log.frame >= options_.checkpoint_frames / kPassesALog;
    if (!is_long || lost_ || files_are_broken_) return {};
    // Our own commit is not in the file, and so the guard that the pass takes is a strong one.
    SEGURIFAI_TRY(sing_held());
    SEGURIFAI_TRY(ship_held());
    SEGURIFAI_TRY(begin_pass(Sync::kNow));
    SEGURIFAI_TRY(end_checkpoint());
    return {};
}

}  // namespace segurifai::backup

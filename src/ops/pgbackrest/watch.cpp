#include "ops/pgbackrest/watch.hpp"

#include <algorithm>
#include <utility>

#include "base/thread.hpp"
#include "ops/pgbackrest/drill.hpp"
#include "ops/pgbackrest/restore.hpp"

namespace segurifai::pgbackrest {
namespace {

/// A complaint whose number has grown is the same one.
std::string without_numbers(const std::string& complaint) {
    std::string text = complaint;
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

}  // namespace

Watch::Watch(WatchOptions options, Clock& clock)
    : options_(std::move(options)), clock_(clock), thread_([this] { work(); }) {}

bool Watch::is_stopping() const {
    const std::lock_guard lock(mutex_);
    return stopping_;
}

void Watch::work() {
    name_this_thread("backup-watch");
    for (;;) {
        auto complaints = look();
        if (is_stopping()) return;
        if (!complaints) {
            session_.reset();
            const std::lock_guard lock(mutex_);
            ++stats_.failures;
        }
        tell(complaints ? *std::move(complaints)
                        : std::vector{std::move(complaints).error().message});
        std::unique_lock lock(mutex_);
        if (more_.wait_for(lock, options_.every, [this] { return stopping_; })) return;
    }
}

Result<std::vector<std::string>> Watch::look() {
    if (session_ == nullptr) {
        SEGURIFAI_TRY_AS(session_, sql::open_session(options_.database));
    }
    auto backups = backups_of(*session_, options_.repository);
    if (!backups && !is_anothers(backups.error()))
        return std::unexpected(std::move(backups).error());
    const bool is_set_up = backups && backups->is_set_up();
    if (!is_set_up) {
        std::vector complaints{backups ? std::string(kNotSetUp) : backups.error().message};
        const std::lock_guard lock(mutex_);
        stats_.is_set_up = false;
        stats_.status = {.complaints = complaints};
        return complaints;
    }
    backups->stop_when([this] { return is_stopping(); });
    SEGURIFAI_TRY(leave_canary(*session_));
    SEGURIFAI_TRY_AS(Status status, status_of(*backups, *session_, clock_.now()));
    auto complaints = status.complaints;
    const std::lock_guard lock(mutex_);
    stats_.is_set_up = true;
    stats_.status = std::move(status);
    return complaints;
}

void Watch::tell(std::vector<std::string> complaints) {
    for (const std::string& complaint : complaints)
        if (std::ranges::find(told_, without_numbers(complaint), &without_numbers) == told_.end())
            options_.report(false, complaint);
    if (complaints.empty() && !told_.empty()) options_.report(true, "They are in order again.");
    told_ = std::move(complaints);
}

void Watch::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    more_.notify_one();
    if (thread_.joinable()) thread_.join();
}

WatchStats Watch::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

}  // namespace segurifai::pgbackrest

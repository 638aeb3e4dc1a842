#include "ops/backup/log_limit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ops/backup/barrier.hpp"

namespace segurifai::backup {

LogLimit::LogLimit(const sql::DatabaseUrl& database, std::uint64_t bytes_max)
    : log_(files_, database.location + "-wal"), bytes_max_(bytes_max) {}

Result<bool> LogLimit::is_reached() {
    log_.reopen();
    return log_.reaches(bytes_max_);
}

std::string LogLimit::reason() const {
    return fmt::format("Nothing could be shipped until the log had {} MB.", bytes_max_ / 1'000'000);
}

Result<BroughtLog> bring_log_into_file(sql::Session& session) {
    BroughtLog brought;
    auto sink = sql::each_row([&](const sql::Row& row) {
        const std::int64_t frames = row.integer(2);  // -1 when there is no log
        brought.frames = static_cast<std::uint32_t>(std::max<std::int64_t>(frames, 0));
        brought.is_whole = row.integer(0) == 0 && row.integer(1) == frames;
    });
    SEGURIFAI_TRY(session.run("PRAGMA wal_checkpoint(PASSIVE)", {}, &sink));
    return brought;
}

Result<void> give_up_log(sql::Session& locking, sql::Session& checkpointing) {
    SEGURIFAI_TRY(bring_log_into_file(checkpointing));
    if (auto locked = take_write_lock(locking); !locked)
        return locked.error().code == Code::kBusy ? Result<void>() : locked;
    const Barrier barrier(locking);
    SEGURIFAI_TRY(bring_log_into_file(checkpointing));
    return {};
}

}  // namespace segurifai::backup

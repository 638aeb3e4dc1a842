#include "ops/backup/log_limit.hpp"

#include <fmt/format.h>

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

Result<bool> bring_log_into_file(sql::Session& session) {
    bool is_whole = false;
    auto sink = sql::each_row([&](const sql::Row& row) {
        is_whole = row.integer(0) == 0 && row.integer(1) == row.integer(2);
    });
    SEGURIFAI_TRY(session.run("PRAGMA wal_checkpoint(PASSIVE)", {}, &sink));
    return is_whole;
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

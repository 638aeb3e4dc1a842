#include "sql/sqlite/connection.hpp"

#include <algorithm>
#include <limits>
#include <thread>

#include "sql/sqlite/codec.hpp"
#include "sql/sqlite/failure.hpp"

namespace segurifai::sql::sqlite {
namespace {

constexpr int kStepsATick = 10'000;  // a fraction of a millisecond between looks at the clock
// SQLite counts steps over a statement's whole life, so the first tick may come at once.
constexpr int kPointReadTicks = 11;

/// The row a statement stands on.
class PresentRow final : public Row {
public:
    PresentRow(sqlite3_stmt* statement, int columns) noexcept
        : statement_(statement), columns_(columns) {}

    int size() const noexcept override { return columns_; }
    std::string_view name(int column) const noexcept override {
        const char* name = sqlite3_column_name(statement_, column);
        return name != nullptr ? name : "";
    }
    bool is_null(int column) const noexcept override {
        return sqlite3_column_type(statement_, column) == SQLITE_NULL;
    }
    bool get(int column, ValueType want, int scale, Value& out) const override {
        return read_cell(statement_, column, want, scale, out);
    }

private:
    sqlite3_stmt* statement_;
    int columns_;
};

}  // namespace

Connection::~Connection() {
    statements_.clear();
    controls_.clear();
    sqlite3_close_v2(db_);
}

int Connection::on_progress(void* self) noexcept {
    auto& connection = *static_cast<Connection*>(self);
    if (connection.ticks_left_ > 0) return --connection.ticks_left_ == 0 ? 1 : 0;
    return std::chrono::steady_clock::now() >= connection.deadline_ ? 1 : 0;
}

int Connection::on_busy(void* self, int times_before) noexcept {
    using namespace std::chrono;
    constexpr microseconds kPauseMin{100};
    constexpr microseconds kPauseMax{5'000};
    auto& connection = *static_cast<Connection*>(self);
    const auto now = steady_clock::now();
    if (times_before == 0) connection.busy_since_ = now;
    const auto waited = duration_cast<microseconds>(now - connection.busy_since_);
    if (waited >= connection.options_.lock_timeout) return 0;
    std::this_thread::sleep_for(std::clamp(waited / 16, kPauseMin, kPauseMax));
    return 1;
}

void Connection::limit_time(std::chrono::milliseconds time) noexcept {
    ticks_left_ = 0;
    if (time.count() <= 0) {
        sqlite3_progress_handler(db_, 0, nullptr, nullptr);
        return;
    }
    deadline_ = std::chrono::steady_clock::now() + time;
    sqlite3_progress_handler(db_, kStepsATick, on_progress, this);
}

void Connection::limit_to_point_read() noexcept {
    ticks_left_ = kPointReadTicks;
    sqlite3_progress_handler(db_, kStepsATick, on_progress, this);
}

Result<Cursor> Connection::open_cursor(const Statement& statement, Params params) {
    SEGURIFAI_TRY_AS(Taken taken, statements_.take(db_, statement, options_.guarded));
    if (options_.use == ConnectionOptions::Use::kReads && !taken->reads_only())
        return fail(Code::kReadOnly,
                    "The statement writes, and was run as a read: use write() or transact().");
    SEGURIFAI_TRY(taken->bind(params));
    return Cursor(*this, std::move(taken));
}

Result<std::int64_t> Connection::run(const Statement& statement, Params params, RowSink* sink) {
    SEGURIFAI_TRY_AS(Cursor cursor, open_cursor(statement, params));
    SEGURIFAI_TRY(cursor.next(std::numeric_limits<std::size_t>::max(), sink));
    return cursor.rows();
}

Result<bool> Cursor::next(std::size_t limit, RowSink* sink) {
    sqlite3* db = connection_->db_;
    sqlite3_stmt* statement = taken_->handle();
    const sqlite3_int64 changes_before = taken_->columns() == 0 ? sqlite3_total_changes64(db) : 0;
    const PresentRow row(statement, taken_->columns());
    while (limit > 0) {
        const int code = sqlite3_step(statement);
        if (code == SQLITE_DONE) {
            // Statements that change no rows (DDL) leave the previous statement's count behind.
            if (taken_->columns() == 0 && sqlite3_total_changes64(db) != changes_before)
                rows_ = sqlite3_changes64(db);
            return true;
        }
        if (code != SQLITE_ROW) return std::unexpected(failure_of(db, code));
        ++rows_;
        --limit;
        if (sink == nullptr || sink->on_row(row)) continue;
        // A read just stops; a write whose rows are no longer wanted still has to end.
        if (taken_->reads_only()) return true;
        sink = nullptr;
    }
    return false;
}

Result<void> Connection::script(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
        return fail(Code::kInvalid, "The SQL script holds a NUL character.");
    const std::string text(sql);
    const char* rest = text.c_str();
    while (*rest != '\0') {
        sqlite3_stmt* raw = nullptr;
        const int compiled = sqlite3_prepare_v3(db_, rest, -1, 0, &raw, &rest);
        if (compiled != SQLITE_OK) return std::unexpected(compile_failure_of(db_, compiled));
        if (raw == nullptr) continue;  // a comment
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) code = sqlite3_step(raw);
        if (code != SQLITE_DONE) {
            Error error = failure_of(db_, code);
            sqlite3_finalize(raw);
            return std::unexpected(std::move(error));
        }
        sqlite3_finalize(raw);
    }
    return {};
}

Result<void> Connection::compile(std::string_view sql) {
    SEGURIFAI_TRY(Prepared::make(db_, sql, 0));
    return {};
}

Result<void> Connection::control(const char* sql) {
    SEGURIFAI_TRY_AS(Taken taken, controls_.take(db_, Statement{{}, sql}, false));
    const int code = sqlite3_step(taken->handle());
    if (code != SQLITE_DONE) return std::unexpected(failure_of(db_, code));
    return {};
}

}  // namespace segurifai::sql::sqlite

#include "sql/sqlite/writer.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <optional>

#include "base/thread.hpp"
#include "sql/sqlite/failure.hpp"

namespace segurifai::sql::sqlite {
namespace {

/// A group is committed when it has lasted this long, whoever still waits.
constexpr std::chrono::microseconds kGroupTime{2'000};
/// Under load the callers of the last group come back one by one: a pause of this length without
/// any of them ends the group.
constexpr std::chrono::microseconds kLinger{100};

Error busy_error() {
    return {.code = Code::kBusy,
            .message = "Too much work waits for the database: try again later."};
}

std::unexpected<Error> lost_transaction() {
    return fail(Code::kConflict, "The database rolled the transaction back.");
}

/// True when rows refer to parents that are not there yet, and that COMMIT would refuse: for the
/// whole group.
bool owes_parents(Connection& connection) noexcept {
    int owed = 0;
    int unused = 0;
    return sqlite3_db_status(connection.handle(), SQLITE_DBSTATUS_DEFERRED_FKS, &owed, &unused,
                             0) == SQLITE_OK &&
           owed != 0;
}

}  // namespace

/// The run of one body: kept alive by the coroutine's completion and by the writer.
struct Writer::BodyRun {
    BodyRun(Connection& connection, std::chrono::milliseconds statement_timeout)
        : transaction(connection, statement_timeout) {}

    WriterTransaction transaction;
    TransactionBody body;
    boost::asio::cancellation_signal cancel;
    bool done = false;
    std::exception_ptr defect;
    Result<void> result;
};

Writer::Writer(std::unique_ptr<Connection> connection, const DatabaseOptions& options)
    : connection_(std::move(connection)),
      options_(options),
      bodies_(std::make_unique<boost::asio::io_context>(1)),
      thread_([this] { work(); }) {}

void Writer::submit(std::unique_ptr<Unit> unit) {
    Error refusal;
    unit->question.since = Clock::now();
    {
        std::unique_lock lock(mutex_);
        const bool full = waiting_.load(std::memory_order_relaxed) >= options_.queue_limit;
        if (!closing_ && !full) {
            waiting_.fetch_add(1, std::memory_order_relaxed);
            queue_.push_back(std::move(unit));
            const bool wake = std::exchange(sleeping_, false);
            lock.unlock();
            if (wake) more_.notify_one();
            return;
        }
        refusal = closing_ ? Error{.code = Code::kGone, .message = "The database is closed."}
                           : busy_error();
    }
    if (refusal.code == Code::kBusy) counters_.refused_busy.fetch_add(1);
    unit->answer = std::unexpected(std::move(refusal));
    Units refused;
    refused.push_back(std::move(unit));
    resume(std::move(refused));
}

void Writer::close() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        sleeping_ = false;
    }
    more_.notify_one();
    const std::lock_guard lock(joining_);
    if (thread_.joinable()) thread_.join();
}

void Writer::work() {
    name_this_thread("sqlite-writer");
    while (wait_for_work()) run_group();
    connection_.reset();
}

bool Writer::wait_for_work() {
    if (!taken_.empty()) return true;
    std::unique_lock lock(mutex_);
    while (queue_.empty() && !closing_) {
        sleeping_ = true;
        more_.wait(lock, [this] { return !sleeping_; });
    }
    sleeping_ = false;
    taken_.swap(queue_);
    return !taken_.empty();
}

void Writer::refill() {
    const std::lock_guard lock(mutex_);
    taken_.swap(queue_);
}

void Writer::linger(Clock::time_point began, std::size_t done) {
    if (done >= group_before_) return;  // everybody of the last group is back
    const auto until = std::min(Clock::now() + kLinger, began + kGroupTime);
    std::unique_lock lock(mutex_);
    if (!queue_.empty() || closing_) return;
    sleeping_ = true;
    more_.wait_until(lock, until, [this] { return !sleeping_; });
    sleeping_ = false;
}

bool Writer::take_next(Clock::time_point began, std::size_t done) {
    if (done >= options_.group_limit) return false;
    if (done > 0 && Clock::now() - began >= kGroupTime) return false;
    if (!taken_.empty()) return true;
    refill();
    if (!taken_.empty()) return true;
    linger(began, done);
    refill();
    return !taken_.empty();
}

Result<void> Writer::begin() {
    connection_->limit_time({});  // the wait for another process's lock has its own limit
    return connection_->control("BEGIN IMMEDIATE");
}

void Writer::give_up(Error error) {
    // Those who came while we waited for the lock get their own full wait.
    Units refused;
    while (!taken_.empty() && refused.size() < options_.group_limit) {
        taken_.front()->answer = std::unexpected(error);
        refused.push_back(std::move(taken_.front()));
        taken_.pop_front();
    }
    waiting_.fetch_sub(refused.size(), std::memory_order_relaxed);
    if (error.code == Code::kBusy) counters_.refused_busy.fetch_add(refused.size());
    resume(std::move(refused));
}

void Writer::run_group() {
    // Whoever waited too long is told so, and costs the others nothing.
    const auto now = Clock::now();
    Units late;
    while (!taken_.empty() && now - taken_.front()->question.since > options_.acquire_timeout) {
        taken_.front()->answer = std::unexpected(busy_error());
        late.push_back(std::move(taken_.front()));
        taken_.pop_front();
    }
    if (!late.empty()) {
        waiting_.fetch_sub(late.size(), std::memory_order_relaxed);
        counters_.refused_busy.fetch_add(late.size());
        resume(std::move(late));
    }
    if (taken_.empty()) return;
    if (auto began = begin(); !began) return give_up(std::move(began).error());

    const auto began = Clock::now();
    Units done;
    while (take_next(began, done.size())) {
        std::unique_ptr<Unit> unit = std::move(taken_.front());
        taken_.pop_front();
        const Outcome outcome = execute(*unit);
        done.push_back(std::move(unit));
        if (outcome == Outcome::kGroupLost) return rerun(std::move(done));
    }
    commit(std::move(done));
}

void Writer::commit(Units done) {
    connection_->limit_time({});
    if (auto committed = connection_->control("COMMIT"); committed) {
        counters_.commits.fetch_add(1);
        counters_.transactions.fetch_add(done.size());
        if (options_.on_commit) options_.on_commit();
    } else {
        if (connection_->in_transaction())
            sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        for (const auto& unit : done)
            if (unit->answer && !unit->defect) unit->answer = std::unexpected(committed.error());
    }
    group_before_ = done.size();
    waiting_.fetch_sub(done.size(), std::memory_order_relaxed);
    resume(std::move(done));
}

void Writer::rerun(Units done) {
    if (connection_->in_transaction())
        sqlite3_exec(connection_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    // Only the last unit is to blame, and it has its error: every pass finishes one at least.
    Units finished;
    for (auto unit = done.rbegin(); unit != done.rend(); ++unit) {
        const bool succeeded = (*unit)->answer && !(*unit)->defect;
        const bool rows_given =
            (*unit)->question.sink != nullptr && succeeded && *(*unit)->answer > 0;
        if (succeeded && !rows_given) {
            counters_.retries.fetch_add(1);
            taken_.push_front(std::move(*unit));
            continue;
        }
        if (succeeded)  // its sink would see the rows twice
            (*unit)->answer = fail(Code::kSerialization,
                                   "The write was undone together with another one that failed: "
                                   "run it again.");
        finished.push_back(std::move(*unit));
    }
    waiting_.fetch_sub(finished.size(), std::memory_order_relaxed);
    resume(std::move(finished));
}

void Writer::resume(Units units) {
    resume_all({std::make_move_iterator(units.begin()), std::make_move_iterator(units.end())});
}

Writer::Outcome Writer::execute(Unit& unit) {
    unit.answer = 0;
    return unit.question.body ? execute_body(unit) : execute_statement(unit);
}

Writer::Outcome Writer::execute_statement(Unit& unit) {
    // Without a savepoint, which would copy every page it touches: a statement that fails undoes
    // itself. Where that is not so, the group is given up and the others run again.
    counters_.statements.fetch_add(1, std::memory_order_relaxed);
    const sqlite3_int64 changes = sqlite3_total_changes64(connection_->handle());
    connection_->limit_time(options_.statement_timeout);
    try {
        unit.answer =
            connection_->run(unit.question.statement, unit.question.params, unit.question.sink);
    } catch (...) {
        unit.defect = std::current_exception();
    }
    if (unit.answer && !unit.defect && owes_parents(*connection_)) {
        unit.answer =
            std::unexpected(failure_of(connection_->handle(), SQLITE_CONSTRAINT_FOREIGNKEY));
    }
    if (!connection_->in_transaction()) {
        if (unit.answer && !unit.defect) unit.answer = lost_transaction();
        return Outcome::kGroupLost;
    }
    if (unit.answer && !unit.defect) return Outcome::kKept;
    const bool undone = sqlite3_total_changes64(connection_->handle()) == changes;
    return undone ? Outcome::kRefused : Outcome::kGroupLost;
}

Writer::Outcome Writer::execute_body(Unit& unit) {
    Result<void> result = connection_->control("SAVEPOINT unit");
    if (result) result = run_body(unit);
    if (result && !unit.defect && owes_parents(*connection_))
        result = std::unexpected(failure_of(connection_->handle(), SQLITE_CONSTRAINT_FOREIGNKEY));
    if (!connection_->in_transaction()) {
        if (result && !unit.defect) result = lost_transaction();
        if (!result) unit.answer = std::unexpected(std::move(result).error());
        return Outcome::kGroupLost;
    }
    connection_->limit_time({});
    const bool keep = result && !unit.defect;
    if (!result) unit.answer = std::unexpected(std::move(result).error());
    if (!keep && !connection_->control("ROLLBACK TO unit")) return Outcome::kGroupLost;
    if (auto released = connection_->control("RELEASE unit"); !released) {
        unit.answer = std::unexpected(std::move(released).error());
        return Outcome::kGroupLost;
    }
    return keep ? Outcome::kKept : Outcome::kRefused;
}

Result<void> Writer::run_body(Unit& unit) {
    const auto run = std::make_shared<BodyRun>(*connection_, options_.statement_timeout);
    run->body = unit.question.body;  // a copy: it may run again, and this one may be abandoned
    bodies_->restart();
    try {
        auto ended = [run](std::exception_ptr defect, Result<void> result) {
            run->done = true;
            run->defect = std::move(defect);
            run->result = std::move(result);
        };
        boost::asio::co_spawn(
            bodies_->get_executor(), run->body(run->transaction),
            boost::asio::bind_cancellation_slot(run->cancel.slot(), std::move(ended)));
    } catch (...) {  // the body is an ordinary function that threw before it was a coroutine
        unit.defect = std::current_exception();
        return {};
    }
    const auto deadline = Clock::now() + options_.idle_in_transaction_timeout;
    while (!run->done && bodies_->run_one_until(deadline) > 0) {
    }
    counters_.statements.fetch_add(run->transaction.statements(), std::memory_order_relaxed);
    if (run->done) {
        unit.defect = run->defect;
        if (!unit.defect && run->result && run->transaction.failure())
            return std::unexpected(*run->transaction.failure());
        return std::move(run->result);
    }
    run->transaction.end();
    run->cancel.emit(boost::asio::cancellation_type::all);
    bodies_->restart();
    bodies_->poll();
    if (!run->done) {
        abandoned_.emplace_back(std::move(bodies_), run);
        bodies_ = std::make_unique<boost::asio::io_context>(1);
    }
    return fail(Code::kTimeout,
                "The transaction waited for something else than the database until its deadline, "
                "and was rolled back.");
}

}  // namespace segurifai::sql::sqlite

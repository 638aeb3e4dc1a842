#include "sql/sqlite/database.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <set>
#include <thread>

#include "sql/sqlite/session.hpp"
#include "support/temporary_folder.hpp"

extern char** environ;  // NOLINT: POSIX names it so

namespace segurifai::sql {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::uint32_t kInsertId = 1;
constexpr Statement kInsert{"insert", "INSERT INTO t (id, name) VALUES ($1, $2)", kInsertId};
constexpr Statement kPoint{"point", "SELECT id, name FROM t WHERE id = $1", 2, true};
constexpr Statement kCount{"count", "SELECT count(*) FROM t"};

class SqliteDatabaseTest : public ::testing::Test {
protected:
    SqliteDatabaseTest() {
        auto opened = open_sqlite_session(path(), {});
        if (!opened) throw std::runtime_error(describe(opened.error()));
        tool_ = std::move(*opened);
        must(tool_->script(
            "CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL CHECK (name <> 'bad'));"
            "CREATE TABLE c (id integer PRIMARY KEY, "
            "t integer REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)"));
    }

    std::string path() const { return folder_ / "test.db"; }
    static void must(const Result<void>& result) {
        if (!result) throw std::runtime_error(describe(result.error()));
    }
    std::unique_ptr<Database> open(const DatabaseOptions& options = {}) {
        auto opened = open_sqlite_database(path(), options);
        if (!opened) throw std::runtime_error(describe(opened.error()));
        return std::move(*opened);
    }
    std::int64_t count(const char* table = "t") {
        return tool_->one_integer(std::string("SELECT count(*) FROM ") + table)->value_or(-1);
    }

    testing::TemporaryFolder folder_;
    std::unique_ptr<Session> tool_;
};

/// Runs one coroutine to its end on an io_context of its own and gives what it returned.
template <class T>
T run(Task<T> task) {
    asio::io_context context(1);
    std::optional<T> result;
    std::exception_ptr defect;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
        defect = e;
        result = std::move(value);
    });
    context.run();
    if (defect) std::rethrow_exception(defect);
    return std::move(*result);
}

Task<Result<std::int64_t>> insert(Database& db, std::int64_t id, std::string name) {
    const std::array params{Value::integer(id), Value::text(name)};
    co_return co_await db.write(kInsert, params);
}

Task<Result<std::int64_t>> number(Executor& on, Statement statement) {
    std::int64_t found = -1;
    auto sink = each_row([&](const Row& row) { found = row.integer(0); });
    SEGURIFAI_CO_TRY(co_await on.run(statement, {}, &sink));
    co_return found;
}

Task<Result<std::int64_t>> name_length(Database& db, std::int64_t id) {
    const std::array params{Value::integer(id)};
    std::int64_t found = -1;
    auto sink =
        each_row([&](const Row& row) { found = static_cast<std::int64_t>(row.text(1).size()); });
    SEGURIFAI_CO_TRY(co_await db.run(kPoint, params, &sink));
    co_return found;
}

Task<Result<void>> insert_in(Transaction& tx, std::int64_t id, std::string name) {
    const std::array params{Value::integer(id), Value::text(name)};
    SEGURIFAI_CO_TRY(co_await tx.run(kInsert, params, nullptr));
    co_return Result<void>();
}

TEST_F(SqliteDatabaseTest, AnAcknowledgedWriteIsSeenByEveryRead) {
    auto db = open();
    EXPECT_EQ(*run(insert(*db, 7, "seven")), 1);
    EXPECT_EQ(*run(name_length(*db, 7)), 5);
    EXPECT_EQ(*run(name_length(*db, 8)), -1);
    EXPECT_EQ(*run(number(*db, kCount)), 1);
    EXPECT_EQ(count(), 1);
    EXPECT_EQ(run(insert(*db, 7, "again")).error().code, Code::kUniqueViolation);
    const DatabaseStats stats = db->stats();
    EXPECT_EQ(stats.commits, 2u);
    EXPECT_GE(stats.statements, 5u);
}

TEST_F(SqliteDatabaseTest, AReadThatWritesIsRefused) {
    auto db = open();
    EXPECT_EQ(run(number(*db, {"x", "DELETE FROM t"})).error().code, Code::kReadOnly);
    EXPECT_EQ(run(number(*db, {"x", "DELETE FROM t", 0, true})).error().code, Code::kReadOnly);
}

TEST_F(SqliteDatabaseTest, AStatementMayNotEndTheGroup) {
    auto db = open();
    for (const char* sql : {"COMMIT", " rollback", "BEGIN", "savepoint x", "END;", "Release x"}) {
        auto body = [sql](Transaction& tx) -> Task<Result<void>> {
            const Statement control{"x", sql};
            SEGURIFAI_CO_TRY(co_await tx.run(control, {}, nullptr));
            co_return Result<void>();
        };
        EXPECT_EQ(run(db->transact(body)).error().code, Code::kInvalid) << sql;
    }
}

TEST_F(SqliteDatabaseTest, AMisdeclaredPointReadIsStopped) {
    auto db = open();
    constexpr Statement kEndless{
        "endless",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", 0,
        true};
    EXPECT_EQ(run(number(*db, kEndless)).error().code, Code::kTimeout);
    ASSERT_TRUE(run(insert(*db, 1, "x")));
    for (int i = 0; i < 50'000; ++i) ASSERT_EQ(*run(name_length(*db, 1)), 1) << i;
}

TEST_F(SqliteDatabaseTest, AnOrdinaryReadIsStoppedAtItsTimeout) {
    auto db = open({.statement_timeout = 30ms});
    constexpr Statement kEndless{
        "endless",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"};
    EXPECT_EQ(run(number(*db, kEndless)).error().code, Code::kTimeout);
    EXPECT_EQ(*run(number(*db, kCount)), 0);
}

/// 64 callers on two io threads, each a coroutine that repeats its own unit of work.
template <class Unit>
void concurrently(int writers, int repeats, Unit unit) {
    asio::io_context first(1);
    asio::io_context second(1);
    auto loop = [unit, repeats](int writer) -> Task<void> {
        for (int i = 0; i < repeats; ++i) co_await unit(writer, i);
    };
    for (int writer = 0; writer < writers; ++writer)
        asio::co_spawn(writer % 2 == 0 ? first : second, loop(writer), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
    std::thread other([&] { second.run(); });
    first.run();
    other.join();
}

TEST_F(SqliteDatabaseTest, SixtyFourWritersShareCommitsAndOnlyTheFaultyFail) {
    auto db = open({.io_threads = 2});
    std::atomic<int> refused{0};
    std::atomic<int> kept{0};
    std::atomic<int> unseen{0};
    auto unit = [&](int writer, int i) -> Task<void> {
        const std::int64_t id = writer * 1'000 + i;
        const bool faulty = (writer + i) % 5 == 0;
        // Every other unit is a transaction of two rows, the second of which may be faulty.
        if (writer % 4 < 2) {
            auto done = co_await insert(*db, id, faulty ? "bad" : "good");
            ++(done ? kept : refused);
            if (done ? faulty : done.error().code != Code::kCheckViolation) ++unseen;
        } else {
            auto body = [id, faulty](Transaction& tx) -> Task<Result<void>> {
                SEGURIFAI_CO_TRY(co_await insert_in(tx, 1'000'000 + id, "first"));
                co_return co_await insert_in(tx, id, faulty ? "bad" : "good");
            };
            auto done = co_await db->transact(body);
            ++(done ? kept : refused);
            if (done ? faulty : done.error().code != Code::kCheckViolation) ++unseen;
        }
        auto seen = co_await name_length(*db, id);
        if (*seen != (faulty ? -1 : 4)) ++unseen;
    };
    concurrently(64, 50, unit);
    EXPECT_EQ(refused, 64 * 10);
    EXPECT_EQ(kept, 64 * 40);
    EXPECT_EQ(unseen, 0);
    EXPECT_EQ(count(), 64 * 40 + 32 * 40);
    const DatabaseStats stats = db->stats();
    EXPECT_EQ(stats.transactions, 64u * 50);
    EXPECT_LT(stats.commits, stats.transactions / 4);
}

TEST_F(SqliteDatabaseTest, ATransactionRollsBackOnErrorAndOnException) {
    auto db = open();
    auto refusing = [](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 1, "x"));
        co_return fail(Code::kConflict, "No.");
    };
    EXPECT_EQ(run(db->transact(refusing)).error().code, Code::kConflict);
    auto throwing = [](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 2, "x"));
        throw std::logic_error("a defect");
    };
    EXPECT_THROW((void)run(db->transact(throwing)), std::logic_error);
    auto at_once = [](Transaction&) -> Task<Result<void>> { throw std::logic_error("a defect"); };
    EXPECT_THROW((void)run(db->transact(at_once)), std::logic_error);
    EXPECT_EQ(count(), 0);
    ASSERT_TRUE(run(insert(*db, 3, "x")));
}

TEST_F(SqliteDatabaseTest, AFailedStatementFailsItsTransactionUnlessInASavepoint) {
    auto db = open();
    auto ignoring = [](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 1, "x"));
        (void)co_await insert_in(tx, 2, "bad");
        auto after = co_await insert_in(tx, 3, "x");
        EXPECT_EQ(after.error().code, Code::kConflict);
        co_return Result<void>();
    };
    EXPECT_EQ(run(db->transact(ignoring)).error().code, Code::kCheckViolation);
    EXPECT_EQ(count(), 0);

    auto careful = [](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 1, "x"));
        auto part = [](Transaction& inner) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY(co_await insert_in(inner, 2, "x"));
            auto deepest = [](Transaction& deep) -> Task<Result<void>> {
                co_return co_await insert_in(deep, 3, "x");
            };
            SEGURIFAI_CO_TRY(co_await inner.savepoint(deepest));
            co_return co_await insert_in(inner, 4, "bad");
        };
        auto failed = co_await tx.savepoint(part);
        EXPECT_EQ(failed.error().code, Code::kCheckViolation);
        auto sound = [](Transaction& inner) -> Task<Result<void>> {
            co_return co_await insert_in(inner, 5, "x");
        };
        SEGURIFAI_CO_TRY(co_await tx.savepoint(sound));
        const BulkColumn columns[] = {{"id", ValueType::kInteger}, {"name", ValueType::kText}};
        auto source = [next = 10](std::vector<Value>& row) mutable -> Result<bool> {
            row[0] = Value::integer(next);
            row[1] = Value::text("bulk");
            return next++ < 20;
        };
        auto loaded = co_await tx.bulk_insert("t", columns, source);
        EXPECT_EQ(*loaded, 10);
        co_return Result<void>();
    };
    const auto done = run(db->transact(careful));
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(count(), 12);
}

TEST_F(SqliteDatabaseTest, AMissingParentFailsItsOwnUnitAlone) {
    auto db = open();
    asio::io_context context(1);
    std::vector<Code> codes(4, Code::kInternal);
    auto unit = [&](std::size_t at) -> Task<void> {
        // A statement and a transaction that owe a parent at the end, among two that do not.
        const std::int64_t id = static_cast<std::int64_t>(at);
        const std::array params{Value::integer(id), Value::integer(77)};
        const Statement orphan{"orphan", "INSERT INTO c (id, t) VALUES ($1, $2)"};
        if (at == 1) {
            auto done = co_await db->write(orphan, params);
            codes[at] = done ? Code::kInternal : done.error().code;
        } else if (at == 2) {
            auto body = [params, orphan](Transaction& tx) -> Task<Result<void>> {
                SEGURIFAI_CO_TRY(co_await tx.run(orphan, params, nullptr));
                co_return Result<void>();
            };
            auto done = co_await db->transact(body);
            codes[at] = done ? Code::kInternal : done.error().code;
        } else {
            auto done = co_await insert(*db, id, "x");
            codes[at] = done ? Code::kNotFound : done.error().code;
        }
    };
    for (std::size_t i = 0; i < 4; ++i) asio::co_spawn(context, unit(i), asio::detached);
    context.run();
    EXPECT_EQ(codes, (std::vector{Code::kNotFound, Code::kForeignKeyViolation,
                                  Code::kForeignKeyViolation, Code::kNotFound}));
    EXPECT_EQ(count(), 2);
    EXPECT_EQ(count("c"), 0);
}

TEST_F(SqliteDatabaseTest, AStatementStoppedInTheMiddleCostsOnlyItself) {
    auto db = open({.statement_timeout = 50ms});
    asio::io_context context(1);
    std::vector<std::optional<Code>> codes(5);
    auto unit = [&](std::size_t at) -> Task<void> {
        const Statement endless{"endless",
                                "INSERT INTO t (id, name) WITH RECURSIVE n(i) AS (SELECT 1000 "
                                "UNION ALL SELECT i + 1 FROM n) SELECT i, 'x' FROM n"};
        Result<std::int64_t> done = 0;
        if (at == 2)
            done = co_await db->write(endless, {});
        else
            done = co_await insert(*db, static_cast<std::int64_t>(at), "x");
        if (!done) codes[at] = done.error().code;
    };
    for (std::size_t i = 0; i < 5; ++i) asio::co_spawn(context, unit(i), asio::detached);
    context.run();
    EXPECT_EQ(codes, (std::vector<std::optional<Code>>{{}, {}, Code::kTimeout, {}, {}}));
    EXPECT_EQ(count(), 4);
}

TEST_F(SqliteDatabaseTest, AFullDatabaseRefusesAndRecovers) {
    auto db = open();
    ASSERT_TRUE(run(number(*db, kCount)));
    auto limit = [](Transaction& tx) -> Task<Result<void>> {
        const Statement few_pages{"x", "PRAGMA max_page_count = 20"};
        SEGURIFAI_CO_TRY(co_await tx.run(few_pages, {}, nullptr));
        co_return Result<void>();
    };
    ASSERT_TRUE(run(db->transact(limit)));
    const std::string big(100'000, 'x');
    std::vector<std::optional<Code>> codes(4);
    asio::io_context context(1);
    auto unit = [&](std::size_t at) -> Task<void> {
        auto done = co_await insert(*db, static_cast<std::int64_t>(at), at == 2 ? big : "small");
        if (!done) codes[at] = done.error().code;
    };
    for (std::size_t i = 0; i < 4; ++i) asio::co_spawn(context, unit(i), asio::detached);
    context.run();
    EXPECT_EQ(codes, (std::vector<std::optional<Code>>{{}, {}, Code::kDiskFull, {}}));
    EXPECT_EQ(count(), 3);
}

TEST_F(SqliteDatabaseTest, ABodyThatWaitsForSomethingElseMeetsItsDeadline) {
    auto db = open({.idle_in_transaction_timeout = 50ms});
    auto dreaming = [](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 1, "x"));
        asio::basic_waitable_timer<std::chrono::steady_clock,
                                   asio::wait_traits<std::chrono::steady_clock>,
                                   asio::io_context::executor_type>
            timer(co_await asio::this_coro::executor, 10s);
        co_await timer.async_wait(asio::use_awaitable_t<asio::io_context::executor_type>());
        co_return Result<void>();
    };
    EXPECT_EQ(run(db->transact(dreaming)).error().code, Code::kTimeout);
    EXPECT_EQ(count(), 0);
    ASSERT_TRUE(run(insert(*db, 2, "x")));
}

TEST_F(SqliteDatabaseTest, ABodyThatNeverEndsIsLeftBehind) {
    auto db = open({.idle_in_transaction_timeout = 50ms});
    auto* raw = db.get();
    // Waiting for another write of the same database can never end: the writer waits for us.
    auto deadlocked = [raw](Transaction& tx) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await insert_in(tx, 1, "x"));
        SEGURIFAI_CO_TRY(co_await insert(*raw, 2, "x"));
        co_return co_await insert_in(tx, 3, "x");
    };
    EXPECT_EQ(run(db->transact(deadlocked)).error().code, Code::kTimeout);
    EXPECT_EQ(*run(insert(*db, 4, "x")), 1);
    db->close();
    EXPECT_EQ(count(), 2) << "the rows 2 and 4";
}

TEST_F(SqliteDatabaseTest, AnotherWriterIsWaitedForWithinALimit) {
    auto db = open({.lock_timeout = 50ms});
    ASSERT_TRUE(tool_->begin());
    EXPECT_EQ(run(insert(*db, 1, "x")).error().code, Code::kBusy);
    EXPECT_EQ(*run(number(*db, kCount)), 0) << "reads go on";
    tool_->rollback();
    EXPECT_TRUE(run(insert(*db, 1, "x")));
    EXPECT_EQ(db->stats().refused_busy, 1u);
}

TEST_F(SqliteDatabaseTest, AFullQueueRefuses) {
    auto db = open({.queue_limit = 8, .lock_timeout = 300ms});
    ASSERT_TRUE(tool_->begin());
    std::atomic<int> busy{0};
    std::atomic<int> kept{0};
    asio::io_context context(1);
    auto unit = [&](std::int64_t id) -> Task<void> {
        auto done = co_await insert(*db, id, "x");
        if (!done && done.error().code == Code::kBusy && ++busy == 12) tool_->rollback();
        if (done) ++kept;
    };
    for (std::int64_t i = 0; i < 20; ++i) asio::co_spawn(context, unit(i), asio::detached);
    context.run();
    EXPECT_EQ(busy, 12);
    EXPECT_EQ(kept, 8);
    EXPECT_EQ(count(), 8);
}

TEST_F(SqliteDatabaseTest, AStreamShowsOneStateAndWaitsForItsTaker) {
    auto db = open({.reader_threads = 1});
    ASSERT_TRUE(
        tool_->script("INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                      "i + 1 FROM n WHERE i < 2500) SELECT i, 'x' FROM n"));
    std::int64_t taken = 0;
    std::vector<std::int64_t> batches;
    auto reading = [&]() -> Task<Result<std::int64_t>> {
        auto sink = each_row([&](const Row&) { ++taken; });
        auto on_batch = [&]() -> Task<Result<void>> {
            batches.push_back(taken);
            SEGURIFAI_CO_TRY(co_await insert(*db, 10'000 + taken, "later"));
            SEGURIFAI_CO_TRY(co_await number(*db, kCount));  // the pool is not held
            co_return Result<void>();
        };
        const Statement all{"all", "SELECT id, name FROM t"};
        co_return co_await db->stream(all, {}, 1'000, sink, on_batch);
    };
    EXPECT_EQ(*run(reading()), 2'500);
    EXPECT_EQ(batches, (std::vector<std::int64_t>{1'000, 2'000, 2'500}));
    EXPECT_EQ(count(), 2'503);

    auto stopping = [&]() -> Task<Result<std::int64_t>> {
        auto sink = each_row([&](const Row&) { ++taken; });
        auto on_batch = []() -> Task<Result<void>> { co_return fail(Code::kGone, "Enough."); };
        const Statement all{"all", "SELECT id FROM t"};
        co_return co_await db->stream(all, {}, 10, sink, on_batch);
    };
    for (int i = 0; i < 100; ++i) EXPECT_EQ(run(stopping()).error().code, Code::kGone);
    ASSERT_TRUE(tool_->script("PRAGMA wal_checkpoint(TRUNCATE)"));
}

TEST_F(SqliteDatabaseTest, CloseFinishesWhatWasAcceptedAndRefusesTheRest) {
    auto db = open();
    asio::io_context context(1);
    std::atomic<int> kept{0};
    auto unit = [&](std::int64_t id) -> Task<void> {
        if (co_await insert(*db, id, "x")) ++kept;
    };
    for (std::int64_t i = 0; i < 100; ++i) asio::co_spawn(context, unit(i), asio::detached);
    context.poll();
    db->close();
    db->close();
    context.restart();
    context.run();
    EXPECT_EQ(kept, 100);
    EXPECT_EQ(count(), 100);
    EXPECT_EQ(run(insert(*db, 1'000, "x")).error().code, Code::kGone);
    EXPECT_EQ(run(name_length(*db, 1)).error().code, Code::kGone);
    EXPECT_EQ(run(number(*db, kCount)).error().code, Code::kGone);
}

TEST_F(SqliteDatabaseTest, ManyThreadsReadWhileOneWrites) {
    auto db = open();
    ASSERT_TRUE(run(insert(*db, 0, "x")));
    std::atomic<bool> stop{false};
    std::atomic<std::int64_t> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
        threads.emplace_back([&] {
            std::int64_t before = 0;
            while (!stop) {
                if (*run(name_length(*db, 0)) != 1) ++wrong;
                const auto rows = run(number(*db, kCount));
                if (!rows || *rows < before) ++wrong;
                before = rows.value_or(0);
            }
        });
    for (std::int64_t i = 1; i <= 200; ++i) {
        if (!run(insert(*db, i, "x"))) ++wrong;
        if (*run(number(*db, kCount)) != i + 1) ++wrong;
    }
    stop = true;
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
}

/// This program again, as another process, running one of the "DISABLED_" bodies below.
class Child {
public:
    Child(const char* body, const std::string& path) {
        int ends[2];
        if (pipe(ends) != 0) throw std::runtime_error("pipe");
        std::string filter = std::string("--gtest_filter=SqliteChild.DISABLED_") + body;
        std::string program = "/proc/self/exe";
        std::string disabled = "--gtest_also_run_disabled_tests";
        char* arguments[] = {program.data(), filter.data(), disabled.data(), nullptr};
        setenv("SEGURIFAI_TEST_DB", path.c_str(), 1);
        setenv("SEGURIFAI_TEST_PIPE", std::to_string(ends[1]).c_str(), 1);
        if (posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments, environ) != 0)
            throw std::runtime_error("posix_spawn");
        ::close(ends[1]);
        read_end_ = ends[0];
    }
    ~Child() {
        kill();
        ::close(read_end_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// The next number the child wrote; nothing when it is dead and all is read.
    std::optional<std::int64_t> next() {
        std::int64_t id = 0;
        return ::read(read_end_, &id, sizeof id) == sizeof id ? std::optional(id) : std::nullopt;
    }
    void kill() {
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        int status = 0;
        waitpid(pid_, &status, 0);
        pid_ = -1;
    }

private:
    pid_t pid_ = -1;
    int read_end_ = -1;
};

void report(std::int64_t id) {
    const char* pipe_name = std::getenv("SEGURIFAI_TEST_PIPE");
    const int pipe_end = pipe_name != nullptr ? std::atoi(pipe_name) : -1;
    if (::write(pipe_end, &id, sizeof id) != sizeof id) std::abort();
}

std::string child_path() {
    const char* path = std::getenv("SEGURIFAI_TEST_DB");
    return path != nullptr ? path : "";
}

TEST(SqliteChild, DISABLED_WritesUntilKilled) {
    auto opened = open_sqlite_database(child_path(), {});
    ASSERT_TRUE(opened);
    Database& db = **opened;
    auto unit = [&](int writer, int i) -> Task<void> {
        const std::int64_t id = std::int64_t{writer} * 1'000'000 + i;
        if (co_await insert(db, id, "x")) report(id);
    };
    concurrently(64, 1'000'000, unit);
}

TEST(SqliteChild, DISABLED_HoldsTheLock) {
    auto session = open_sqlite_session(child_path(), {});
    ASSERT_TRUE(session && (*session)->begin());
    report(0);
    pause();
}

TEST_F(SqliteDatabaseTest, WhatWasAcknowledgedOutlivesAKill) {
    std::set<std::int64_t> acknowledged;
    Child child("WritesUntilKilled", path());
    while (acknowledged.size() < 3'000) {
        const auto id = child.next();
        ASSERT_TRUE(id) << "the child died by itself";
        acknowledged.insert(*id);
    }
    child.kill();
    while (const auto id = child.next()) acknowledged.insert(*id);
    std::int64_t found = 0;
    auto sink = each_row([&](const Row& row) {
        found += static_cast<std::int64_t>(acknowledged.count(row.integer(0)));
    });
    ASSERT_TRUE(tool_->run("SELECT id FROM t", {}, &sink));
    EXPECT_EQ(found, static_cast<std::int64_t>(acknowledged.size()));
    EXPECT_EQ(*tool_->one_text("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteDatabaseTest, TheLockOfAnotherProcessIsWaitedForWithinALimit) {
    auto db = open({.lock_timeout = 50ms});
    Child child("HoldsTheLock", path());
    ASSERT_EQ(child.next(), 0);
    EXPECT_EQ(run(insert(*db, 1, "x")).error().code, Code::kBusy);
    child.kill();
    EXPECT_TRUE(run(insert(*db, 1, "x")));
}

}  // namespace
}  // namespace segurifai::sql

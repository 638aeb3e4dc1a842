#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "sql/postgres/database_fixture.hpp"
#include "support/postgres_cluster.hpp"

namespace segurifai::sql {
namespace {

namespace asio = boost::asio;
using segurifai::testing::FreshPostgresDatabase;
using std::chrono::milliseconds;

class PostgresDatabaseTest : public ::testing::Test {
protected:
    void SetUp() override {
        const auto made = session_->script(
            "CREATE TABLE t (a bigint PRIMARY KEY, b bigint NOT NULL CHECK (b >= 0)); "
            "INSERT INTO t SELECT i, i * 10 FROM generate_series(0, 999) i");
        ASSERT_TRUE(made) << describe(made.error());
    }
    /// Runs one coroutine to its end.
    void run(Task<void> task) {
        start(io_, std::move(task));
        io_.restart();
        io_.run();
    }
    std::int64_t number(std::string_view sql) { return session_->one_integer(sql)->value(); }

    FreshPostgresDatabase fresh_;
    std::unique_ptr<Session> session_ = session_on(fresh_.url());
    asio::io_context io_;
};

TEST_F(PostgresDatabaseTest, AnswersManyReadsAtOnceEachWithItsOwnRow) {
    const auto database = database_on(fresh_.url());
    int right = 0;
    const auto reader = [](Database& on, int first, int& counted) -> Task<void> {
        for (int i = 0; i < 50; ++i) {
            const std::int64_t a = (first * 37 + i) % 1'000;
            if (co_await read_one(on, a) == a * 10) ++counted;
        }
    };
    for (int i = 0; i < 64; ++i) start(io_, reader(*database, i, right));
    io_.run();
    EXPECT_EQ(right, 64 * 50);
    EXPECT_EQ(database->stats().statements, 3'200U);
}

TEST_F(PostgresDatabaseTest, AFailingReadDoesNotHurtItsNeighbours) {
    const auto database = database_on(fresh_.url());
    int right = 0;
    int failed = 0;
    const auto good = [](Database& on, int a, int& counted) -> Task<void> {
        if (co_await read_one(on, a) == a * 10) ++counted;
    };
    const auto bad = [](Database& on, int a, int& counted) -> Task<void> {
        const Value param = Value::integer(a - a);
        const Statement divide{"test.divide", "SELECT 1 / $1", 0, a % 2 == 0};
        const auto rows = co_await on.run(divide, Params(&param, 1), nullptr);
        if (!rows && rows.error().code == Code::kInvalid) ++counted;
    };
    const auto senseless = [](Database& on, int& counted) -> Task<void> {
        const Statement nothing{"test.nothing", "SELECT nothing", 0, true};
        const auto rows = co_await on.run(nothing, {}, nullptr);
        if (!rows && rows.error().code == Code::kInternal) ++counted;
    };
    for (int i = 0; i < 100; ++i) {
        start(io_, good(*database, i, right));
        if (i % 7 == 0) start(io_, bad(*database, i, failed));
        if (i % 11 == 0) start(io_, senseless(*database, failed));
    }
    io_.run();
    EXPECT_EQ(right, 100);
    EXPECT_EQ(failed, 15 + 10);
}

TEST_F(PostgresDatabaseTest, ReadsThatShareAStatementGetTheirOwnRowsNoneOrTheirOwnFault) {
    const auto database = database_on(fresh_.url());
    ASSERT_TRUE(
        session_->script("CREATE TABLE words (word text, n bigint); "
                         "INSERT INTO words VALUES ('a', 1), ('a', 2), ('b', 3)"));
    // A number to divide by, a text to find, and a '$2' that is no parameter.
    const Statement statement{"test.gathered",
                              "SELECT n / $1, n, '$2' FROM words WHERE word = $2 ORDER BY n", 4001,
                              true};
    struct Outcome {
        std::vector<std::int64_t> numbers;
        std::optional<Code> fault;
    };
    const auto ask = [&statement](Database& on, Value by, Value word, Outcome& out) -> Task<void> {
        const std::array params{by, word};
        auto sink = each_row([&out](const Row& row) {
            EXPECT_EQ(row.size(), 3);
            EXPECT_EQ(row.text(2), "$2");
            EXPECT_EQ(row.name(1), "n");
            out.numbers.push_back(row.integer(0));
        });
        const auto rows = co_await on.run(statement, params, &sink);
        if (!rows)
            out.fault = rows.error().code;
        else
            EXPECT_EQ(*rows, std::ssize(out.numbers));
    };
    const std::string not_text("\xff", 1);
    const auto one = Value::integer(1);
    std::array<Outcome, 70> outcomes;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        Value by = i % 10 == 3 ? Value::integer(0) : one;
        Value word = Value::text(i % 10 == 4 ? "nobody" : i % 2 == 0 ? "a" : "b");
        if (i % 10 == 6) word = Value::null(ValueType::kText);
        if (i == 28) word = Value::text(not_text);
        start(io_, ask(*database, by, word, outcomes[i]));
    }
    io_.run();
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        const Outcome& outcome = outcomes[i];
        const bool faulty = i % 10 == 3 || i == 28;
        EXPECT_EQ(outcome.fault.has_value(), faulty) << i;
        if (faulty) continue;
        std::vector<std::int64_t> wanted =
            i % 2 == 0 ? std::vector<std::int64_t>{1, 2} : std::vector<std::int64_t>{3};
        if (i % 10 == 4 || i % 10 == 6) wanted.clear();
        EXPECT_EQ(outcome.numbers, wanted) << i;
    }
}

TEST_F(PostgresDatabaseTest, PlansThroughIndexesWhateverTheStatisticsSay) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        // Known to be empty: a look at all of nothing is the cheapest, and would stay the plan.
        Statement make{"test.make", "CREATE TABLE words (word text PRIMARY KEY)"};
        EXPECT_TRUE(co_await on.write(make, {}, nullptr));
        make.text = "VACUUM ANALYZE words";
        EXPECT_TRUE(co_await on.write(make, {}, nullptr));
        std::string plan;
        auto sink = each_row([&](const Row& row) { plan += row.text(0); });
        const Statement explain{"test.explain", "EXPLAIN SELECT word FROM words WHERE word = 'a'"};
        const auto explained = co_await on.run(explain, {}, &sink);
        EXPECT_TRUE(explained) << describe(explained.error());
        EXPECT_NE(plan.find("words_pkey"), std::string::npos) << plan;
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, ALongReadHoldsNoPointReadUp) {
    const auto database = database_on(fresh_.url());
    std::vector<std::string> order;
    const auto ask = [&](Statement statement, std::string name) -> Task<void> {
        const std::array params{Value::integer(1)};
        EXPECT_TRUE(co_await database->run(statement, params, nullptr));
        order.push_back(name);
    };
    start(io_, ask({"test.slow", "SELECT pg_sleep(0.3 * $1)"}, "slow"));
    start(io_, ask({"test.quick", "SELECT b FROM t WHERE a = $1", 4002, true}, "quick"));
    io_.run();
    EXPECT_EQ(order, (std::vector<std::string>{"quick", "slow"}));
}

TEST_F(PostgresDatabaseTest, ReadsDoNotWrite) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        const Statement insert{"test.insert", "INSERT INTO t VALUES (-1, 1)"};
        const auto done = co_await on.run(insert, {}, nullptr);
        EXPECT_EQ(done.error().code, Code::kReadOnly);
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, WritesOneStatementAtATime) {
    const auto database = database_on(fresh_.url());
    const auto writer = [](Database& on, int a) -> Task<void> {
        const Value params[] = {Value::integer(a), Value::integer(1)};
        const Statement insert{"test.insert", "INSERT INTO t VALUES ($1, $2) RETURNING a"};
        std::int64_t returned = 0;
        auto sink = each_row([&returned](const Row& row) { returned = row.integer(0); });
        const auto done = co_await on.write(insert, params, &sink);
        EXPECT_TRUE(done) << describe(done.error());
        EXPECT_EQ(returned, a);
        const auto twice = co_await on.write(insert, params, nullptr);
        EXPECT_EQ(twice.error().code, Code::kUniqueViolation);
        EXPECT_EQ(twice.error().column, "a");
    };
    for (int i = 0; i < 100; ++i) start(io_, writer(*database, 2'000 + i));
    io_.run();
    EXPECT_EQ(number("SELECT count(*) FROM t WHERE a >= 2000"), 100);
}

TEST_F(PostgresDatabaseTest, ATransactionKeepsAllOrNothing) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        const Statement change{"test.change", "UPDATE t SET b = b + $1 WHERE a = 1"};
        TransactionBody good = [&change](Transaction& transaction) -> Task<Result<void>> {
            const Value five = Value::integer(5);
            const auto done = co_await transaction.run(change, Params(&five, 1), nullptr);
            if (!done) co_return std::unexpected(done.error());
            co_return Result<void>();
        };
        TransactionBody refused = [&good](Transaction& transaction) -> Task<Result<void>> {
            const auto done = co_await good(transaction);
            EXPECT_TRUE(done);
            co_return fail(Code::kConflict, "no");
        };
        TransactionBody swallowed = [&change](Transaction& transaction) -> Task<Result<void>> {
            const Value less = Value::integer(-1'000'000);
            const auto done = co_await transaction.run(change, Params(&less, 1), nullptr);
            EXPECT_EQ(done.error().code, Code::kCheckViolation);
            co_return Result<void>();
        };
        const auto kept = co_await on.transact(good);
        EXPECT_TRUE(kept) << describe(kept.error());
        const auto undone = co_await on.transact(refused);
        EXPECT_EQ(undone.error().message, "no");
        const auto failed = co_await on.transact(swallowed);
        EXPECT_EQ(failed.error().code, Code::kCheckViolation);
    };
    run(body(*database));
    EXPECT_EQ(number("SELECT b FROM t WHERE a = 1"), 15);
}

TEST_F(PostgresDatabaseTest, ADefectInABodyUndoesItAndLeavesTheConnectionClean) {
    const auto database = database_on(fresh_.url(), {.writer_connections = 1});
    const auto body = [](Database& on) -> Task<void> {
        TransactionBody defect = [](Transaction& transaction) -> Task<Result<void>> {
            const Statement change{"test.change", "UPDATE t SET b = 7 WHERE a = 1"};
            const auto done = co_await transaction.run(change, {}, nullptr);
            EXPECT_TRUE(done);
            throw std::logic_error("a defect");
        };
        bool thrown = false;
        try {
            const auto done = co_await on.transact(defect);
            EXPECT_FALSE(done);
        } catch (const std::logic_error&) {
            thrown = true;
        }
        EXPECT_TRUE(thrown);
        const Statement change{"test.change2", "UPDATE t SET b = b + 1 WHERE a = 1"};
        const auto done = co_await on.write(change, {}, nullptr);
        EXPECT_TRUE(done) << describe(done.error());
    };
    run(body(*database));
    EXPECT_EQ(number("SELECT b FROM t WHERE a = 1"), 11);
}

TEST_F(PostgresDatabaseTest, ASavepointUndoesOnlyItsOwnWrites) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        TransactionBody inner = [](Transaction& transaction) -> Task<Result<void>> {
            const Statement insert{"test.twice", "INSERT INTO t VALUES (3000, 1), (1, 1)"};
            const auto done = co_await transaction.run(insert, {}, nullptr);
            if (!done) co_return std::unexpected(done.error());
            co_return Result<void>();
        };
        TransactionBody outer = [&inner](Transaction& transaction) -> Task<Result<void>> {
            const Statement insert{"test.once", "INSERT INTO t VALUES (3001, 1)"};
            const auto before = co_await transaction.run(insert, {}, nullptr);
            EXPECT_TRUE(before);
            const auto refused = co_await transaction.savepoint(inner);
            EXPECT_EQ(refused.error().code, Code::kUniqueViolation);
            const Statement after{"test.after", "INSERT INTO t VALUES (3002, 1)"};
            const auto done = co_await transaction.run(after, {}, nullptr);
            EXPECT_TRUE(done) << describe(done.error());
            co_return Result<void>();
        };
        const auto done = co_await on.transact(outer);
        EXPECT_TRUE(done) << describe(done.error());
    };
    run(body(*database));
    EXPECT_EQ(number("SELECT sum(a)::bigint FROM t WHERE a >= 3000"), 6'003);
}

/// Adds 1 to row 1 after reading it, as a serializable transaction.
Task<void> increment(Database& database, int& runs) {
    TransactionBody body = [&runs](Transaction& transaction) -> Task<Result<void>> {
        ++runs;
        const Statement level{"test.level", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"};
        const auto set = co_await transaction.run(level, {}, nullptr);
        if (!set) co_return std::unexpected(set.error());
        std::int64_t b = 0;
        auto sink = each_row([&b](const Row& row) { b = row.integer(0); });
        const Statement read{"test.get", "SELECT b FROM t WHERE a = 1"};
        const auto got = co_await transaction.run(read, {}, &sink);
        if (!got) co_return std::unexpected(got.error());
        const Value next = Value::integer(b + 1);
        const Statement put{"test.put", "UPDATE t SET b = $1 WHERE a = 1"};
        const auto done = co_await transaction.run(put, Params(&next, 1), nullptr);
        if (!done) co_return std::unexpected(done.error());
        co_return Result<void>();
    };
    const auto done = co_await database.transact(body);
    EXPECT_TRUE(done) << describe(done.error());
}

TEST_F(PostgresDatabaseTest, RunsABodyAgainAfterASerializationFailure) {
    const auto database = database_on(fresh_.url(), {.attempts = 1'000});
    int runs = 0;
    for (int i = 0; i < 40; ++i) start(io_, increment(*database, runs));
    io_.run();
    EXPECT_EQ(number("SELECT b FROM t WHERE a = 1"), 50);
    EXPECT_GT(runs, 40);
    EXPECT_EQ(database->stats().retries, static_cast<std::uint64_t>(runs - 40));
}

Task<void> cross(Database& database, int first, int second, int& runs) {
    TransactionBody body = [first, second, &runs](Transaction& transaction) -> Task<Result<void>> {
        ++runs;
        for (const int a : {first, second}) {
            const Value params[] = {Value::integer(a)};
            const Statement add{"test.add", "UPDATE t SET b = b + 1 WHERE a = $1"};
            const auto done = co_await transaction.run(add, params, nullptr);
            if (!done) co_return std::unexpected(done.error());
            if (runs <= 2) co_await pause(milliseconds(100));  // both hold one row by now
        }
        co_return Result<void>();
    };
    const auto done = co_await database.transact(body);
    EXPECT_TRUE(done) << describe(done.error());
}

TEST_F(PostgresDatabaseTest, RunsABodyAgainAfterADeadlock) {
    const auto database =
        database_on(fresh_.url(), {.statement_timeout{20'000}, .lock_timeout{10'000}});
    int runs = 0;
    for (const int first : {1, 2}) start(io_, cross(*database, first, 3 - first, runs));
    io_.run();
    EXPECT_GE(runs, 3);
    EXPECT_EQ(number("SELECT sum(b)::bigint FROM t WHERE a IN (1, 2)"), 30 + 4);
}

TEST_F(PostgresDatabaseTest, GivesUpOnALockThatIsNeverFree) {
    const auto database =
        database_on(fresh_.url(), {.attempts = 2, .lock_timeout = milliseconds(50)});
    ASSERT_TRUE(session_->begin());
    ASSERT_TRUE(session_->script("LOCK TABLE t"));
    const auto body = [](Database& on) -> Task<void> {
        const Statement change{"test.change", "UPDATE t SET b = 1"};
        const auto done = co_await on.write(change, {}, nullptr);
        EXPECT_EQ(done.error().code, Code::kBusy);
    };
    run(body(*database));
    EXPECT_EQ(database->stats().retries, 1U);
}

TEST_F(PostgresDatabaseTest, RefusesWhenNoConnectionIsFreeInTime) {
    const auto database =
        database_on(fresh_.url(), {.writer_connections = 1, .acquire_timeout = milliseconds(100)});
    int refused = 0;
    const auto sleeper = [](Database& on, int& counted) -> Task<void> {
        const Statement sleep{"test.sleep", "SELECT pg_sleep(0.6)"};
        const auto done = co_await on.write(sleep, {}, nullptr);
        if (!done && done.error().code == Code::kBusy) ++counted;
    };
    for (int i = 0; i < 3; ++i) start(io_, sleeper(*database, refused));
    io_.run();
    EXPECT_EQ(refused, 2);
    EXPECT_EQ(database->stats().refused_busy, 2U);
}

TEST_F(PostgresDatabaseTest, RefusesReadsPastTheQueuesLimit) {
    const auto database = database_on(fresh_.url(), {.queue_limit = 10});
    int refused = 0;
    const auto reader = [](Database& on, int& counted) -> Task<void> {
        const Value param = Value::integer(1);
        const auto rows = co_await on.run(kRead, Params(&param, 1), nullptr);
        if (!rows && rows.error().code == Code::kBusy) ++counted;
    };
    for (int i = 0; i < 30; ++i) start(io_, reader(*database, refused));
    io_.run();
    EXPECT_EQ(refused, 20);
}

TEST_F(PostgresDatabaseTest, EndsAStatementThatTakesTooLong) {
    const auto database = database_on(fresh_.url(), {.statement_timeout = milliseconds(100)});
    const auto body = [](Database& on) -> Task<void> {
        const Statement sleep{"test.sleep", "SELECT pg_sleep(5)"};
        const auto read = co_await on.run(sleep, {}, nullptr);
        EXPECT_EQ(read.error().code, Code::kTimeout);
        const auto written = co_await on.write(sleep, {}, nullptr);
        EXPECT_EQ(written.error().code, Code::kTimeout);
        const auto b = co_await read_one(on, 3);
        EXPECT_EQ(b, 30);
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, SurvivesASchemaThatChangesUnderPreparedStatements) {
    const auto database = database_on(fresh_.url());
    const Statement all{"test.all", "SELECT * FROM t WHERE a = $1", 0, true};
    const auto body = [](Database& on, Session& session, Statement statement) -> Task<void> {
        const Value param = Value::integer(1);
        const auto before = co_await on.run(statement, Params(&param, 1), nullptr);
        EXPECT_EQ(before, 1);
        const auto written = co_await on.write(statement, Params(&param, 1), nullptr);
        EXPECT_EQ(written, 1);
        EXPECT_TRUE(session.script("ALTER TABLE t ADD COLUMN c text"));
        const auto after = co_await on.run(statement, Params(&param, 1), nullptr);
        EXPECT_EQ(after, 1);
        const auto again = co_await on.write(statement, Params(&param, 1), nullptr);
        EXPECT_EQ(again, 1);
    };
    run(body(*database, *session_, all));
}

TEST_F(PostgresDatabaseTest, StreamsAMillionRowsInBatches) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        std::int64_t sum = 0;
        std::int64_t in_batch = 0;
        std::int64_t largest = 0;
        auto sink = each_row([&](const Row& row) {
            sum += row.integer(0);
            largest = std::max(largest, ++in_batch);
        });
        std::function<Task<Result<void>>()> on_batch = [&in_batch]() -> Task<Result<void>> {
            in_batch = 0;
            co_return Result<void>();
        };
        const Value param = Value::integer(1'000'000);
        const Statement series{"test.series", "SELECT generate_series(1, $1)"};
        const auto rows = co_await on.stream(series, Params(&param, 1), 1'000, sink, on_batch);
        EXPECT_EQ(rows, 1'000'000);
        EXPECT_EQ(sum, 500'000'500'000);
        EXPECT_EQ(largest, 1'000);
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, AStreamEndsWithItsTaker) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        auto sink = each_row([](const Row& row) { return row.integer(0) < 5; });
        const Statement series{"test.series", "SELECT generate_series(1, 1000000)"};
        const auto rows = co_await on.stream(series, {}, 100, sink, nullptr);
        EXPECT_EQ(rows, 5);
        auto all = each_row([](const Row&) {});
        std::function<Task<Result<void>>()> refuse = []() -> Task<Result<void>> {
            co_return fail(Code::kConflict, "enough");
        };
        const auto refused = co_await on.stream(series, {}, 100, all, refuse);
        EXPECT_EQ(refused.error().message, "enough");
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, LoadsInBulkInsideATransaction) {
    const auto database = database_on(fresh_.url());
    const auto body = [](Database& on) -> Task<void> {
        const std::vector<BulkColumn> columns = {{"a", ValueType::kInteger},
                                                 {"b", ValueType::kInteger}};
        std::int64_t last = 100'000;
        TransactionBody load = [&](Transaction& transaction) -> Task<Result<void>> {
            std::int64_t next = 10'000;
            BulkSource source = [&next, &last](std::vector<Value>& row) -> Result<bool> {
                if (next == last) return false;
                row = {Value::integer(next), Value::integer(next)};
                ++next;
                return true;
            };
            const auto done = co_await transaction.bulk_insert("t", columns, source);
            if (!done) co_return std::unexpected(done.error());
            EXPECT_EQ(*done, 90'000);
            const Statement touch{"test.touch", "UPDATE t SET b = 0 WHERE a = 10000"};
            const auto after = co_await transaction.run(touch, {}, nullptr);
            EXPECT_EQ(after, 1);
            co_return Result<void>();
        };
        const auto loaded = co_await on.transact(load);
        EXPECT_TRUE(loaded) << describe(loaded.error());
        const auto twice = co_await on.transact(load);
        EXPECT_EQ(twice.error().code, Code::kUniqueViolation);
    };
    run(body(*database));
    EXPECT_EQ(number("SELECT count(*) FROM t"), 91'000);
}

TEST_F(PostgresDatabaseTest, KeepsABoundedNumberOfStatementsMadeAtRunTime) {
    const auto database =
        database_on(fresh_.url(), {.writer_connections = 1, .statement_cache_limit = 5});
    const auto body = [](Database& on) -> Task<void> {
        for (int i = 0; i < 50; ++i) {
            const std::string text = "SELECT " + std::to_string(i);
            const Statement made{"test.made", text};
            const auto done = co_await on.run(made, {}, nullptr);
            EXPECT_EQ(done, 1);
        }
        std::int64_t kept = 0;
        auto sink = each_row([&kept](const Row& row) { kept = row.integer(0); });
        const Statement count{"test.count", "SELECT count(*) FROM pg_prepared_statements"};
        const auto done = co_await on.run(count, {}, &sink);
        EXPECT_TRUE(done);
        EXPECT_LE(kept, 6);
    };
    run(body(*database));
}

TEST_F(PostgresDatabaseTest, RefusesWorkAfterItWasClosed) {
    const auto database = database_on(fresh_.url());
    run([](Database& on) -> Task<void> { EXPECT_EQ(co_await read_one(on, 1), 10); }(*database));
    database->close();
    database->close();
    const auto body = [](Database& on) -> Task<void> {
        const Statement one{"x", "SELECT 1"};
        const auto done = co_await on.run(one, {}, nullptr);
        EXPECT_EQ(done.error().code, Code::kGone);
    };
    run(body(*database));
    const std::string connections =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (number(connections) > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();  // a backend needs a moment to end after its client
    EXPECT_EQ(number(connections), 0);
}

TEST_F(PostgresDatabaseTest, LetsGoOfCoroutinesWhoseIoContextEnds) {
    const auto database = database_on(fresh_.url(), {.writer_connections = 1});
    {
        asio::io_context short_lived;
        const auto sleeper = [](Database& on) -> Task<void> {
            const Statement sleep{"test.sleep", "SELECT pg_sleep(1)"};
            const auto done = co_await on.write(sleep, {}, nullptr);
            EXPECT_FALSE(done);
        };
        const auto reader = [](Database& on) -> Task<void> {
            const Statement sleep{"test.sleep", "SELECT pg_sleep(1)"};
            const auto done = co_await on.run(sleep, {}, nullptr);
            EXPECT_FALSE(done);
        };
        start(short_lived, sleeper(*database));
        start(short_lived, sleeper(*database));
        start(short_lived, reader(*database));
        short_lived.run_for(milliseconds(100));
    }
    run([](Database& on) -> Task<void> { EXPECT_EQ(co_await read_one(on, 1), 10); }(*database));
}

TEST_F(PostgresDatabaseTest, ServesSeveralIoThreads) {
    const auto database = database_on(fresh_.url(), {.io_threads = 4});
    std::atomic<int> right = 0;
    const auto worker = [](Database& on, int first, std::atomic<int>& counted) -> Task<void> {
        for (int i = 0; i < 20; ++i) {
            const std::int64_t a = (first + i) % 1'000;
            if (co_await read_one(on, a) == a * 10) ++counted;
            const Value params[] = {Value::integer(100'000 + first * 100 + i)};
            const Statement insert{"test.insert", "INSERT INTO t VALUES ($1, 0)"};
            const auto done = co_await on.write(insert, params, nullptr);
            EXPECT_TRUE(done) << describe(done.error());
        }
    };
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    for (int thread = 0; thread < 4; ++thread) {
        contexts.push_back(std::make_unique<asio::io_context>());
        for (int i = 0; i < 8; ++i)
            start(*contexts.back(), worker(*database, thread * 8 + i, right));
    }
    for (auto& context : contexts) threads.emplace_back([&context] { context->run(); });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(right, 4 * 8 * 20);
    EXPECT_EQ(number("SELECT count(*) FROM t WHERE a >= 100000"), 640);
}

TEST_F(PostgresDatabaseTest, FinishesAcceptedWorkWhenItIsClosedFromAnotherThread) {
    const auto database = database_on(fresh_.url());
    std::atomic<bool> begun = false;
    const auto body = [](Database& on, std::atomic<bool>& started) -> Task<void> {
        TransactionBody slow = [&started](Transaction& transaction) -> Task<Result<void>> {
            const Statement change{"test.change", "UPDATE t SET b = 77 WHERE a = 1"};
            const auto done = co_await transaction.run(change, {}, nullptr);
            EXPECT_TRUE(done);
            started = true;
            co_await pause(milliseconds(200));
            co_return Result<void>();
        };
        const auto done = co_await on.transact(slow);
        EXPECT_TRUE(done) << describe(done.error());
    };
    start(io_, body(*database, begun));
    std::thread thread([this] { io_.run(); });
    while (!begun) std::this_thread::yield();
    database->close();
    EXPECT_EQ(number("SELECT b FROM t WHERE a = 1"), 77);
    thread.join();
}

}  // namespace
}  // namespace segurifai::sql

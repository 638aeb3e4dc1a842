// Statements of a transaction that nobody waits for.

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sql/database.hpp"
#include "store/fixture.hpp"

namespace segurifai::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const sql::Query kAdd{"test.later.add", "INSERT INTO tests_place (id, name) VALUES ($1, $2)"};
const sql::Query kNumber{"test.later.number",
                         "INSERT INTO tests_numbered (id) VALUES ($1) RETURNING id"};
const sql::Query kExtend{"test.later.extend", "UPDATE tests_place SET name = name || $1"};

class StatementsRunLater : public ::testing::TestWithParam<sql::Engine> {
protected:
    StatementsRunLater() {
        auto opened = sql::open_database(store_.database().url());
        if (!opened) throw std::runtime_error(describe(opened.error()));
        database_ = std::move(*opened);
    }
    ~StatementsRunLater() override { database_->close(); }

    Result<void> transact(sql::TransactionBody body) { return run(database_->transact(body)); }

    std::vector<std::string> names() {
        std::vector<std::string> found;
        auto sink = sql::each_row([&](const sql::Row& row) { found.emplace_back(row.text(0)); });
        const auto ran =
            store_.session().run("SELECT name FROM tests_place ORDER BY id", {}, &sink);
        EXPECT_TRUE(ran) << describe(ran.error());
        return found;
    }

    Store store_{GetParam()};
    std::unique_ptr<sql::Database> database_;
};

Uuid uuid(std::uint8_t number) {
    Uuid made{};
    made.bytes[15] = number;
    return made;
}

/// Its characters are gone when it returns.
Task<Result<void>> add_later(sql::Transaction& transaction, std::uint8_t number, std::string name) {
    const std::array params{sql::Value::uuid(uuid(number)), sql::Value::text(name)};
    co_return co_await transaction.run_later(kAdd, params);
}

Task<Result<void>> extend_all(sql::Transaction& transaction, std::string_view ending) {
    const std::array params{sql::Value::text(ending)};
    SEGURIFAI_CO_TRY(co_await transaction.run(kExtend, params));
    co_return Result<void>();
}

TEST_P(StatementsRunLater, InTheirOrderAmongTheOthers) {
    const auto done = transact([](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "a"));
        SEGURIFAI_CO_TRY(co_await add_later(transaction, 2, "b"));
        SEGURIFAI_CO_TRY(co_await extend_all(transaction, "!"));
        co_return co_await add_later(transaction, 3, "d");
    });
    EXPECT_TRUE(done) << describe(done.error());
    EXPECT_THAT(names(), ElementsAre("a!", "b!", "d"));
}

TEST_P(StatementsRunLater, AlsoWhenThereIsNoOther) {
    const auto done = transact([](sql::Transaction& transaction) -> Task<Result<void>> {
        for (std::uint8_t number = 1; number <= 40; ++number)
            SEGURIFAI_CO_TRY(co_await add_later(transaction, number, "a" + std::to_string(number)));
        co_return Result<void>();
    });
    EXPECT_TRUE(done) << describe(done.error());
    EXPECT_EQ(names().size(), 40u);
}

TEST_P(StatementsRunLater, AndUndoTheTransactionWhenTheyFail) {
    for (const bool goes_on : {false, true}) {
        const auto done = transact([&](sql::Transaction& transaction) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "a"));
            SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "b"));
            SEGURIFAI_CO_TRY(co_await add_later(transaction, 2, "c"));
            if (goes_on) SEGURIFAI_CO_TRY(co_await extend_all(transaction, "!"));
            co_return Result<void>();
        });
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, Code::kUniqueViolation);
        EXPECT_THAT(names(), IsEmpty());
    }
}

TEST_P(StatementsRunLater, WithinTheirSavepoint) {
    const auto done = transact([](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "a"));
        const auto part = [](sql::Transaction& inner) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY(co_await add_later(inner, 2, "b"));
            co_return co_await add_later(inner, 1, "twin");
        };
        const auto refused = co_await transaction.savepoint(part);
        EXPECT_EQ(refused.error().code, Code::kUniqueViolation);
        co_return co_await add_later(transaction, 3, "c");
    });
    EXPECT_TRUE(done) << describe(done.error());
    EXPECT_THAT(names(), ElementsAre("a", "c"));
}

TEST_P(StatementsRunLater, NorIsAnythingKeptOfATransactionWithATextThatCannotBe) {
    const auto done = transact([](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "a"));
        co_return co_await add_later(transaction, 2, std::string("b\0c", 3));
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Code::kInvalid) << describe(done.error());
    EXPECT_THAT(names(), IsEmpty());
}

TEST_P(StatementsRunLater, UnderKeysThatAreKnownBefore) {
    const bool sqlite = GetParam() == sql::Engine::kSqlite;
    must(store_.session().script(
        sqlite ? "CREATE TABLE tests_numbered (id INTEGER PRIMARY KEY AUTOINCREMENT)"
               : "CREATE TABLE tests_numbered (id int GENERATED BY DEFAULT AS IDENTITY)"));
    std::vector<std::int64_t> keys;
    for (int i = 0; i < 3; ++i) {
        const auto done = transact([&](sql::Transaction& transaction) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(const auto key, co_await transaction.next_key("tests_numbered"));
            const std::array params{key ? sql::Value::integer(*key)
                                        : sql::Value::null(sql::ValueType::kInteger)};
            if (key) {
                keys.push_back(*key);
                co_return co_await transaction.run_later(kNumber, params);
            }
            auto sink = sql::each_row([&](const sql::Row& row) { keys.push_back(row.integer(0)); });
            SEGURIFAI_CO_TRY(co_await transaction.run(kNumber, params, &sink));
            co_return Result<void>();
        });
        EXPECT_TRUE(done) << describe(done.error());
    }
    EXPECT_EQ(keys.size(), 3u);
    EXPECT_EQ(std::ranges::adjacent_find(keys, std::greater_equal<>()), keys.end())
        << "each is above the last";
    EXPECT_EQ(store_.session().one_integer("SELECT count(*) FROM tests_numbered")->value(), 3);
}

TEST_P(StatementsRunLater, NotAtAllWhenTheBodyFails) {
    const auto done = transact([](sql::Transaction& transaction) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY(co_await add_later(transaction, 1, "a"));
        co_return fail(Code::kConflict, "No.");
    });
    EXPECT_EQ(done.error().code, Code::kConflict);
    EXPECT_THAT(names(), IsEmpty());
}

SEGURIFAI_ON_BOTH_ENGINES(StatementsRunLater);

}  // namespace
}  // namespace segurifai::testing

// Statements that are asked for together.

#include <gmock/gmock.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sql/database.hpp"
#include "store/fixture.hpp"

namespace segurifai::testing {
namespace {

using ::testing::ElementsAre;

const sql::Query kNameOf{"test.together.name", "SELECT name FROM tests_place WHERE id = $1",
                         sql::Query::Kind::kPoint};
const sql::Query kSlow{"test.together.count", "SELECT CAST(count(*) AS TEXT) FROM tests_place"};
const sql::Query kWrong{"test.together.wrong", "SELECT name FROM tests_place WHERE id = $1 AND $2",
                        sql::Query::Kind::kPoint};

Uuid uuid(std::uint8_t number) {
    Uuid made{};
    made.bytes[15] = number;
    return made;
}

/// Texts of the first column.
class Texts final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        found.emplace_back(row.text(0));
        return true;
    }
    std::vector<std::string> found;
};

class StatementsTogether : public ::testing::TestWithParam<sql::Engine> {
protected:
    StatementsTogether() {
        auto opened = sql::open_database(store_.database().url());
        if (!opened) throw std::runtime_error(describe(opened.error()));
        database_ = std::move(*opened);
        for (std::uint8_t number = 1; number <= 80; ++number) {
            const std::string name = "place " + std::to_string(number);
            const std::array params{sql::Value::uuid(uuid(number)), sql::Value::text(name)};
            const auto ran =
                store_.session().run("INSERT INTO tests_place (id, name) VALUES ($1, $2)", params);
            if (!ran) throw std::runtime_error(describe(ran.error()));
        }
    }
    ~StatementsTogether() override { database_->close(); }

    Store store_{GetParam()};
    std::unique_ptr<sql::Database> database_;
};

Task<Result<void>> ask_all(sql::Executor& executor, std::deque<Texts>& texts) {
    std::deque<std::array<sql::Value, 1>> keys;
    std::vector<sql::Asked> asked;
    for (std::uint8_t number = 1; number <= 81; ++number) {
        keys.push_back({sql::Value::uuid(uuid(number))});
        asked.push_back({kNameOf.on(executor.engine()), keys.back(), &texts.emplace_back()});
    }
    asked.push_back({kSlow.on(executor.engine()), {}, &texts.emplace_back()});
    co_return co_await executor.run_all(std::move(asked));
}

void expect_all(const std::deque<Texts>& texts) {
    for (std::size_t i = 0; i < 80; ++i)
        EXPECT_THAT(texts[i].found, ElementsAre("place " + std::to_string(i + 1)));
    EXPECT_TRUE(texts[80].found.empty());
    EXPECT_THAT(texts[81].found, ElementsAre("80"));
}

TEST_P(StatementsTogether, EachGivesItsOwnRows) {
    std::deque<Texts> texts;
    const auto done = run(ask_all(*database_, texts));
    ASSERT_TRUE(done) << describe(done.error());
    expect_all(texts);
}

TEST_P(StatementsTogether, InATransactionToo) {
    std::deque<Texts> texts;
    const sql::TransactionBody body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        co_return co_await ask_all(transaction, texts);
    };
    const auto done = run(database_->transact(body));
    ASSERT_TRUE(done) << describe(done.error());
    expect_all(texts);
}

TEST_P(StatementsTogether, NoneIsNothingToWaitFor) {
    const auto done = run(database_->run_all({}));
    EXPECT_TRUE(done) << describe(done.error());
}

TEST_P(StatementsTogether, OneThatFailsFailsThemAll) {
    const auto ask = [](sql::Database& database) -> Task<Result<void>> {
        Texts texts;
        const std::string no_text("\xff", 1);
        const std::array key{sql::Value::uuid(uuid(1))};
        const std::array wrong{sql::Value::uuid(uuid(1)), sql::Value::text(no_text)};
        std::vector<sql::Asked> asked{{kNameOf.on(database.engine()), key, &texts},
                                      {kWrong.on(database.engine()), wrong, &texts}};
        co_return co_await database.run_all(std::move(asked));
    };
    EXPECT_FALSE(run(ask(*database_)));
    // And the connections are as good as before.
    std::deque<Texts> texts;
    ASSERT_TRUE(run(ask_all(*database_, texts)));
    expect_all(texts);
}

SEGURIFAI_ON_BOTH_ENGINES(StatementsTogether);

}  // namespace
}  // namespace segurifai::testing

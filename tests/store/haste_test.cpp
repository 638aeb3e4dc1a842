// Transactions whose caller does not mind when they are committed.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>

#include "sql/database.hpp"
#include "store/fixture.hpp"

namespace segurifai::testing {
namespace {

constexpr std::uint8_t kCallers = 8;

const sql::Query kAdd{"test.haste.add", "INSERT INTO tests_place (id, name) VALUES ($1, $2)"};

class PatientTransactions : public ::testing::TestWithParam<sql::Engine> {
protected:
    PatientTransactions() {
        // One for transactions, so that each sees what the one before left there.
        auto opened = sql::open_database(store_.database().url(), {.writer_connections = 1});
        if (!opened) throw std::runtime_error(describe(opened.error()));
        database_ = std::move(*opened);
    }
    ~PatientTransactions() override { database_->close(); }

    Task<void> add(std::uint8_t number, sql::Haste haste) {
        auto body = [number](sql::Transaction& transaction) -> Task<Result<void>> {
            Uuid id{};
            id.bytes[15] = number;
            const std::string name = "place " + std::to_string(number);
            const std::array params{sql::Value::uuid(id), sql::Value::text(name)};
            SEGURIFAI_CO_TRY(co_await transaction.run(kAdd, params));
            co_return Result<void>();
        };
        const auto done = co_await database_->transact(body, haste);
        if (done) ++done_;
        EXPECT_TRUE(done) << describe(done.error());
    }

    /// Whether a commit of now would wait for the disk, as the transaction sees it.
    Task<Result<std::string>> waits_for_disk(sql::Haste haste) {
        std::string setting;
        auto body = [&setting](sql::Transaction& transaction) -> Task<Result<void>> {
            auto sink = sql::each_row([&](const sql::Row& row) { setting = row.text(0); });
            const sql::Statement ask{"", "SELECT current_setting('synchronous_commit')"};
            SEGURIFAI_CO_TRY(co_await transaction.run(ask, {}, &sink));
            co_return Result<void>();
        };
        SEGURIFAI_CO_TRY(co_await database_->transact(body, haste));
        co_return setting;
    }

    std::int64_t stored() {
        return store_.session().one_integer("SELECT COUNT(*) FROM tests_place")->value_or(-1);
    }

    Store store_{GetParam()};
    std::unique_ptr<sql::Database> database_;
    int done_ = 0;
};

TEST_P(PatientTransactions, AreCommittedAlsoWhenNobodyElseWrites) {
    boost::asio::io_context context(1);
    for (std::uint8_t number = 0; number < kCallers; ++number)
        boost::asio::co_spawn(context, add(number, sql::Haste::kPatient), boost::asio::detached);
    context.run();
    EXPECT_EQ(done_, kCallers);
    EXPECT_EQ(stored(), kCallers);
    if (GetParam() == sql::Engine::kSqlite)
        EXPECT_LT(database_->stats().commits, kCallers) << "they share one, or nearly";
}

TEST_P(PatientTransactions, AreCommittedWithTheNextThatIsNot) {
    boost::asio::io_context context(1);
    boost::asio::co_spawn(context, add(1, sql::Haste::kPatient), boost::asio::detached);
    boost::asio::co_spawn(context, add(2, sql::Haste::kAtOnce), boost::asio::detached);
    context.run();
    EXPECT_EQ(done_, 2);
    EXPECT_EQ(stored(), 2);
}

TEST_P(PatientTransactions, AndOnlyTheyDoNotWaitForTheDiskOfPostgres) {
    if (GetParam() != sql::Engine::kPostgres) GTEST_SKIP() << "SQLite waits for every commit";
    const std::string usual = run(waits_for_disk(sql::Haste::kAtOnce)).value();
    EXPECT_NE(usual, "off");
    EXPECT_EQ(run(waits_for_disk(sql::Haste::kPatient)).value(), "off");
    EXPECT_EQ(run(waits_for_disk(sql::Haste::kAtOnce)).value(), usual);
}

SEGURIFAI_ON_BOTH_ENGINES(PatientTransactions);

}  // namespace
}  // namespace segurifai::testing

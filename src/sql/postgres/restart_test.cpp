#include "sql/postgres/database_fixture.hpp"
#include "support/postgres_cluster.hpp"

namespace segurifai::sql {
namespace {

namespace asio = boost::asio;
using segurifai::testing::PostgresCluster;
using std::chrono::milliseconds;

TEST(PostgresRestart, IsMetByReconnecting) {
    PostgresCluster cluster;
    const auto prepare = session_on(cluster.url());
    ASSERT_TRUE(
        prepare->script("CREATE TABLE t (a bigint, b bigint); INSERT INTO t VALUES (1, 10)"));
    const auto database = database_on(cluster.url(), {.acquire_timeout = milliseconds(10'000)});
    asio::io_context io;
    bool stop = false;
    int right = 0;
    const auto reader = [](Database& on, const bool& ended, int& counted) -> Task<void> {
        while (!ended) {
            if (co_await read_one(on, 1) == 10) ++counted;
            co_await pause(milliseconds(1));
        }
    };
    int kept = 0;
    int unknown = 0;
    const auto writer = [](Database& on, const bool& ended, int& sure, int& unsure) -> Task<void> {
        TransactionBody insert = [](Transaction& transaction) -> Task<Result<void>> {
            const Statement one{"test.one", "INSERT INTO t VALUES (2, 2)"};
            const auto done = co_await transaction.run(one, {}, nullptr);
            if (!done) co_return std::unexpected(done.error());
            co_return Result<void>();
        };
        while (!ended) {
            const auto done = co_await on.transact(insert);
            if (done)
                ++sure;
            else if (done.error().code == Code::kGone)
                ++unsure;
            else
                ADD_FAILURE() << describe(done.error());
        }
    };
    for (int i = 0; i < 8; ++i) start(io, reader(*database, stop, right));
    for (int i = 0; i < 4; ++i) start(io, writer(*database, stop, kept, unknown));
    run_through_a_restart(io, cluster, stop);
    const auto after = session_on(cluster.url());
    const std::int64_t stored = after->one_integer("SELECT count(*) FROM t WHERE a = 2")->value();
    EXPECT_GE(stored, kept);            // what was confirmed is there,
    EXPECT_LE(stored, kept + unknown);  // and nothing was done twice
    EXPECT_GT(kept, 0);
    EXPECT_GT(right, 100);
    EXPECT_GE(database->stats().reconnects, 3U);
}

}  // namespace
}  // namespace segurifai::sql

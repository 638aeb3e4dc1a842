#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "migrate/inspect.hpp"
#include "migrate/partitions.hpp"
#include "migrations/installation.hpp"

// Two runners, killed runners, long readers: what happens around a migration.

namespace segurifai::testing {
namespace {

using namespace migrate;
using model::Type;

TableState goods() {
    return {.number = 1,
            .app = "shop",
            .name = "shop_good",
            .columns = {{.number = 1,
                         .name = "id",
                         .type = Type::kInteger,
                         .primary_key = true,
                         .identity = true},
                        {.number = 2, .name = "name", .type = Type::kVarchar, .length = 50},
                        {.number = 3, .name = "size", .type = Type::kInteger, .null = true}}};
}

/// Touches every kind of step that a big table gets: index, fill by batches, NOT NULL, check, key.
std::vector<Operation> online_change() {
    ColumnState size = goods().columns[2];
    size.null = false;
    size.min = "-5";
    return {AddIndex{"shop_good", {.name = "shop_good_name_idx", .columns = {"name"}}},
            AlterColumn{"shop_good", size, std::int64_t{0}},
            AddColumn{"shop_good",
                      {.number = 4,
                       .name = "above",
                       .type = Type::kInteger,
                       .null = true,
                       .references = ForeignKeyState{"shop_good", "id"}}},
            AddCheck{"shop_good", {"shop_good_named", "name <> ''"}},
            DropColumn{"shop_good", "name"}};
}

std::vector<Operation> without_name(std::vector<Operation> operations) {
    operations.insert(operations.end() - 1, DropCheck{"shop_good", "shop_good_named"});
    operations.insert(operations.end() - 1, DropIndex{"shop_good", "shop_good_name_idx"});
    return operations;
}

class Runners : public ::testing::TestWithParam<sql::Engine> {
protected:
    Installation installation_{GetParam()};

    void set_up_goods(int rows) {
        installation_.history.add({CreateTable{goods()}});
        ASSERT_TRUE(installation_.go_to(1));
        installation_.fill(installation_.history.state(1), rows);
    }

    /// Runs `migrate` in a process of its own that is killed when step `kill_at` begins; whether
    /// it came to an end by itself.
    bool ends_before(int kill_at) {
        installation_.disconnect();
        const pid_t child = fork();
        if (child == 0) {
            auto session = installation_.database().session();
            SystemRandom random;
            ExecutorOptions options{.accept_data_loss = true, .online_from_rows = 1};
            int steps = 0;
            options.on_progress = [&](const Progress&) {
                if (++steps == kill_at) kill(getpid(), SIGKILL);
            };
            Executor executor(*session, installation_.history.graph(), installation_.clock, random,
                              options);
            _exit(executor.migrate({}) ? 0 : 3);
        }
        int status = 0;
        waitpid(child, &status, 0);
        installation_.connect();
        EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
        return WIFEXITED(status);
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Runners);

TEST_P(Runners, AKilledRunnerIsFinishedByTheNextAtEveryStep) {
    // 0: nobody is killed; that end is what all others must come to.
    std::string rows_after;
    std::string rows_back;
    int kill_at = 0;
    for (bool ended = false; !ended || kill_at == 1; ++kill_at) {
        SCOPED_TRACE("killed at step " + std::to_string(kill_at));
        ASSERT_LT(kill_at, 60);
        installation_.empty();
        installation_.history = History();
        set_up_goods(8);
        installation_.history.add(without_name(online_change()));
        ended = ends_before(kill_at);
        installation_.clock.advance_micros(3'600'000'000);  // the dead runner's lease is over …
        if (GetParam() == sql::Engine::kPostgres)           // … also by the server's clock
            ASSERT_TRUE(installation_.session().script("DELETE FROM segurifai_lease"));
        const auto resumed = installation_.go_to(2, {.online_from_rows = 1});
        ASSERT_TRUE(resumed) << describe(resumed.error());
        const SchemaState after = installation_.history.state(2);
        ASSERT_EQ(installation_.drift(after), "");
        if (kill_at == 0) rows_after = installation_.rows(after);
        ASSERT_EQ(installation_.rows(after), rows_after);

        const auto back = installation_.go_to(1, {.online_from_rows = 1});
        ASSERT_TRUE(back) << describe(back.error());
        const SchemaState before = installation_.history.state(1);
        ASSERT_EQ(installation_.drift(before), "");
        if (kill_at == 0) rows_back = installation_.rows(before);
        ASSERT_EQ(installation_.rows(before), rows_back);
    }
    EXPECT_GT(kill_at, GetParam() == sql::Engine::kPostgres ? 12 : 3);
}

TEST_P(Runners, OfTwoAtOnceOneAppliesAndTheOtherWaits) {
    set_up_goods(3);
    installation_.history.add(without_name(online_change()));
    std::atomic<std::size_t> applied = 0;
    const auto run = [&] {
        auto session = installation_.database().session();
        SystemRandom random;
        SystemClock clock;
        Executor executor(*session, installation_.history.graph(), clock, random,
                          {.accept_data_loss = true, .online_from_rows = 1});
        const auto done = executor.migrate({});
        ASSERT_TRUE(done) << describe(done.error());
        applied += done->size();
    };
    {
        const std::jthread first(run);
        const std::jthread second(run);
    }
    EXPECT_EQ(applied, 1U);
    EXPECT_EQ(installation_.drift(installation_.history.state(2)), "");
}

TEST_P(Runners, TwoOnANewDatabaseMakeItOnce) {
    installation_.history.add({CreateTable{goods()}});
    std::atomic<std::size_t> applied = 0;
    const auto run = [&] {
        auto session = installation_.database().session();
        SystemRandom random;
        SystemClock clock;
        Executor executor(*session, installation_.history.graph(), clock, random);
        const auto done = executor.migrate({});
        ASSERT_TRUE(done) << describe(done.error());
        applied += done->size();
    };
    {
        const std::jthread first(run);
        const std::jthread second(run);
    }
    EXPECT_EQ(applied, 1U);
}

TEST_P(Runners, ADroppedColumnComesBackWithItsRowsAndNewOnesGetTheDefault) {
    set_up_goods(3);
    ColumnState stock{
        .number = 4, .name = "stock", .type = Type::kInteger, .preset = std::int64_t{5}};
    installation_.history.add({AddColumn{"shop_good", stock}});
    ASSERT_TRUE(installation_.go_to(2));
    ASSERT_TRUE(installation_.session().script("UPDATE shop_good SET stock = id * 100"));
    installation_.history.add({DropColumn{"shop_good", "stock"}});
    ASSERT_TRUE(installation_.go_to(3));
    ASSERT_TRUE(
        installation_.session().script("INSERT INTO shop_good (id, name) VALUES (9, 'new')"));
    ASSERT_EQ(installation_.executor().tombstones()->size(), 1U);

    ASSERT_TRUE(installation_.go_to(2));
    EXPECT_EQ(installation_.executor().tombstones()->size(), 0U);
    EXPECT_EQ(**installation_.session().one_integer("SELECT stock FROM shop_good WHERE id = 3"),
              300);
    EXPECT_EQ(**installation_.session().one_integer("SELECT stock FROM shop_good WHERE id = 9"), 5);
    EXPECT_EQ(installation_.drift(installation_.history.state(2)), "");
}

TEST_P(Runners, ARequiredColumnWithoutDefaultDoesNotComeBackOverNewRows) {
    set_up_goods(3);
    installation_.history.add({DropColumn{"shop_good", "name"}});
    ASSERT_TRUE(installation_.go_to(2));
    ASSERT_TRUE(installation_.session().script("INSERT INTO shop_good (id) VALUES (9)"));
    const auto back = installation_.go_to(1);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, Code::kConflict);
    EXPECT_NE(back.error().message.find("rows without a value"), std::string::npos);
    EXPECT_EQ(installation_.drift(installation_.history.state(2)), "");
}

TEST_P(Runners, PurgeEndsTombstonesWhoseTimeIsOver) {
    set_up_goods(3);
    installation_.history.add({DropColumn{"shop_good", "name"}});
    installation_.history.add({DropTable{"shop_good"}});
    ASSERT_TRUE(installation_.go_to(3));
    ASSERT_EQ(installation_.executor().tombstones()->size(), 2U);
    EXPECT_EQ(installation_.executor().purge(false)->size(), 0U);
    installation_.clock.advance_micros(31 * kMicrosPerDay);
    const auto ended = installation_.executor().purge(false);
    ASSERT_TRUE(ended) << describe(ended.error());
    EXPECT_EQ(ended->size(), 2U);
    EXPECT_EQ(installation_.executor().tombstones()->size(), 0U);
    ASSERT_TRUE(installation_.go_to(1));  // the table again, without rows
    EXPECT_EQ(**installation_.session().one_integer("SELECT count(*) FROM shop_good"), 0);
}

TEST_P(Runners, ALossyMigrationWantsAWord) {
    set_up_goods(2);
    ColumnState name = goods().columns[1];
    name.type = Type::kJson;
    name.length = 0;
    installation_.history.add({AlterColumn{"shop_good", name}});
    const auto refused = installation_.executor().migrate({});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("--accept-data-loss"), std::string::npos);
}

TEST_P(Runners, ChangedHistoryIsRefusedWithTheDifference) {
    set_up_goods(2);
    History changed;
    TableState other = goods();
    other.columns[1].length = 60;
    changed.add({CreateTable{other}});
    installation_.history = changed;
    const auto refused = installation_.executor().migrate({});
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().faults.size(), 1U);
    const std::string& difference = refused.error().faults.front().message;
    EXPECT_NE(difference.find("\n- "), std::string::npos) << difference;
    EXPECT_NE(difference.find("60"), std::string::npos) << difference;
}

TEST_P(Runners, FakeInitialTakesTablesThatAreThere) {
    installation_.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation_.session().script(create_table_sql(GetParam(), goods())));
    const auto refused = installation_.go_to(1);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_NE(refused.error().message.find("--fake-initial"), std::string::npos);
    ASSERT_TRUE(installation_.go_to(1, {.fake_initial = true}));
    EXPECT_EQ(installation_.executor().applied()->size(), 1U);
}

TEST_P(Runners, FakeInitialTakesEveryMigrationThatOnlyMakesTables) {
    TableState more = goods();
    more.number = 2;
    more.name = "shop_box";
    installation_.history.add({CreateTable{goods()}});
    installation_.history.add({CreateTable{more}});
    installation_.history.add({AddIndex{"shop_box", {"shop_box_name_idx", {"name"}}}});
    for (const TableState& table : {goods(), more})
        ASSERT_TRUE(installation_.session().script(create_table_sql(GetParam(), table)));
    const auto done = installation_.go_to(3, {.fake_initial = true});
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(installation_.executor().applied()->size(), 3U);
    const auto drift = check_database(installation_.session(), installation_.history.state(3));
    ASSERT_TRUE(drift);
    EXPECT_TRUE(drift->empty());
}

TEST_P(Runners, FakeInitialRefusesTablesOfAnotherForm) {
    installation_.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation_.session().script("CREATE TABLE shop_good (a integer)"));
    const auto refused = installation_.go_to(1, {.fake_initial = true});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict);
    EXPECT_GE(refused.error().faults.size(), 4U) << describe(refused.error());
    EXPECT_TRUE(installation_.executor().applied()->empty());
}

class OnPostgres : public ::testing::Test {
protected:
    Installation installation_{sql::Engine::kPostgres};
};

TEST_F(OnPostgres, PartitionsAreMadeOnceHoweverManyMakeThem) {
    TableState seen = goods();
    seen.partition_by = "at";
    seen.columns.push_back({.number = 4, .name = "at", .type = Type::kDateTime});
    for (const std::string& statement :
         create_statements(sql::Engine::kPostgres, {.tables = {{seen.number, seen}}}))
        ASSERT_TRUE(installation_.session().script(statement));
    const Date first = *Date::parse("2026-11-01");
    std::vector<std::jthread> makers;
    for (int i = 0; i < 4; ++i)
        makers.emplace_back([&] {
            const auto session = installation_.database().session();
            const auto made = ensure_partitions(*session, seen, first, Date{first.days + 19});
            EXPECT_TRUE(made) << describe(made.error());
        });
    makers.clear();
    const auto last =
        ensure_partitions(installation_.session(), seen, Date{kDateMaxDays}, Date{kDateMaxDays});
    EXPECT_TRUE(last) << describe(last.error());
    EXPECT_EQ(**installation_.session().one_integer(
                  "SELECT count(*) FROM pg_inherits WHERE inhparent = 'shop_good'::regclass"),
              21);
}

TEST_F(OnPostgres, AMigrationRetriesBehindALongReaderAndHoldsNobodyUp) {
    using std::chrono::steady_clock;
    installation_.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation_.go_to(1));
    installation_.history.add({RenameColumn{"shop_good", "size", "width"}});
    auto reader = installation_.database().session();
    ASSERT_TRUE(reader->begin());
    ASSERT_TRUE(reader->run("SELECT * FROM shop_good"));
    std::atomic<bool> ended = false;
    std::jthread migration([&] {
        EXPECT_TRUE(installation_.go_to(2));
        ended = true;
    });
    auto other = installation_.database().session();
    auto longest = steady_clock::duration::zero();
    for (int i = 0; i < 40; ++i) {
        const auto from = steady_clock::now();
        ASSERT_TRUE(other->run("SELECT count(*) FROM shop_good"));
        longest = std::max(longest, steady_clock::now() - from);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_FALSE(ended);
    EXPECT_LT(longest, std::chrono::seconds(1));
    ASSERT_TRUE(reader->commit());
    migration.join();
    EXPECT_TRUE(ended);
}

TEST_F(OnPostgres, ABigTableIsChangedOnline) {
    installation_.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation_.go_to(1));
    installation_.fill(installation_.history.state(1), 8);
    installation_.history.add(without_name(online_change()));
    auto online = installation_.executor({.online_from_rows = 1});
    const auto plan = online.plan({});
    ASSERT_TRUE(plan);
    const auto steps = online.steps(plan->front());
    ASSERT_TRUE(steps);
    std::string sql;
    for (const Step& step : *steps) sql += step.sql + "\n";
    EXPECT_NE(sql.find("CREATE INDEX CONCURRENTLY"), std::string::npos);
    EXPECT_NE(sql.find("IS NOT NULL) NOT VALID"), std::string::npos);
    EXPECT_NE(sql.find("VALIDATE CONSTRAINT"), std::string::npos);
    EXPECT_NE(sql.find("FOREIGN KEY (\"above\")"), std::string::npos);
}

TEST_F(OnPostgres, PartitionsAreMadeAheadAndFollowTheirTable) {
    const TableState trips{
        .number = 1,
        .app = "shop",
        .name = "shop_trip",
        .partition_by = "at",
        .columns = {{.number = 1,
                     .name = "id",
                     .type = Type::kBigInteger,
                     .primary_key = true,
                     .identity = true},
                    {.number = 2, .name = "at", .type = Type::kDateTime},
                    {.number = 3, .name = "speed", .type = Type::kInteger, .null = true}}};
    const auto partitions_of = [&](std::string_view like) {
        return **installation_.session().one_integer(
            "SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r' AND relname LIKE "
            "'" +
            std::string(like) + "\\_p%'");
    };
    installation_.history.add({CreateTable{trips}});
    ASSERT_TRUE(installation_.go_to(1));
    EXPECT_EQ(partitions_of("shop_trip"), 16);  // yesterday, today and 14 days ahead
    ASSERT_TRUE(installation_.go_to(1));
    EXPECT_EQ(partitions_of("shop_trip"), 16);
    const std::string at = installation_.clock.now().to_string();
    ASSERT_TRUE(installation_.session().script("INSERT INTO shop_trip (at) VALUES ('" + at + "')"));
    const std::string rows = installation_.rows(installation_.history.state(1));

    installation_.history.add({RenameTable{"shop_trip", "shop_ride", "shop"}});
    ASSERT_TRUE(installation_.go_to(2));
    EXPECT_EQ(partitions_of("shop_ride"), 16);
    EXPECT_EQ(installation_.drift(installation_.history.state(2)), "");

    installation_.history.add({DropTable{"shop_ride"}});
    TableState second = trips;
    second.number = 2;
    second.name = "shop_ride";
    installation_.history.add({CreateTable{second}});  // the name, and its partitions', is free
    ASSERT_TRUE(installation_.go_to(4));
    EXPECT_EQ(partitions_of("shop_ride"), 16);
    EXPECT_EQ(installation_.drift(installation_.history.state(4)), "");

    const auto back = installation_.go_to(1);
    ASSERT_TRUE(back) << describe(back.error());
    EXPECT_EQ(installation_.drift(installation_.history.state(1)), "");
    EXPECT_EQ(installation_.rows(installation_.history.state(1)), rows);
}

TEST_F(OnPostgres, AnInvalidIndexLeftBehindIsMadeAgain) {
    installation_.history.add({CreateTable{goods()}});
    ASSERT_TRUE(installation_.go_to(1));
    ASSERT_TRUE(
        installation_.session().script("INSERT INTO shop_good (name) VALUES ('same'), ('same')"));
    // A failed CONCURRENTLY leaves one.
    ASSERT_FALSE(installation_.session().script(
        "CREATE UNIQUE INDEX CONCURRENTLY shop_good_once ON shop_good (name)"));
    ASSERT_TRUE(installation_.session().script("UPDATE shop_good SET name = name || id"));
    installation_.history.add(
        {AddIndex{"shop_good", {.name = "shop_good_once", .columns = {"name"}, .unique = true}}});
    const auto done = installation_.go_to(2, {.online_from_rows = 1});
    ASSERT_TRUE(done) << describe(done.error());
    EXPECT_EQ(installation_.drift(installation_.history.state(2)), "");
}

}  // namespace
}  // namespace segurifai::testing

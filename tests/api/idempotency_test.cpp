// What repeating a keyed call does (API §1.6), on both engines.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "apps/audit/service.hpp"
#include "apps/unit_of_work.hpp"
#include "support/api.hpp"

namespace segurifai::testing {
namespace {

using http::Call;

struct Note {
    static constexpr std::string_view kShape = "Note";
    std::string text;
    static consteval auto fields() {
        return std::array{http::field<&Note::text>("text", {.length = 40})};
    }
};

struct Written {
    static constexpr std::string_view kShape = "Written";
    std::string text;
    std::int64_t number = 0;
    static consteval auto fields() {
        return std::array{http::field<&Written::text>("text", {.length = 40}),
                          http::field<&Written::number>("number")};
    }
};

const sql::Query kCount{"test.notes.count", "SELECT COUNT(*) FROM audit_event"};

std::atomic<int> g_runs = 0;

/// Writes an audit event and tells how many there are; "no" is refused after writing, "blind" waits
/// for nothing and tells 0.
Task<Result<Written>> write_note(Call& call, Note note) {
    auto work = [&](sql::Transaction& transaction) -> Task<Result<Written>> {
        ++g_runs;
        audit::Change change;
        change.object_table = "notes";
        change.object_id = note.text;
        SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, change));
        if (note.text == "no") co_return refuse(Refusal::kAlreadyDone);
        std::int64_t count = 0;
        if (note.text == "blind") co_return Written{note.text, count};
        auto sink = sql::each_row([&](const sql::Row& row) { count = row.integer(0); });
        SEGURIFAI_CO_TRY(co_await transaction.run(kCount, {}, &sink));
        call.answer.set("Location", "/api/test/notes/" + std::to_string(count) + "/");
        co_return Written{note.text, count};
    };
    apps::Work<Written> named = work;
    co_return co_await apps::perform<Written>(call, named);
}

std::vector<http::Route> routes() {
    return {http::post<&write_note>("/api/test/notes/{place}/", "test.notes",
                                    {.summary = "Writes", .status = 201, .keyed = true}),
            http::post<&write_note>("/api/test/free/", "test.free", {.summary = "Writes"})};
}

TestApiOptions options() {
    return {.permissions = {{"test.notes", http::kSignedIn | http::kAnyone},
                            {"test.free", http::kAnyone}}};
}

class KeyedCalls : public ::testing::TestWithParam<sql::Engine> {
protected:
    TestApi api_{GetParam(), routes(), options()};
    std::int64_t events() { return api_.integer("SELECT COUNT(*) FROM audit_event"); }
    TestAnswer write(std::string text, std::string key, std::string place = "1",
                     std::string token = {}) {
        return api_.post("/api/test/notes/" + place + "/",
                         {.token = std::move(token),
                          .body = fmt::format(R"({{"text":"{}"}})", text),
                          .key = std::move(key)});
    }
};

TEST_P(KeyedCalls, RepeatsTheAnswerAndNotTheEffect) {
    const TestAnswer first = write("one", "k-1");
    ASSERT_EQ(first.status, 201) << first.body;
    EXPECT_EQ(first.header("Idempotency-Replayed"), "");
    const TestAnswer again = write("one", "k-1");
    EXPECT_EQ(again.status, 201);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(again.header("Location"), first.header("Location"));
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(events(), 1);
}

TEST_P(KeyedCalls, BelongToCallerPathAndBody) {
    const std::string token = api_.sign_in_as(api_.add_member().id);
    ASSERT_EQ(write("one", "k").status, 201);
    EXPECT_EQ(write("one", "k", "2").status, 201);
    EXPECT_EQ(write("one", "k", "1", token).status, 201);
    EXPECT_EQ(write("one", "k", std::string(200, 'x')).status, 201);
    EXPECT_EQ(events(), 4);
    const TestAnswer other = write("two", "k");
    EXPECT_EQ(other.status, 422);
    EXPECT_EQ(other.at("/code"), "idempotency_key_reused");
    EXPECT_EQ(events(), 4);
}

TEST_P(KeyedCalls, NeedAKeyThatIsOne) {
    for (const std::string& key :
         {std::string(), std::string("with space"), std::string("ñ"), std::string(256, 'k')}) {
        const TestAnswer answer = write("one", key);
        EXPECT_EQ(answer.status, 400) << key;
        EXPECT_EQ(answer.at("/code"), "idempotency_key_required");
    }
    EXPECT_EQ(write("one", std::string(255, 'k')).status, 201);
}

TEST_P(KeyedCalls, AreForgottenAfterADay) {
    ASSERT_EQ(write("one", "k").status, 201);
    api_.clock.advance_micros(24LL * 3'600 * 1'000'000);
    const TestAnswer later = write("two", "k");
    EXPECT_EQ(later.status, 201) << later.body;
    EXPECT_EQ(later.header("Idempotency-Replayed"), "");
    EXPECT_EQ(write("two", "k").header("Idempotency-Replayed"), "true");
    EXPECT_EQ(api_.integer("SELECT COUNT(*) FROM platform_idempotencykey"), 1);
}

TEST_P(KeyedCalls, KeepNothingOfARefusal) {
    const TestAnswer refused = write("no", "k");
    EXPECT_EQ(refused.status, 409);
    EXPECT_EQ(refused.at("/code"), "already_done");
    EXPECT_EQ(events(), 0);
    EXPECT_EQ(api_.integer("SELECT COUNT(*) FROM platform_idempotencykey"), 0);
    EXPECT_EQ(write("yes", "k").status, 201);
}

TEST_P(KeyedCalls, HaveOneEffectWhenSentAtOnce) {
    std::vector<TestApi::Planned> calls(
        8, {http::Method::kPost, "/api/test/notes/1/", {.body = R"({"text":"one"})", .key = "k"}});
    int fresh = 0;
    int in_progress = 0;
    for (const TestAnswer& answer : api_.together(calls)) {
        if (answer.status == 409) {
            EXPECT_EQ(answer.at("/code"), "idempotency_in_progress");
            EXPECT_EQ(answer.header("Retry-After"), "1");
            ++in_progress;
            continue;
        }
        EXPECT_EQ(answer.status, 201) << answer.body;
        EXPECT_EQ(answer.at("/number"), "1");
        fresh += answer.header("Idempotency-Replayed").empty() ? 1 : 0;
    }
    EXPECT_EQ(fresh, 1);
    EXPECT_LT(in_progress, 7);
    EXPECT_EQ(events(), 1);
}

TEST_P(KeyedCalls, AnswerInProgressWhileTheFirstStillRuns) {
    if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "one writer: the second waits its turn";
    sql::Session& session = api_.session();
    ASSERT_TRUE(session.begin());
    api_.execute(
        "INSERT INTO platform_idempotencykey (caller, operation, key, body_hash, status, headers, "
        "body, created_at) VALUES ('address:203.0.113.7', 'test.notes 1', 'k', 'x', 201, '{}', '', "
        "'2026-02-03 18:00:00+00')");
    const TestAnswer answer = write("one", "k");
    EXPECT_EQ(answer.status, 409) << answer.body;
    EXPECT_EQ(answer.at("/code"), "idempotency_in_progress");
    EXPECT_EQ(answer.header("Retry-After"), "1");
    session.rollback();
    EXPECT_EQ(write("one", "k").status, 201);
}

TEST_P(KeyedCalls, OfABusyServerAreNotSaidToBeInProgress) {
    if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "nothing is done before the wait";
    api_.execute(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END'");
    api_.execute(
        "CREATE TRIGGER slow BEFORE INSERT ON platform_idempotencykey "
        "FOR EACH ROW EXECUTE FUNCTION slow()");
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < 80; ++i)
        calls.push_back({http::Method::kPost,
                         "/api/test/notes/1/",
                         {.body = R"({"text":"blind"})", .key = fmt::format("k{}", i)}});
    int done = 0;
    int busy = 0;
    for (const TestAnswer& answer : api_.together(calls)) {
        if (answer.status == 201)
            ++done;
        else if (answer.at("/code") == "service_unavailable")
            ++busy;
        else
            ADD_FAILURE() << answer.body;
    }
    EXPECT_EQ(done + busy, 80);
    EXPECT_GT(busy, 0);
    EXPECT_EQ(events(), done);
}

TEST_P(KeyedCalls, AreTriedAgainHoweverLongAFailedAttemptTook) {
    if (GetParam() == sql::Engine::kSqlite) GTEST_SKIP() << "nothing is tried again";
    api_.execute("CREATE SEQUENCE attempts");
    api_.execute(
        "CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN "
        "IF nextval('attempts') <= 2 THEN PERFORM pg_sleep(0.6); "
        "RAISE EXCEPTION 'no' USING ERRCODE = 'serialization_failure'; END IF; RETURN NEW; END$$");
    api_.execute(
        "CREATE TRIGGER fail_twice BEFORE INSERT ON platform_idempotencykey "
        "FOR EACH ROW EXECUTE FUNCTION fail_twice()");
    const TestAnswer answer = write("blind", "k");
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(events(), 1);
}

TEST_P(KeyedCalls, WithoutAKeyAreDoneEachTime) {
    const TestRequest request{.body = R"({"text":"one"})"};
    EXPECT_EQ(api_.post("/api/test/free", request).status, 200);
    EXPECT_EQ(api_.post("/api/test/free/", request).status, 200);
    EXPECT_EQ(events(), 2);
}

SEGURIFAI_ON_BOTH_ENGINES(KeyedCalls);

}  // namespace
}  // namespace segurifai::testing

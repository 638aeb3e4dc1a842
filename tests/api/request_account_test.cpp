// A request and the account it is for: while the one is made, the other is not archived and does
// not become a unit's (RULES §1, §6).

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "api/assistance.hpp"
#include "apps/providers/api.hpp"
#include "apps/users/api.hpp"
#include "http/authenticator.hpp"
#include "sql/session.hpp"

namespace segurifai::testing {
namespace {

using Member = Assistance::Member;

/// Lets in who was a member a moment ago.
class OpenDoor final : public http::Authenticator {
public:
    Task<Result<http::Caller>> authenticate(std::string_view, Instant, bool,
                                            http::EarlyRead*) override {
        co_return caller;
    }
    http::Caller caller;
};

std::vector<http::Route> routes_of_accounts() {
    std::vector<http::Route> all = users::routes();
    for (http::Route& one : providers::routes()) all.push_back(one);
    return all;
}

class RequestAndAccount : public ::testing::TestWithParam<sql::Engine> {
protected:
    /// A member who has applied to become a unit, with a plan.
    struct Applicant {
        Unit unit;
        std::string token;
    };
    static Applicant applicant(Assistance& world) {
        const Unit unit = world.api.add_unit(providers::ProviderStatus::kPending);
        (void)world.subscribe(unit.user_id, "ROADSIDE");
        return {unit, world.api.sign_in_as(unit.user_id)};
    }
    static TestApi::Planned asking(Assistance& world, const std::string& token) {
        return {http::Method::kPost,
                "/api/assistance/requests/",
                {.token = token, .body = std::string(Assistance::kTow), .key = world.next_key()}};
    }
    /// What the staff do, whatever the row's tag is.
    static TestApi::Planned as_staff(http::Method method, std::string path,
                                     const std::string& token, std::string_view body) {
        return {method,
                std::move(path),
                {.token = token,
                 .body = std::string(body),
                 .headers = {{http::Header::kIfMatch, "*"}}}};
    }
    static TestApi::Planned archiving(users::UserId id, const std::string& token) {
        return as_staff(http::Method::kDelete, "/api/admin/users/" + id.value.to_string() + "/",
                        token, R"({"reason":"Lo pidió por carta"})");
    }
    static TestApi::Planned approval(const Unit& unit, const std::string& token) {
        return as_staff(
            http::Method::kPost,
            "/api/admin/providers/" + std::to_string(unit.id.value) + "/decision/", token,
            R"({"status":"ACTIVE","seen":{"license":true,"certificate":true,"insurance":true}})");
    }
    static std::int64_t count(Assistance& world, const std::string& from) {
        return world.api.integer("SELECT COUNT(*) FROM " + from);
    }

    /// Answers a call that comes to a transaction which has run `statements` and commits as soon as
    /// it is waited for. On SQLite everything that writes waits for it.
    static TestAnswer meeting(TestApi& api, const std::string& statements,
                              const TestApi::Planned& call) {
        const bool is_sqlite = GetParam() == sql::Engine::kSqlite;
        api.execute(is_sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
        api.execute(statements);
        std::atomic<bool> is_answered = false;
        std::jthread committer([&] {
            const auto watch = sql::open_session(api.url()).value();
            std::int64_t waiting = is_sqlite ? 1 : 0;
            auto sink = sql::each_row([&](const sql::Row& row) { waiting = row.integer(0); });
            while (waiting == 0 && !is_answered)
                (void)watch->run(
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() "
                    "AND wait_event_type = 'Lock'",
                    {}, &sink);
            api.execute("COMMIT");
        });
        TestAnswer answer = api.call(call.method, call.target, call.request);
        is_answered = true;
        committer.join();
        return answer;
    }
    /// What holds an account as `how` says, where rows are held.
    static std::string holding(users::UserId id, std::string_view how) {
        return fmt::format("SELECT id FROM users_user WHERE id = '{}'{};", id.value.to_string(),
                           GetParam() == sql::Engine::kSqlite ? "" : how);
    }
    /// A request of the account as its creation leaves it: the account held, the row there.
    static std::string creating(users::UserId id) {
        return holding(id, " FOR KEY SHARE") +
               fmt::format(
                   "INSERT INTO assistance_assistancerequest (request_number, user_id, title, "
                   "status, metadata, created_at, updated_at) VALUES ('REQ-20260203-AAAAAA', '{}', "
                   "'Grúa', 'PENDING', '{{}}', '2026-02-03 18:00:00.000000', "
                   "'2026-02-03 18:00:00.000000')",
                   id.value.to_string());
    }

    static constexpr int kPairs = 16;
};

TEST_P(RequestAndAccount, WhoIsArchivedBehindTheDoorIsRefusedAsAtTheDoor) {
    OpenDoor door;
    Assistance world(GetParam(), {}, {.authenticator = &door});
    const Member ana = world.member_on("ROADSIDE");
    door.caller = {.kind = http::Kind::kMember, .user_id = ana.person.id.value};
    world.api.execute("UPDATE users_user SET is_active = FALSE");
    const TestAnswer no = world.create(ana.token, Assistance::kTow);
    EXPECT_EQ(no.status, 401) << no.body;
    EXPECT_EQ(no.at("/code"), "token_not_valid");
    EXPECT_EQ(count(world, "assistance_assistancerequest"), 0);
    world.api.execute("UPDATE users_user SET is_active = TRUE");
    EXPECT_EQ(world.create(ana.token, Assistance::kTow).status, 201);
}

TEST_P(RequestAndAccount, WhoBecomesAUnitBehindTheDoorIsRefusedAsAtTheDoor) {
    OpenDoor door;
    Assistance world(GetParam(), {}, {.authenticator = &door});
    const Member ana = world.member_on("ROADSIDE");
    door.caller = {.kind = http::Kind::kMember, .user_id = ana.person.id.value};
    world.api.execute("UPDATE users_user SET role = 'PROVIDER'");
    const TestAnswer no = world.create(ana.token, Assistance::kTow);
    EXPECT_EQ(no.status, 403) << no.body;
    EXPECT_EQ(no.at("/code"), "permission_denied");
    EXPECT_EQ(count(world, "assistance_assistancerequest"), 0);
}

TEST_P(RequestAndAccount, WaitForEachOtherWhenTheOneIsBeingArchived) {
    Assistance world(GetParam(), routes_of_accounts());
    const Member ana = world.member_on("ROADSIDE");
    const std::string archived =
        holding(ana.person.id, " FOR UPDATE") + "UPDATE users_user SET is_active = FALSE";
    const TestAnswer no = meeting(world.api, archived, asking(world, ana.token));
    EXPECT_EQ(no.status, 401) << no.body;
    EXPECT_EQ(count(world, "assistance_assistancerequest"), 0);
}

TEST_P(RequestAndAccount, WaitForEachOtherWhenTheOneIsBeingApproved) {
    Assistance world(GetParam(), routes_of_accounts());
    const Applicant one = applicant(world);
    const std::string approved =
        holding(one.unit.user_id, " FOR UPDATE") + "UPDATE users_user SET role = 'PROVIDER'";
    const TestAnswer no = meeting(world.api, approved, asking(world, one.token));
    EXPECT_EQ(no.status, 403) << no.body;
    EXPECT_EQ(count(world, "assistance_assistancerequest"), 0);
}

TEST_P(RequestAndAccount, WaitForEachOtherWhenTheOtherIsBeingMade) {
    Assistance world(GetParam(), routes_of_accounts());
    const std::string boss = world.api.sign_in_as(world.api.add_superuser().id);
    const Member ana = world.member_on("ROADSIDE");
    const TestAnswer kept =
        meeting(world.api, creating(ana.person.id), archiving(ana.person.id, boss));
    EXPECT_EQ(kept.status, 409) << kept.body;
    EXPECT_EQ(kept.at("/code"), "open_request");
    world.api.execute("DELETE FROM assistance_assistancerequest");
    const Applicant one = applicant(world);
    const TestAnswer waits =
        meeting(world.api, creating(one.unit.user_id), approval(one.unit, boss));
    EXPECT_EQ(waits.status, 409) << waits.body;
    EXPECT_EQ(waits.at("/code"), "open_request");
    EXPECT_EQ(count(world, "users_user WHERE role = 'PROVIDER' OR NOT is_active"), 0);
}

TEST_P(RequestAndAccount, AreNotBothWhenOneIsMadeWhileTheOtherIsArchived) {
    Assistance world(GetParam(), routes_of_accounts());
    const std::string boss = world.api.sign_in_as(world.api.add_superuser().id);
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < kPairs; ++i) {
        const Member member = world.member_on("ROADSIDE");
        calls.push_back(archiving(member.person.id, boss));
        calls.push_back(asking(world, member.token));
    }
    const std::vector<TestAnswer> answers = world.api.together(calls);
    for (std::size_t i = 0; i < answers.size(); i += 2) {
        const bool is_archived = answers[i].status == 204;
        EXPECT_EQ(answers[i + 1].status, is_archived ? 401 : 201) << answers[i + 1].body;
        if (!is_archived) EXPECT_EQ(answers[i].at("/code"), "open_request") << answers[i].body;
    }
    EXPECT_EQ(count(world,
                    "assistance_assistancerequest AS r JOIN users_user AS u ON u.id = r.user_id "
                    "WHERE NOT u.is_active"),
              0);
}

TEST_P(RequestAndAccount, AreNotBothWhenOneIsMadeWhileTheOtherIsApproved) {
    Assistance world(GetParam(), routes_of_accounts());
    const std::string desk = world.api.sign_in_as(world.api.add_superuser().id);
    std::vector<TestApi::Planned> calls;
    for (int i = 0; i < kPairs; ++i) {
        const Applicant one = applicant(world);
        calls.push_back(approval(one.unit, desk));
        calls.push_back(asking(world, one.token));
    }
    const std::vector<TestAnswer> answers = world.api.together(calls);
    for (std::size_t i = 0; i < answers.size(); i += 2) {
        const bool is_approved = answers[i].status == 200;
        EXPECT_EQ(answers[i + 1].status, is_approved ? 403 : 201) << answers[i + 1].body;
        if (!is_approved) EXPECT_EQ(answers[i].at("/code"), "open_request") << answers[i].body;
    }
    EXPECT_EQ(count(world,
                    "assistance_assistancerequest AS r JOIN users_user AS u ON u.id = r.user_id "
                    "WHERE u.role <> 'USER'"),
              0);
}

SEGURIFAI_ON_BOTH_ENGINES(RequestAndAccount);

}  // namespace
}  // namespace segurifai::testing

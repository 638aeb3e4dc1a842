// What members say of units (RULES §5, API §2.5 reviews.*).

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "apps/providers/reviews.hpp"
#include "providers/fleet.hpp"

namespace segurifai::testing {
namespace {

using assistance::RequestStatus;

constexpr auto kPath = "/api/providers/reviews/";

class Reviews : public Fleet {
protected:
    static std::string review(const assistance::AssistanceRequest& request, int rating) {
        return R"({"assistance_request_id":)" + std::to_string(request.id.value) + R"(,"rating":)" +
               std::to_string(rating) + R"(,"comment":"Muy amables."})";
    }
    TestAnswer give(const Person& person, const assistance::AssistanceRequest& request, int rating,
                    const std::string& key = "one") {
        return api.post(kPath,
                        {.token = token_of(person), .body = review(request, rating), .key = key});
    }
    std::string rating() { return api.get(path_of(unit), {.token = token_of(unit)}).at("/rating"); }

    Unit unit = api.add_unit();
    Person ana = api.add_member({.first_name = "Ana", .last_name = "Álvarez"});
};

TEST_P(Reviews, TheMemberOfACompletedRequestReviewsItsUnitOnce) {
    const auto request = add_request(ana.id, RequestStatus::kCompleted, unit.id);
    const TestAnswer answer = give(ana, request, 4);
    ASSERT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.at("/provider_id"), std::to_string(unit.id.value));
    EXPECT_EQ(answer.at("/author"), R"({"first_name":"Ana","initial":"Á"})");
    EXPECT_EQ(rating(), "4.00");
    EXPECT_EQ(give(ana, request, 4).body, answer.body) << "the same key is the same review";
    const TestAnswer second = give(ana, request, 1, "two");
    EXPECT_EQ(second.status, 409);
    EXPECT_EQ(second.at("/code"), "already_done");
    EXPECT_EQ(rating(), "4.00");
    EXPECT_EQ(count("providers_providerreview"), 1);
}

TEST_P(Reviews, AnUnfinishedRequestOrOneWithoutAUnitIsRefused) {
    EXPECT_EQ(give(ana, add_request(ana.id, RequestStatus::kInProgress, unit.id), 4).at("/code"),
              "invalid_transition");
    EXPECT_EQ(give(ana, add_request(ana.id, RequestStatus::kCompleted), 4, "two").at("/code"),
              "invalid_transition");
}

TEST_P(Reviews, TheRequestOfAnotherIsNotThere) {
    const auto request = add_request(api.add_member().id, RequestStatus::kCompleted, unit.id);
    EXPECT_EQ(give(ana, request, 1).status, 404);
}

TEST_P(Reviews, StarsAreOneToFive) {
    const auto request = add_request(ana.id, RequestStatus::kCompleted, unit.id);
    EXPECT_EQ(give(ana, request, 0).status, 400);
    EXPECT_EQ(give(ana, request, 6, "two").status, 400);
}

TEST_P(Reviews, FiftyReviewsAtOnceLeaveRatingAndCountEqualToTheReviews) {
    std::vector<TestApi::Planned> calls;
    int sum = 0;
    for (int i = 0; i < 50; ++i) {
        const Person member = api.add_member();
        const auto request = add_request(member.id, RequestStatus::kCompleted, unit.id);
        const int stars = 1 + i % 5 + (i == 1 ? 1 : 0);
        sum += stars;
        calls.push_back({http::Method::kPost,
                         kPath,
                         {.token = token_of(member), .body = review(request, stars), .key = "k"}});
    }
    for (const TestAnswer& answer : api.together(calls)) EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(rating(), providers::star_average(sum, 50).to_string());
    EXPECT_EQ(count("providers_provider WHERE total_reviews = 50"), 1);
}

TEST_P(Reviews, TheMeanIsRoundedHalfUp) {
    EXPECT_EQ(providers::star_average(14, 3).to_string(), "4.67");
    EXPECT_EQ(providers::star_average(13, 3).to_string(), "4.33");
    EXPECT_EQ(providers::star_average(1'001, 200).to_string(), "5.01");
    EXPECT_EQ(providers::star_average(25, 8).to_string(), "3.13");
}

TEST_P(Reviews, EverybodySignedInReadsTheListByUnitStarsAndTheirOwn) {
    const Person luis = api.add_member({.first_name = "Luis", .last_name = ""});
    give(ana, add_request(ana.id, RequestStatus::kCompleted, unit.id), 5);
    api.clock.advance_micros(kSecond);
    give(luis, add_request(luis.id, RequestStatus::kCompleted, unit.id), 3);
    const std::string token = token_of(luis);
    const TestAnswer all = api.get(kPath, {.token = token});
    ASSERT_EQ(all.status, 200) << all.body;
    EXPECT_EQ(all.at("/count"), "2");
    EXPECT_EQ(all.at("/results/0/author"), R"({"first_name":"Luis","initial":""})");
    EXPECT_EQ(all.at("/results/1/author/initial"), "Á");
    EXPECT_EQ(all.at("/results/0/user_id"), "<none>");
    EXPECT_EQ(api.get(std::string(kPath) + "?mine=true", {.token = token}).at("/count"), "1");
    EXPECT_EQ(api.get(std::string(kPath) + "?rating=5", {.token = token}).at("/count"), "1");
    EXPECT_EQ(api.get(std::string(kPath) + "?provider_id=999999", {.token = token}).at("/count"),
              "0");
    EXPECT_EQ(api.get(std::string(kPath) + "?mine=perhaps", {.token = token}).status, 400);
    const TestAnswer others = api.get(std::string(kPath) + "?mine=false", {.token = token});
    EXPECT_EQ(others.at("/count"), "1") << others.body;
    EXPECT_EQ(others.at("/results/0/author/first_name"), "Ana");
    const std::string stranger = token_of(api.add_member());
    EXPECT_EQ(api.get(std::string(kPath) + "?mine=true", {.token = stranger}).at("/count"), "0");
    EXPECT_EQ(api.get(std::string(kPath) + "?mine=false", {.token = stranger}).at("/count"), "2");
    EXPECT_EQ(api.get(std::string(kPath) + "?mine=false&rating=3", {.token = token}).at("/count"),
              "0");
    EXPECT_EQ(api.get(kPath).status, 401);
}

SEGURIFAI_ON_BOTH_ENGINES(Reviews);

}  // namespace
}  // namespace segurifai::testing

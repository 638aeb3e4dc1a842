// Who has a job, and for how long, on both engines.

#include "jobs/workshop.hpp"

namespace segurifai::testing {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class Queue : public Workshop {
protected:
    Queue() { know({{.name = "test.count", .handler = counting(), .attempts_max = 2}}); }

    bool finish(const Job& held) {
        return value(
            api.run(jobs::finish(api.database(), jobs::attempt_of(held), {}, api.clock.now())));
    }
};
SEGURIFAI_ON_BOTH_ENGINES(Queue);

TEST_P(Queue, OfFiftyWhoTakeAJobOneGetsIt) {
    const auto queued = enqueue("test.count");
    ASSERT_TRUE(queued);
    const jobs::DueJob seen = due().at(0);
    std::vector<std::string> winners;
    const auto try_to_take = [&](int number) -> Task<void> {
        const std::string runner = fmt::format("runner {}", number);
        std::optional<Job> got;
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(got, co_await jobs::take(t, seen, runner, api.clock.now()));
            co_return Result<void>();
        };
        const auto done = co_await api.database().transact(body);
        EXPECT_TRUE(done) << describe(done.error());
        if (got) winners.push_back(runner);
    };
    std::vector<Task<void>> takers;
    for (int number = 0; number < 50; ++number) takers.push_back(try_to_take(number));
    together(std::move(takers));
    ASSERT_EQ(winners.size(), 1U);
    const Job held = job(queued->id);
    EXPECT_EQ(held.state, JobState::kRunning);
    EXPECT_EQ(held.attempt, 1);
    EXPECT_EQ(held.runner, winners.front());
    EXPECT_EQ(held.lease_until->micros - api.clock.now().micros, 60'000'000);
    EXPECT_TRUE(due().empty());
}

TEST_P(Queue, WhenALeaseEndsAnotherTakesTheJobAndTheFirstWritesNothing) {
    ASSERT_TRUE(enqueue("test.count"));
    const Job first = taken("first");
    wait(seconds(59));
    EXPECT_TRUE(due().empty());
    wait(seconds(1));
    const Job second = taken("second");
    EXPECT_EQ(second.id, first.id);
    EXPECT_EQ(second.attempt, 2);
    EXPECT_FALSE(finish(first)) << "it has lost the job";
    EXPECT_EQ(job(first.id).state, JobState::kRunning);
    EXPECT_TRUE(finish(second));
    EXPECT_FALSE(finish(second)) << "it is over";
    EXPECT_EQ(job(first.id).state, JobState::kDone);
    EXPECT_EQ(job(first.id).runner, "second");
}

TEST_P(Queue, ALeaseThatIsRenewedDoesNotEnd) {
    ASSERT_TRUE(enqueue("test.count"));
    const Job held = taken("first");
    wait(seconds(50));
    const Instant until = jobs::lease_end(*kinds.find("test.count"), api.clock.now());
    EXPECT_TRUE(value(api.run(jobs::renew(api.database(), jobs::attempt_of(held), until, 0.25))));
    EXPECT_EQ(job(held.id).progress, 0.25);
    wait(seconds(59));
    EXPECT_TRUE(due().empty());
    wait(seconds(1));
    EXPECT_EQ(due().size(), 1U);
}

TEST_P(Queue, OfOneUniqueKeyOneJobIsUnderWay) {
    const auto first = enqueue("test.count");
    ASSERT_TRUE(first);
    EXPECT_FALSE(enqueue("test.count"));
    const Job held = taken("first");
    EXPECT_FALSE(enqueue("test.count"));
    const auto found =
        value(api.run(jobs::find_under_way(api.database(), std::string("test.count"))));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->id, first->id);
    EXPECT_TRUE(finish(held));
    EXPECT_TRUE(enqueue("test.count"));
}

TEST_P(Queue, AJobBegunHereIsNobodyElsesForAMoment) {
    jobs::NewJob asked;
    asked.due = api.clock.now();
    const JobKind& kind = *kinds.find("test.count");
    const auto begun =
        api.run(jobs::begin(api.database(), api.clock, kind, asked, std::string("here/7")));
    ASSERT_TRUE(begun) << describe(begun.error());
    EXPECT_EQ(begun->state, JobState::kRunning);
    EXPECT_EQ(begun->runner, "here/7");
    EXPECT_TRUE(due().empty());
    const auto second =
        api.run(jobs::begin(api.database(), api.clock, kind, asked, std::string("there/8")));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
    EXPECT_NE(second.error().message.find("running in here/7"), std::string::npos)
        << second.error().message;
}

TEST_P(Queue, TheLongestDueComesFirstAndKindsUnknownHereAreLeftAlone) {
    know({{.name = "test.a", .handler = counting()},
          {.name = "test.b", .handler = counting()},
          {.name = "test.c", .handler = counting()}});
    const auto b = enqueue("test.b");
    wait(seconds(1));
    const auto a = enqueue("test.a");
    enqueue("test.c");
    know({{.name = "test.a", .handler = counting()}, {.name = "test.b", .handler = counting()}});
    const auto all = due();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at.id, b->id);
    EXPECT_EQ(all[1].at.id, a->id);
}

TEST_P(Queue, OnlyADeadLetterIsRetried) {
    const auto queued = enqueue("test.count");
    ASSERT_TRUE(queued);
    EXPECT_EQ(retry(queued->id).error().code, Code::kConflict);
    EXPECT_EQ(retry({9'999}).error().code, Code::kNotFound);
    const Job held = taken("first");
    EXPECT_TRUE(value(api.run(
        jobs::give_up(api.database(), jobs::attempt_of(held), "no luck", api.clock.now()))));
    const auto other = enqueue("test.count");
    ASSERT_TRUE(other);
    const auto refused = retry(queued->id);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kConflict) << "another is under way";
    EXPECT_TRUE(finish(taken("first")));
    const auto again = retry(queued->id);
    ASSERT_TRUE(again) << describe(again.error());
    EXPECT_EQ(again->state, JobState::kQueued);
    EXPECT_EQ(again->attempts_max, 3) << "one was made, and it has as many again";
    EXPECT_EQ(again->error, "no luck");
    EXPECT_FALSE(again->finished_at);
    EXPECT_EQ(count("audit_event WHERE action = 'jobs.retry'"), 1);
}

TEST_P(Queue, WhatEndedThirtyDaysAgoIsForgotten) {
    enqueue("test.count");
    EXPECT_TRUE(finish(taken("first")));
    wait(hours(24));
    enqueue("test.count");
    const Job dead = taken("first");
    EXPECT_TRUE(value(api.run(
        jobs::give_up(api.database(), jobs::attempt_of(dead), "no luck", api.clock.now()))));
    enqueue("test.count");
    const auto forget = [&] {
        return value(api.run(jobs::forget_old_jobs(api.database(), api.clock.now(), 10)));
    };
    wait(hours(29 * 24) - seconds(1));
    EXPECT_EQ(forget(), 0);
    wait(seconds(1));
    EXPECT_EQ(forget(), 1);
    wait(hours(24));
    EXPECT_EQ(forget(), 1) << "a dead letter too";
    wait(hours(365 * 24));
    EXPECT_EQ(forget(), 0) << "what is queued stays";
}

TEST_P(Queue, ItsCountsSayHowItStands) {
    know({{.name = "test.a", .handler = counting()},
          {.name = "test.b", .handler = counting()},
          {.name = "test.c", .handler = counting()}});
    const Instant start = api.clock.now();
    enqueue("test.a");
    taken("first");
    enqueue("test.b");
    wait(seconds(10));
    enqueue("test.c");
    const jobs::QueueCounts counts = value(api.run(jobs::count_jobs(api.database())));
    EXPECT_EQ(counts.queued, 2);
    EXPECT_EQ(counts.running, 1);
    EXPECT_EQ(counts.failed, 0);
    EXPECT_EQ(counts.oldest_queued, start);
}

}  // namespace
}  // namespace segurifai::testing

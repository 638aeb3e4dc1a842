// What becomes of jobs in the hands of a runner, on both engines.

#include <gmock/gmock.h>

#include <boost/asio/redirect_error.hpp>
#include <latch>
#include <thread>

#include "apps/events/service.hpp"
#include "jobs/workshop.hpp"

namespace segurifai::testing {
namespace {

using jobs::AttemptEnd;
using jobs::CatchUp;
using jobs::Schedule;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

class Running : public Workshop {
protected:
    /// One attempt at the only job that is due. `stopping`: the process is to end.
    AttemptEnd attempt(const std::atomic<bool>& stopping) {
        Job held = taken("test/1");
        const JobKind& kind = *kinds.find(held.kind);
        const jobs::AttemptOptions options{.stopping = stopping,
                                           .look_every = std::chrono::milliseconds(1)};
        return value(
            api.run(jobs::run_attempt(resources, api.io(), kind, std::move(held), options)));
    }
    const std::atomic<bool> never_ = false;

    using Await = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;
    using Timer =
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>;
};
SEGURIFAI_ON_BOTH_ENGINES(Running);

TEST_P(Running, AJobIsDoneOnceWithWhatCameOfIt) {
    know({{.name = "test.count", .handler = counting()}});
    const auto queued = enqueue("test.count");
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(run_due(), 0U);
    EXPECT_EQ(runs, 1);
    const Job done = job(queued->id);
    EXPECT_EQ(done.state, JobState::kDone);
    EXPECT_EQ(done.progress, 1.0);
    EXPECT_EQ(done.result.text, R"({"counted":true})");
    EXPECT_EQ(done.runner, "test/1");
    EXPECT_EQ(done.finished_at, api.clock.now());
}

TEST_P(Running, AFailingJobComesBackLaterAndLaterAndEndsAsADeadLetter) {
    know({{.name = "test.fail", .handler = failing(), .attempts_max = 3}});
    const auto queued = enqueue("test.fail");
    std::vector<Error> reported;
    EXPECT_EQ(run_due(&reported), 1U);
    const Job first = job(queued->id);
    EXPECT_EQ(first.state, JobState::kQueued);
    EXPECT_THAT(first.error.value_or(""), HasSubstr("The gateway does not answer."));
    EXPECT_GE(first.run_after.micros - api.clock.now().micros, 5'000'000);
    EXPECT_LE(first.run_after.micros - api.clock.now().micros, 10'000'000);
    wait(seconds(4));
    EXPECT_EQ(run_due(&reported), 0U);
    wait(seconds(6));
    EXPECT_EQ(run_due(&reported), 1U);
    wait(seconds(9));
    EXPECT_EQ(run_due(&reported), 0U) << "the second pause is twice the first";
    wait(seconds(11));
    EXPECT_EQ(run_due(&reported), 1U);
    EXPECT_EQ(job(queued->id).state, JobState::kFailed);
    wait(hours(24));
    EXPECT_EQ(run_due(&reported), 0U) << "it comes back by hand only";
    EXPECT_EQ(runs, 3);
    ASSERT_EQ(reported.size(), 3U);
    EXPECT_THAT(reported[2].message, HasSubstr("attempt 3 of 3"));

    know({{.name = "test.fail", .handler = counting(), .attempts_max = 3}});
    ASSERT_TRUE(retry(queued->id));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(job(queued->id).state, JobState::kDone);
    EXPECT_FALSE(job(queued->id).error);
}

TEST_P(Running, AHandlerThatThrowsOrReturnsNoObjectHasFailed) {
    know({{.name = "test.list",
           .handler = [](JobContext&) -> Task<Result<Json>> { co_return Json{"[]"}; },
           .attempts_max = 1},
          {.name = "test.throw",
           .handler = [](JobContext&) -> Task<Result<Json>> {
               throw std::runtime_error("a defect");
               co_return Json{};
           },
           .attempts_max = 1}});
    const auto list = enqueue("test.list");
    const auto thrown = enqueue("test.throw");
    EXPECT_EQ(run_due(), 2U);
    EXPECT_THAT(job(list->id).error.value_or(""), HasSubstr("no JSON object"));
    EXPECT_THAT(job(thrown->id).error.value_or(""), HasSubstr("a defect"));
    EXPECT_EQ(job(thrown->id).state, JobState::kFailed);
}

TEST_P(Running, BlockingWorkRunsOnAnotherThread) {
    const std::thread::id here = std::this_thread::get_id();
    std::thread::id there = here;
    know({{.name = "test.block", .handler = [&there](JobContext& job) -> Task<Result<Json>> {
               const auto work = [&there]() -> Result<std::string> {
                   there = std::this_thread::get_id();
                   return std::string(R"({"worked":true})");
               };
               SEGURIFAI_CO_TRY_AS(std::string text, co_await job.blocking(work));
               co_return Json{std::move(text)};
           }}});
    const auto queued = enqueue("test.block");
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(job(queued->id).result.text, R"({"worked":true})");
    EXPECT_NE(there, here);
}

TEST_P(Running, ItsLeaseIsRenewedAndItsProgressWrittenWhileItRuns) {
    know({{.name = "test.long", .handler = [this](JobContext& context) -> Task<Result<Json>> {
               context.progress(0.5);
               wait(seconds(50));
               std::optional<Job> seen;
               while (!seen || seen->progress != 0.5) {
                   co_await breathe();
                   SEGURIFAI_CO_TRY_AS(seen,
                                       co_await model::find<Job>(context.database(), context.id));
               }
               EXPECT_EQ(seen->lease_until->micros - api.clock.now().micros, 60'000'000);
               EXPECT_FALSE(context.cancelled());
               co_return Json{"{}"};
           }}});
    enqueue("test.long");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kDone);
}

TEST_P(Running, WhoLosesItsLeaseIsToldAndWritesNothing) {
    std::optional<Job> other;
    know({{.name = "test.slow", .handler = [&](JobContext& context) -> Task<Result<Json>> {
               wait(seconds(61));
               const jobs::DueJob seen{.at = {context.id, 1}, .kind = kinds.find("test.slow")};
               const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
                   SEGURIFAI_CO_TRY_AS(other,
                                       co_await jobs::take(t, seen, "other", api.clock.now()));
                   co_return Result<void>();
               };
               SEGURIFAI_CO_TRY(co_await context.database().transact(body));
               while (!context.cancelled()) co_await breathe();
               co_return jobs::given_up();
           }}});
    const auto queued = enqueue("test.slow");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kLost);
    ASSERT_TRUE(other);
    EXPECT_EQ(job(queued->id).state, JobState::kRunning);
    EXPECT_EQ(job(queued->id).runner, "other");
}

TEST_P(Running, WhatIsGivenUpBecauseTheProcessEndsIsQueuedAgainAndCountsAsNoAttempt) {
    std::atomic<bool> stopping = false;
    know({{.name = "test.patient",
           .handler = [&](JobContext& context) -> Task<Result<Json>> {
               stopping = true;
               while (!context.cancelled()) co_await breathe();
               co_return jobs::given_up();
           },
           .attempts_max = 1}});
    const auto queued = enqueue("test.patient");
    EXPECT_EQ(attempt(stopping).how, AttemptEnd::How::kGivenBack);
    const Job back = job(queued->id);
    EXPECT_EQ(back.state, JobState::kQueued);
    EXPECT_EQ(back.attempts_max - back.attempt, 1);
    EXPECT_FALSE(back.error);
    know({{.name = "test.patient", .handler = counting(), .attempts_max = 1}});
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(job(queued->id).state, JobState::kDone);
}

TEST_P(Running, AHandlerThatWaitsForEverIsCancelledWhenItsLimitIsOver) {
    bool is_told = false;
    know({{.name = "test.patient",
           .handler = [&](JobContext& context) -> Task<Result<Json>> {
               boost::system::error_code ended;
               Timer timer(api.io(), hours(1));
               co_await timer.async_wait(boost::asio::redirect_error(Await(), ended));
               is_told = context.cancelled();
               co_return fail(Code::kGone, ended.message());
           },
           .limit = seconds(1)}});
    const auto queued = enqueue("test.patient");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kFailed);
    EXPECT_TRUE(is_told);
    const Job given_up = job(queued->id);
    EXPECT_EQ(given_up.state, JobState::kFailed) << "at once, whatever attempts are left";
    EXPECT_EQ(given_up.attempt, 1);
    EXPECT_THAT(given_up.error.value_or(""), HasSubstr("not done within 1 seconds"));
}

TEST_P(Running, AHandlerThatHangsInAThreadIsLeftBehind) {
    std::latch release{1};
    bool has_ended = false;
    know({{.name = "test.hang",
           .handler = [&](JobContext& context) -> Task<Result<Json>> {
               const auto work = [&release]() -> Result<void> {
                   release.wait();
                   return {};
               };
               SEGURIFAI_CO_TRY(co_await context.blocking(work));
               has_ended = context.cancelled();
               co_return Json{"{}"};
           },
           .limit = seconds(1)}});
    const auto queued = enqueue("test.hang");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kFailed);
    EXPECT_EQ(job(queued->id).state, JobState::kFailed);
    EXPECT_FALSE(has_ended);
    release.count_down();
    while (!has_ended) api.run(breathe());
    EXPECT_EQ(job(queued->id).state, JobState::kFailed) << "what comes too late changes nothing";
}

TEST_P(Running, ALimitThatFallsIntoATransactionLeavesTheDatabaseAsItWas) {
    bool has_ended = false;
    int units = 0;  ///< of two rows each
    know({{.name = "test.busy",
           .handler = [&](JobContext& context) -> Task<Result<Json>> {
               const sql::TransactionBody unit = [&](sql::Transaction& t) -> Task<Result<void>> {
                   for (int row = 0; row < 2; ++row) {
                       events::Event event{.name = "x", .object_table = "x", .object_id = "1"};
                       SEGURIFAI_CO_TRY(
                           co_await events::publish(t, api.clock.now(), std::move(event)));
                       SEGURIFAI_CO_TRY(co_await jobs::count_jobs(t));
                   }
                   co_return Result<void>();
               };
               for (int more = 20; more > 0; more -= context.cancelled() ? 1 : 0) {
                   const auto done = co_await context.database().transact(unit);
                   if (done) ++units;
               }
               has_ended = true;
               co_return jobs::given_up();
           },
           .limit = seconds(1)},
          {.name = "test.count", .handler = counting()}});
    enqueue("test.busy");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kFailed);
    const auto deadline = std::chrono::steady_clock::now() + seconds(20);
    while (!has_ended && std::chrono::steady_clock::now() < deadline) api.run(breathe());
    EXPECT_TRUE(has_ended);
    EXPECT_EQ(count("events_outbox") % 2, 0) << "each unit is there, or nothing of it";
    EXPECT_GE(count("events_outbox"), 2 * units) << "and all that were said to be done";
    enqueue("test.count");
    EXPECT_EQ(run_due(), 1U);
}

TEST_P(Running, WhatIsDoneBeforeItsLimitIsLookedAtIsDone) {
    know({{.name = "test.close",
           .handler = [](JobContext&) -> Task<Result<Json>> {
               std::this_thread::sleep_for(milliseconds(1'100));
               co_return Json{"{}"};
           },
           .limit = seconds(1)}});
    enqueue("test.close");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kDone);
}

TEST_P(Running, AClockThatIsPutForwardIsNotTheTimeOfTheJob) {
    know({{.name = "test.summer",
           .handler = [this](JobContext& context) -> Task<Result<Json>> {
               wait(hours(1));
               Timer timer(api.io(), milliseconds(200));
               co_await timer.async_wait(Await());
               if (context.cancelled()) co_return jobs::given_up();
               co_return Json{"{}"};
           },
           .limit = seconds(60)}});
    enqueue("test.summer");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kDone);
}

TEST_P(Running, AJobThatEndsItsRunnersIsADeadLetterAfterItsAttempts) {
    know({{.name = "test.deadly", .handler = counting(), .attempts_max = 2}});
    const auto queued = enqueue("test.deadly");
    taken("first");
    wait(seconds(60));
    taken("second");
    wait(seconds(60));
    std::vector<Error> reported;
    EXPECT_EQ(run_due(&reported), 0U);
    EXPECT_EQ(job(queued->id).state, JobState::kFailed);
    EXPECT_THAT(job(queued->id).error.value_or(""), HasSubstr("Its runner went away"));
    EXPECT_EQ(reported.size(), 1U);
    EXPECT_EQ(runs, 0);
}

TEST_P(Running, AScheduledJobRunsWhenItIsDueAndOnceAfterThreeDaysDown) {
    const Schedule hourly{.every = hours(1), .at = minutes(5)};
    know({{.name = "test.hourly", .handler = counting(), .schedule = hourly}});
    prepare_schedule();
    EXPECT_EQ(run_due(), 0U);
    wait(minutes(5));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(run_due(), 0U);
    wait(hours(72));
    prepare_schedule();
    EXPECT_EQ(run_due(), 1U) << "once, however many were missed";
    EXPECT_EQ(run_due(), 0U);
    wait(minutes(59));
    EXPECT_EQ(run_due(), 0U);
    wait(minutes(1));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(runs, 3);
    EXPECT_EQ(count("platform_job"), 3);
}

TEST_P(Running, AJobThatIsUselessLateIsNotMadeUpFor) {
    const Schedule hourly{.every = hours(1), .at = minutes(5), .catch_up = CatchUp::kSkip};
    know({{.name = "test.hourly", .handler = counting(), .schedule = hourly}});
    prepare_schedule();
    wait(hours(72) + minutes(30));
    EXPECT_EQ(run_due(), 0U);
    wait(minutes(35));
    EXPECT_EQ(run_due(), 1U);
}

TEST_P(Running, AScheduledJobIsNotQueuedBesideItself) {
    const Schedule hourly{.every = hours(1)};
    know({{.name = "test.hourly", .handler = failing(), .schedule = hourly}});
    prepare_schedule();
    wait(hours(1));
    EXPECT_EQ(run_due(), 1U);
    EXPECT_EQ(count("platform_job WHERE state = 'QUEUED'"), 1);
    wait(hours(1));
    EXPECT_EQ(run_due(), 1U) << "the one that failed";
    EXPECT_EQ(count("platform_job"), 1);
}

TEST_P(Running, ManyRunnersQueueAndRunWhatIsScheduledOnce) {
    know({{.name = "test.hourly", .handler = counting(), .schedule = Schedule{.every = hours(1)}}});
    prepare_schedule();
    wait(hours(1));
    std::vector<std::unique_ptr<jobs::Runner>> runners;
    std::vector<Task<void>> looks;
    const auto look = [&](jobs::Runner& runner) -> Task<void> {
        const auto done = co_await runner.run_due();
        EXPECT_TRUE(done) << describe(done.error());
    };
    for (int i = 0; i < 20; ++i) {
        runners.push_back(std::make_unique<jobs::Runner>(resources, api.io(), kinds));
        looks.push_back(look(*runners.back()));
    }
    together(std::move(looks));
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(count("platform_job"), 1);
}

TEST_P(Running, AClockThatWentBackStopsNoSchedule) {
    know({{.name = "test.hourly", .handler = counting(), .schedule = Schedule{.every = hours(1)}}});
    prepare_schedule();
    const Instant right = api.clock.now();
    wait(hours(4 * 8'766));
    EXPECT_EQ(run_due(), 1U);
    api.clock.set(right);
    EXPECT_EQ(run_due(), 0U);
    wait(hours(1));
    EXPECT_EQ(run_due(), 1U);
}

TEST_P(Running, AClockThatIsALittleBehindAnothersRunsNothingTwice) {
    know({{.name = "test.hourly", .handler = counting(), .schedule = Schedule{.every = hours(1)}}});
    prepare_schedule();
    wait(hours(1));
    EXPECT_EQ(run_due(), 1U);
    api.clock.advance_micros(-2'000'000);
    EXPECT_EQ(run_due(), 0U);
    wait(seconds(2));
    EXPECT_EQ(run_due(), 0U);
}

TEST_P(Running, WhatAWrongClockQueuedForLaterRunsWhenTheClockIsRight) {
    know({{.name = "test.fail", .handler = failing()}, {.name = "test.a", .handler = counting()}});
    const Instant right = api.clock.now();
    wait(hours(4 * 8'766));
    enqueue("test.a");
    taken("a runner that is gone");
    enqueue("test.fail");
    EXPECT_EQ(run_due(), 1U) << "fails, and is queued for later";
    api.clock.set(right);
    run_due();
    EXPECT_EQ(run_due(), 1U) << "the one that failed";
    EXPECT_EQ(runs, 2);
    wait(minutes(1));
    run_due();
    EXPECT_EQ(count("platform_job WHERE state = 'DONE'"), 1) << "the one whose runner is gone";
}

TEST_P(Running, ALeaseIsRenewedThatAWrongClockGave) {
    know({{.name = "test.long", .handler = [this](JobContext& context) -> Task<Result<Json>> {
               api.clock.advance_micros(-std::chrono::microseconds(hours(24)).count());
               const Instant ends{api.clock.now().micros + 60'000'000};
               std::optional<Job> seen;
               while (!seen || seen->lease_until != ends) {
                   co_await breathe();
                   SEGURIFAI_CO_TRY_AS(seen,
                                       co_await model::find<Job>(context.database(), context.id));
               }
               co_return Json{"{}"};
           }}});
    enqueue("test.long");
    EXPECT_EQ(attempt(never_).how, AttemptEnd::How::kDone);
}

TEST_P(Running, AScheduleThatBecomesDenserCountsAtOnce) {
    know({{.name = "test.often", .handler = counting(), .schedule = Schedule{.every = hours(24)}}});
    prepare_schedule();
    know({{.name = "test.often", .handler = counting(), .schedule = Schedule{.every = hours(1)}}});
    prepare_schedule();
    wait(hours(1));
    EXPECT_EQ(run_due(), 1U);
}

TEST_P(Running, TheLoopRunsWhatItIsWokenForAndEndsWhenItIsStopped) {
    know({{.name = "test.count", .handler = counting()}});
    enqueue("test.count");
    jobs::RunnerOptions options;
    options.tick = seconds(20);
    jobs::Runner runner(resources, api.io(), kinds, options);
    const auto watch = [&]() -> Task<void> {
        while (runs < 1) co_await breathe();
        bool is_queued = false;  // as soon as the first is written down
        while (!is_queued) {
            co_await breathe();
            jobs::NewJob asked;
            asked.due = api.clock.now();
            const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
                SEGURIFAI_CO_TRY_AS(
                    const auto queued,
                    co_await jobs::enqueue(t, api.clock, *kinds.find("test.count"), asked));
                is_queued = queued.has_value();
                co_return Result<void>();
            };
            const auto done = co_await api.database().transact(body);
            EXPECT_TRUE(done);
        }
        runner.wake();
        while (runs < 2) co_await breathe();
        runner.stop();
    };
    std::vector<Task<void>> both;
    both.push_back(runner.run());
    both.push_back(watch());
    together(std::move(both));
    EXPECT_EQ(count("platform_job WHERE state = 'DONE'"), 2);
    const jobs::RunnerStats stats = runner.stats();
    ASSERT_EQ(stats.kinds.size(), 1U);
    EXPECT_EQ(stats.kinds[0].runs, 2U);
    EXPECT_EQ(stats.kinds[0].failures, 0U);
    EXPECT_EQ(stats.look_failures, 0U);
}

TEST(BackOff, DoublesToAnHourAndIsNeverLessThanHalf) {
    SystemRandom random;
    const auto between = [&](int attempt, seconds whole) {
        for (int i = 0; i < 100; ++i) {
            const auto pause = jobs::back_off(attempt, random);
            EXPECT_GE(pause, whole / 2) << attempt;
            EXPECT_LE(pause, whole) << attempt;
        }
    };
    between(1, seconds(10));
    between(2, seconds(20));
    between(5, seconds(160));
    between(10, seconds(3'600));
    between(2'000'000'000, seconds(3'600));
}

TEST(Kinds, WhatCannotBeAKindDoesNotStart) {
    const auto handler = [](JobContext&) -> Task<Result<Json>> { co_return Json{"{}"}; };
    const auto refused = [](std::vector<JobKind> kinds) {
        return !jobs::Kinds::make(std::move(kinds)).has_value();
    };
    EXPECT_TRUE(refused({{.name = "", .handler = handler}}));
    EXPECT_TRUE(refused({{.name = "Upper", .handler = handler}}));
    EXPECT_TRUE(refused({{.name = "a"}}));
    EXPECT_TRUE(refused({{.name = "a", .handler = handler}, {.name = "a", .handler = handler}}));
    EXPECT_TRUE(refused({{.name = "a", .handler = handler, .attempts_max = 0}}));
    EXPECT_TRUE(refused({{.name = "a", .handler = handler, .schedule = Schedule{}}}));
    EXPECT_FALSE(refused({{.name = "b", .handler = handler}, {.name = "a", .handler = handler}}));
}

}  // namespace
}  // namespace segurifai::testing

#include "security/worker_pool.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <latch>
#include <optional>
#include <stdexcept>

#include "base/thread.hpp"

namespace segurifai::security {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Runs one coroutine to its end on an io_context of its own and gives what it returned.
template <class T>
T run(Task<T> task) {
    asio::io_context context(1);
    std::optional<T> result;
    std::exception_ptr defect;
    asio::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
        defect = e;
        result = std::move(value);
    });
    context.run();
    if (defect) std::rethrow_exception(defect);
    return std::move(*result);
}

Task<std::string> uppercase_thread_of(WorkerPool& pool, std::thread::id& worked_on) {
    auto work = [&worked_on] {
        worked_on = std::this_thread::get_id();
        return std::string("done");
    };
    const Result<std::string> answer = co_await pool.run(work);
    co_return answer.value();
}

Task<void> wait_at(WorkerPool& pool, std::latch& began, std::latch& gate, std::atomic<int>& done) {
    auto work = [&] {
        began.count_down();
        gate.wait();
    };
    const Result<void> answer = co_await pool.run(work);
    if (answer) ++done;
}

TEST(WorkerPool, DoesTheWorkOnAThreadOfItsOwnAndAnswersOnTheCallers) {
    WorkerPool pool(1, 4, "test pool");
    std::thread::id worked_on;
    EXPECT_EQ(run(uppercase_thread_of(pool, worked_on)), "done");
    EXPECT_NE(worked_on, std::this_thread::get_id());
    EXPECT_EQ(pool.stats().run, 1U);
}

TEST(WorkerPool, WorksAtLowPriority) {
    WorkerPool pool(1, 4, "test pool");
    const auto niceness = [] { return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())); };
    EXPECT_EQ(run(pool.run(niceness)).value(), kPoolNiceness);
}

TEST(WorkerPool, LetsGoFirstWhoWakes) {
    if (turn_of_this_thread() == 0ns) GTEST_SKIP() << "The system has one length of turns for all.";
    WorkerPool pool(1, 4, "test pool");
    EXPECT_GT(run(pool.run(turn_of_this_thread)).value(), turn_of_this_thread());
}

TEST(WorkerPool, AnswersWorkThatReturnsNothingOrCannotBeCopied) {
    WorkerPool pool(1, 4, "test pool");
    std::atomic<int> calls = 0;
    EXPECT_TRUE(run(pool.run([&calls] { ++calls; })));
    EXPECT_EQ(calls, 1);
    auto only_moves = [owned = std::make_unique<int>(7)]() mutable { return std::move(owned); };
    EXPECT_EQ(**run(pool.run(std::move(only_moves))), 7);
}

TEST(WorkerPool, ThrowsToTheCallerWhatTheWorkThrows) {
    WorkerPool pool(1, 4, "test pool");
    const auto fails = []() -> int { throw std::runtime_error("a defect"); };
    EXPECT_THROW((void)run(pool.run(fails)), std::runtime_error);
    EXPECT_EQ(run(pool.run([] { return 3; })).value(), 3) << "and goes on working";
}

TEST(WorkerPool, WithAFullQueueRefusesAtOnceAndFinishesWhatItAccepted) {
    WorkerPool pool(1, 2, "test pool");
    asio::io_context context(1);
    std::latch began(3);
    std::latch gate(1);
    std::atomic<int> done = 0;
    // One is being done, two wait.
    for (int i = 0; i < 3; ++i)
        asio::co_spawn(context, wait_at(pool, began, gate, done), asio::detached);
    context.poll();
    const Result<int> refused = run(pool.run([] { return 1; }));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kBusy);
    EXPECT_EQ(pool.stats().refused, 1U);
    EXPECT_EQ(pool.stats().waiting + pool.stats().working, 3U);
    gate.count_down();
    context.run();
    EXPECT_EQ(done, 3);
    EXPECT_EQ(pool.stats().run, 3U);
}

TEST(WorkerPool, ClosedFinishesWhatItAcceptedAndRefusesTheRest) {
    WorkerPool pool(2, 100, "test pool");
    asio::io_context context(1);
    std::latch began(20);
    std::latch gate(1);
    std::atomic<int> done = 0;
    for (int i = 0; i < 20; ++i)
        asio::co_spawn(context, wait_at(pool, began, gate, done), asio::detached);
    context.poll();
    gate.count_down();
    pool.close();
    pool.close();
    EXPECT_EQ(pool.stats().run, 20U);
    const Result<int> refused = run(pool.run([] { return 1; }));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kBusy);
    context.run();
    EXPECT_EQ(done, 20);
}

Task<void> hold(WorkerPool& pool, std::shared_ptr<int> held) {
    auto nothing = [] {};
    const Result<void> answer = co_await pool.run(nothing);
    if (answer) ++*held;
}

TEST(WorkerPool, OutlivesAnIoContextThatStoppedBeforeItsAnswersCame) {
    auto marker = std::make_shared<int>(0);
    std::atomic<int> done = 0;
    WorkerPool pool(1, 10, "test pool");
    {
        asio::io_context context(1);
        std::latch began(2);
        std::latch gate(1);
        for (int i = 0; i < 2; ++i)
            asio::co_spawn(context, wait_at(pool, began, gate, done), asio::detached);
        asio::co_spawn(context, hold(pool, marker), asio::detached);
        context.poll();
        context.stop();
        gate.count_down();
        pool.close();
    }
    EXPECT_EQ(done, 0) << "nobody was there to hear the answers";
    EXPECT_EQ(pool.stats().run, 3U);
    EXPECT_EQ(marker.use_count(), 1) << "and yet nothing is left over";
}

Task<void> count_up(WorkerPool& pool, std::atomic<int>& sum, std::atomic<int>& refused, int times) {
    const std::thread::id mine = std::this_thread::get_id();
    for (int i = 0; i < times; ++i) {
        auto work = [i] { return i; };
        const Result<int> answer = co_await pool.run(work);
        if (std::this_thread::get_id() != mine) throw std::logic_error("resumed elsewhere");
        if (answer) {
            sum += *answer == i ? 1 : 0;
        } else {
            ++refused;
        }
    }
}

TEST(WorkerPool, AnswersEveryCallerOfSeveralThreadsOnItsOwnThread) {
    constexpr int kThreads = 4;
    constexpr int kCoroutines = 8;
    constexpr int kTimes = 200;
    WorkerPool pool(3, 16, "test pool");
    std::atomic<int> sum = 0;
    std::atomic<int> refused = 0;
    std::atomic<int> defects = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            asio::io_context context(1);
            for (int c = 0; c < kCoroutines; ++c)
                asio::co_spawn(
                    context, count_up(pool, sum, refused, kTimes),
                    [&defects](std::exception_ptr defect) { defects += defect != nullptr; });
            context.run();
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(defects, 0);
    EXPECT_EQ(sum + refused, kThreads * kCoroutines * kTimes);
    EXPECT_EQ(pool.stats().run, static_cast<std::uint64_t>(sum));
    EXPECT_EQ(pool.stats().refused, static_cast<std::uint64_t>(refused));
}

}  // namespace
}  // namespace segurifai::security

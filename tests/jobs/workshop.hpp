#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/jobs/api.hpp"
#include "apps/jobs/attempt.hpp"
#include "apps/jobs/files.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/jobs/runner.hpp"
#include "support/api.hpp"

namespace segurifai::testing {

using jobs::Job;
using jobs::JobContext;
using jobs::JobKind;
using jobs::JobState;

/// A queue on one engine, and kinds of jobs that a test makes up.
class Workshop : public ::testing::TestWithParam<sql::Engine> {
protected:
    using Handler = std::function<Task<Result<Json>>(JobContext&)>;

    TestApi api{GetParam(), jobs::routes()};
    security::WorkerPool workers{2, 16, "test jobs"};
    jobs::Resources resources{api.database(), api.clock, api.random, workers,
                              api.platform().job_files};
    jobs::Kinds kinds;
    int runs = 0;  ///< of counting()

    /// From here on these kinds are known.
    void know(std::vector<JobKind> made) {
        kinds = value(jobs::Kinds::make(std::move(made)));
        api.platform().job_kinds = &kinds;
    }
    /// A handler that does nothing but count.
    Handler counting() {
        return [this](JobContext&) -> Task<Result<Json>> {
            ++runs;
            co_return Json{R"({"counted":true})"};
        };
    }
    /// One that fails.
    Handler failing() {
        return [this](JobContext&) -> Task<Result<Json>> {
            ++runs;
            co_return fail(Code::kGone, "The gateway does not answer.");
        };
    }

    void wait(std::chrono::seconds seconds) {
        api.clock.advance_micros(std::chrono::microseconds(seconds).count());
    }
    /// What a runner, which knows nothing but the database, does now; how many attempts.
    std::size_t run_due(std::vector<Error>* reported = nullptr) {
        jobs::RunnerOptions options;
        options.name = "test/1";
        options.report = [&](const Error& error) {
            if (reported != nullptr) reported->push_back(error);
        };
        jobs::Runner runner(resources, api.io(), kinds, options);
        return value(api.run(runner.run_due()));
    }
    void prepare_schedule() {
        value(api.run(jobs::prepare_schedule(api.database(), kinds, api.clock.now())));
    }

    /// Queues a job of that kind, due now; nothing when one is under way.
    std::optional<Job> enqueue(std::string_view kind) {
        std::optional<Job> queued;
        jobs::NewJob asked;
        asked.due = api.clock.now();
        transact([&](sql::Transaction& t) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(queued,
                                co_await jobs::enqueue(t, api.clock, *kinds.find(kind), asked));
            co_return Result<void>();
        });
        return queued;
    }
    std::vector<jobs::DueJob> due() {
        return value(api.run(jobs::due_jobs(api.database(), kinds, api.clock.now(), 10)));
    }
    std::optional<Job> take(jobs::DueJob due, std::string_view runner) {
        std::optional<Job> taken;
        transact([&](sql::Transaction& t) -> Task<Result<void>> {
            SEGURIFAI_CO_TRY_AS(taken, co_await jobs::take(t, due, runner, api.clock.now()));
            co_return Result<void>();
        });
        return taken;
    }
    /// The only job that is due, taken.
    Job taken(std::string_view runner) {
        const auto all = due();
        if (all.size() != 1) throw std::runtime_error("Not one job is due.");
        return take(all.front(), runner).value();
    }
    Result<Job> retry(jobs::JobId id) {
        Result<Job> again = fail(Code::kInternal, {});
        const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
            again = co_await jobs::retry(t, kinds, id, api.clock.now());
            if (!again) co_return std::unexpected(again.error());
            co_return Result<void>();
        };
        const auto done = api.run(api.database().transact(body));
        if (!done) return std::unexpected(done.error());
        return again;
    }
    Job job(jobs::JobId id) {
        auto found = value(api.run(model::find<Job>(api.database(), id)));
        if (!found) throw std::runtime_error("There is no such job.");
        return *std::move(found);
    }
    std::int64_t count(std::string_view from) {
        return api.integer(fmt::format("SELECT COUNT(*) FROM {}", from));
    }

    template <class T>
    static T value(Result<T> result) {
        if (!result) throw std::runtime_error(describe(result.error()));
        if constexpr (!std::is_void_v<T>) return *std::move(result);
    }
    void transact(const sql::TransactionBody& body) {
        value(api.run(api.database().transact(body)));
    }

    /// Runs several coroutines at the same time, to the end of all.
    void together(std::vector<Task<void>> tasks) {
        std::size_t open = tasks.size();
        std::exception_ptr defect;
        for (Task<void>& task : tasks)
            boost::asio::co_spawn(api.io(), std::move(task), [&](std::exception_ptr thrown) {
                if (thrown) defect = thrown;
                --open;
            });
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (open > 0 && std::chrono::steady_clock::now() < deadline) {
            api.io().restart();
            api.io().run_one_until(deadline);
        }
        if (open > 0) throw std::runtime_error("A coroutine did not end within 30 seconds.");
        if (defect) std::rethrow_exception(defect);
    }
    /// Lets others run.
    Task<void> breathe() {
        boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                          boost::asio::wait_traits<std::chrono::steady_clock>,
                                          boost::asio::io_context::executor_type>
            timer(api.io(), std::chrono::milliseconds(1));
        co_await timer.async_wait(
            boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>());
    }
};

}  // namespace segurifai::testing

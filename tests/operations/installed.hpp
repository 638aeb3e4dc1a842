#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "apps/events/service.hpp"
#include "apps/jobs/api.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/jobs/runner.hpp"
#include "ops/backup/files.hpp"
#include "server/facts.hpp"
#include "server/job_kinds.hpp"
#include "server/routes.hpp"
#include "server/watch.hpp"
#include "support/api.hpp"

namespace segurifai::testing {

using server::Standing;

/// An installation on one engine, whose jobs and looks happen when the test wants them.
class Installed : public ::testing::TestWithParam<sql::Engine> {
protected:
    using Handler = std::function<Task<Result<Json>>(jobs::JobContext&)>;

    Installed() {
        api.platform().job_kinds = &kinds;
        api.platform().server = &facts;
        api.platform().archive_failed = [this](const Error& error) { watch.archive_failed(error); };
    }

    static jobs::Kinds all_kinds(const server::Installation& installation) {
        return value(server::all_job_kinds(installation));
    }
    /// From here on these are known besides, or instead of, those of the product.
    void know(std::vector<jobs::JobKind> made) {
        for (const jobs::JobKind& kind : kinds.all())
            if (std::ranges::find(made, kind.name, &jobs::JobKind::name) == made.end())
                made.push_back(kind);
        kinds = value(jobs::Kinds::make(std::move(made)));
    }
    void forget(std::string_view name) {
        std::vector<jobs::JobKind> left(kinds.all().begin(), kinds.all().end());
        std::erase_if(left, [&](const jobs::JobKind& kind) { return kind.name == name; });
        kinds = value(jobs::Kinds::make(std::move(left)));
    }
    static Handler answering(Result<Json> answer) {
        return [answer = std::move(answer)](jobs::JobContext&) -> Task<Result<Json>> {
            co_return answer;
        };
    }

    void look() { api.run(watch.look()); }
    void wait(std::chrono::seconds seconds) {
        api.clock.advance_micros(std::chrono::microseconds(seconds).count());
    }
    /// What a runner does now; how many attempts.
    std::size_t run_due() {
        jobs::RunnerOptions options;
        options.name = "test/1";
        jobs::Runner runner(resources, api.io(), kinds, options);
        return value(api.run(runner.run_due()));
    }
    /// What a server of this installation watches.
    server::Watched watched() {
        return {.database = api.database(),
                .clock = api.clock,
                .kinds = kinds,
                .secrets = api.secrets(),
                .installation = installation,
                .files = files};
    }
    std::string new_token() { return api.sign_in_as(api.add_superuser().id); }
    /// The status of a call by staff with that scope alone, by an AUDITOR, a member and nobody.
    std::vector<int> statuses(std::string_view path) {
        std::vector<int> found;
        for (const Person& person : {api.add_superuser(), api.add_staff({http::Scope::kContent}),
                                     api.add_staff({http::Scope::kAuditor}), api.add_member()})
            found.push_back(api.get(path, {.token = api.sign_in_as(person.id)}).status);
        found.push_back(api.get(path).status);
        return found;
    }
    std::int64_t count(std::string_view from) {
        return api.integer(fmt::format("SELECT COUNT(*) FROM {}", from));
    }

    template <class T>
    static T value(Result<T> result) {
        if (!result) throw std::runtime_error(describe(result.error()));
        if constexpr (!std::is_void_v<T>) return *std::move(result);
    }

    TestApi api{GetParam(), server::all_routes()};
    server::Installation installation{.database = api.url(),
                                      .data_dir = api.folder(),
                                      .secret_key = {},
                                      .backups = api.folder() / "backups"};
    jobs::Kinds kinds = all_kinds(installation);
    security::WorkerPool workers{2, 16, "test jobs"};
    jobs::Resources resources{api.database(), api.clock, api.random, workers,
                              api.platform().job_files};
    security::WorkerPool archive_workers{1, 4, "test archive"};
    backup::SystemFiles files;
    std::vector<std::string> reported;
    std::vector<std::string> noted;  ///< of the backups, for the log
    server::Watch watch{
        watched(), [this](const Error& error) { reported.push_back(describe(error)); },
        [this](bool is_well, std::string_view sentence) {
            noted.push_back(fmt::format("{}: {}", is_well ? "well" : "bad", sentence));
        }};
    server::Facts facts{.version = "1.2.3",
                        .draining = [] { return false; },
                        .metrics = [] { return std::string(); },
                        .watch = &watch,
                        .installation = &installation,
                        .archive_workers = &archive_workers};
};

}  // namespace segurifai::testing

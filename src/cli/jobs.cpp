#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <cmath>
#include <csignal>
#include <exception>
#include <iterator>
#include <utility>

#include "apps/jobs/attempt.hpp"
#include "apps/jobs/files.hpp"
#include "apps/jobs/queue.hpp"
#include "apps/jobs/runner.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "model/json_mapping.hpp"
#include "model/store.hpp"
#include "security/worker_pool.hpp"
#include "server/job_kinds.hpp"

namespace segurifai::cli {

namespace {

using jobs::AttemptEnd;
using jobs::Job;
using jobs::JobKind;

constexpr std::int64_t kListedDefault = 50;
constexpr std::int64_t kListedMax = 10'000;

/// The database as the server uses it, in a process that does one thing and ends.
struct Workplace {
    explicit Workplace(std::unique_ptr<sql::Database> opened) : database(std::move(opened)) {}
    ~Workplace() {
        database->close();
        workers.close();
    }

    /// Runs `task` to its end.
    template <class T>
    Result<T> run(Task<Result<T>> task) {
        Result<T> outcome = fail(Code::kInternal, "The work did not end.");
        std::exception_ptr defect;
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr thrown, Result<T> given) {
            defect = std::move(thrown);
            outcome = std::move(given);
            signals.cancel();
        });
        io.restart();
        io.run();
        if (defect) std::rethrow_exception(defect);
        return outcome;
    }

    boost::asio::io_context io{1};
    boost::asio::signal_set signals{io};
    security::WorkerPool workers{1, 1, "jobs"};
    SystemRandom random;
    std::unique_ptr<sql::Database> database;
};

Outcome<std::unique_ptr<Workplace>> open_workplace(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    sql::DatabaseOptions options;
    options.keep_log = context.settings.keeps_log(url);
    SEGURIFAI_TRY_AS(auto database, sql::open_database(url, options));
    return std::make_unique<Workplace>(std::move(database));
}

Outcome<jobs::Kinds> kinds_of(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY_AS(jobs::Kinds kinds,
                     server::all_job_kinds({.database = url,
                                            .data_dir = context.settings.data_dir,
                                            .secret_key = context.settings.secret_key,
                                            .keep_log = context.settings.keeps_log(url),
                                            .backups = context.settings.repository_if_on()}));
    return kinds;
}

// --- list ---------------------------------------------------------------------------------------

/// One more than `limit`, which tells of others.
Outcome<model::Filter> asked_filter(const Given& given, std::int64_t limit) {
    model::Filter filter(model::table_of<Job>());
    SEGURIFAI_TRY(filter.order_by("-id"));
    filter.limit(limit + 1);
    if (const auto asked = given.value("--state")) {
        std::string state = *asked;
        std::ranges::transform(state, state.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        SEGURIFAI_TRY(
            filter.where("state", model::Filter::Operator::kEqual, sql::Value::text(state)));
    }
    return filter;
}

/// When it ended, or is or was due.
std::string moment_of(const Job& job) {
    return (job.finished_at ? *job.finished_at : job.run_after).to_string();
}

void print_table(Terminal& terminal, const std::vector<Job>& listed, bool are_more) {
    Table table{.heads = {"id", "kind", "state", "done", "attempt", "due or ended", "error"},
                .rows = {},
                .right = {true, false, false, true, true}};
    for (const Job& job : listed)
        table.rows.push_back({std::to_string(job.id.value), job.kind,
                              std::string(model::word(job.state)),
                              fmt::format("{:.0f} %", job.progress * 100),
                              fmt::format("{}/{}", job.attempt, job.attempts_max), moment_of(job),
                              job.error.value_or("")});
    terminal.print(table);
    terminal.line(fmt::format("{} jobs{}", listed.size(),
                              are_more ? ", and there are older ones: see --limit" : ""));
}

Outcome<Exit> run_list(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SEGURIFAI_TRY(require_tables(*session, jobs::tables()));
    SEGURIFAI_TRY_AS(const auto asked, given.number("--limit", 1, kListedMax));
    const std::int64_t limit = asked.value_or(kListedDefault);
    SEGURIFAI_TRY_AS(const model::Filter filter, asked_filter(given, limit));
    SEGURIFAI_TRY_AS(std::vector<Job> listed, model::list_blocking<Job>(*session, filter));
    const bool are_more = std::ssize(listed) > limit;
    if (are_more) listed.pop_back();
    if (!given.has("--json")) {
        print_table(context.terminal, listed, are_more);
        return Exit::kOk;
    }
    for (const Job& job : listed) {
        std::string line;
        model::append_json(line, job);
        context.terminal.line(line);
    }
    return Exit::kOk;
}

// --- run ----------------------------------------------------------------------------------------

Outcome<const JobKind*> asked_kind(const jobs::Kinds& kinds, const std::string& name) {
    if (const JobKind* kind = kinds.find(name)) return kind;
    std::string names;
    for (const JobKind& kind : kinds.all())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", kind.name);
    return wrong_use(fmt::format("There is no job '{}'; the jobs are {}.", name, names));
}

Outcome<Json> asked_args(const Given& given, const JobKind& kind) {
    const auto parsed = Json::parse(given.value("--args").value_or("{}"));
    if (!parsed || kind_of(*parsed) != JsonKind::kObject)
        return wrong_use(R"(--args is a JSON object, for example --args '{"dry_run":true}'.)");
    if (const auto checked = kind.check_args(*parsed); !checked) {
        const std::vector<Fault>& faults = checked.error().faults;
        return wrong_use(faults.empty()
                             ? checked.error().message
                             : fmt::format("--args {}: {}", parsed->text, faults.front().message));
    }
    return *parsed;
}

Task<Result<AttemptEnd>> begin_and_run(Workplace& place, const Context& context,
                                       const JobKind& kind, Json args,
                                       const jobs::AttemptOptions& options) {
    Clock& clock = context.clock;
    const jobs::Resources resources{*place.database, clock, place.random, place.workers,
                                    context.settings.data_dir / jobs::kFilesFolder};
    jobs::NewJob asked;
    asked.args = std::move(args);
    asked.due = clock.now();
    SEGURIFAI_CO_TRY_AS(Job taken, co_await jobs::begin(*place.database, clock, kind, asked,
                                                        jobs::name_of_process()));
    co_return co_await jobs::run_attempt(resources, place.io, kind, std::move(taken), options);
}

Outcome<Exit> told(const AttemptEnd& end, const JobKind& kind, Terminal& terminal) {
    switch (end.how) {
        case AttemptEnd::How::kDone:
            terminal.line(fmt::format("{} is done: {}", kind.name, end.finished.result.text));
            return Exit::kOk;
        case AttemptEnd::How::kPostponed:
            terminal.warn(fmt::format("The server tries it again after {}.", end.due.to_string()));
            return std::unexpected(Failure(end.error));
        case AttemptEnd::How::kFailed: return std::unexpected(Failure(end.error));
        case AttemptEnd::How::kGivenBack:
            return refused(fmt::format("{} was stopped and is queued again.", kind.name));
        case AttemptEnd::How::kLost:
            return refused(fmt::format("Another process has taken {} over.", kind.name));
    }
    std::unreachable();
}

Outcome<Exit> run_now(const Given& given, const Context& context) {
    const auto name = given.argument("WHICH");
    if (!name) return wrong_use("jobs run needs the NAME of a job.");
    SEGURIFAI_TRY_AS(const jobs::Kinds kinds, kinds_of(given, context));
    SEGURIFAI_TRY_AS(const JobKind* const kind, asked_kind(kinds, *name));
    SEGURIFAI_TRY_AS(const Json args, asked_args(given, *kind));
    SEGURIFAI_TRY_AS(const auto place, open_workplace(given, context));

    std::atomic<bool> stopping = false;
    place->signals.add(SIGINT);
    place->signals.add(SIGTERM);
    place->signals.async_wait(
        [&](boost::system::error_code cancelled, int) { stopping = stopping || !cancelled; });
    Progress progress(context.terminal, kind->name, 100, "%");
    std::int64_t shown = 0;
    const auto show = [&](double part) {
        const auto percent = static_cast<std::int64_t>(std::lround(part * 100));
        progress.advance(percent - std::exchange(shown, percent));
    };
    const auto report = [&](const Error& error) { context.terminal.warn(describe(error)); };
    const jobs::AttemptOptions options{.stopping = stopping, .report = report, .on_progress = show};
    SEGURIFAI_TRY_AS(const AttemptEnd end,
                     place->run(begin_and_run(*place, context, *kind, args, options)));
    return told(end, *kind, context.terminal);
}

// --- retry --------------------------------------------------------------------------------------

Task<Result<Job>> retry(sql::Database& database, const jobs::Kinds& kinds, jobs::JobId id,
                        Instant now) {
    Job job;
    const sql::TransactionBody body = [&](sql::Transaction& t) -> Task<Result<void>> {
        SEGURIFAI_CO_TRY_AS(job, co_await jobs::retry(t, kinds, id, now));
        co_return Result<void>();
    };
    SEGURIFAI_CO_TRY(co_await database.transact(body));
    co_return job;
}

Outcome<Exit> run_retry(const Given& given, const Context& context) {
    const std::string text = given.argument("WHICH").value_or("");
    jobs::JobId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    if (error != std::errc() || end != text.data() + text.size())
        return wrong_use("jobs retry needs the number of a job, as 'segurifai jobs list' says it.");
    SEGURIFAI_TRY_AS(const jobs::Kinds kinds, kinds_of(given, context));
    SEGURIFAI_TRY_AS(const auto place, open_workplace(given, context));
    SEGURIFAI_TRY_AS(const Job job,
                     place->run(retry(*place->database, kinds, id, context.clock.now())));
    context.terminal.line(fmt::format("Job {} ({}) is queued again; a server runs it at once.",
                                      job.id.value, job.kind));
    return Exit::kOk;
}

Outcome<Exit> run_jobs(const Given& given, const Context& context) {
    const std::string what = given.argument("WHAT").value_or("");
    if (what == "list" && given.argument("WHICH")) return wrong_use("jobs list takes no argument.");
    if (what == "list") return run_list(given, context);
    if (what == "run") return run_now(given, context);
    if (what == "retry") return run_retry(given, context);
    return wrong_use(fmt::format("jobs does not know '{}'; it knows list, run and retry.", what));
}

}  // namespace

Command jobs_command() {
    return {.name = "jobs",
            .summary = "List, run and retry the jobs of the platform",
            .description =
                "`list` shows the newest jobs. `run NAME` does a job now, in this process, unless "
                "one of its kind is under way. `retry ID` puts a FAILED one back into the queue. "
                "Jobs run by themselves inside `segurifai serve`.",
            .arguments = {{.name = "WHAT",
                           .help = "list, run or retry",
                           .offer = Offer::kWords,
                           .words = {"list", "run", "retry"}},
                          {.name = "WHICH",
                           .help = "run: the job's name; retry: its number",
                           .required = false}},
            .options = {{.name = "--state",
                         .value = "STATE",
                         .help = "list: only these",
                         .choices = {"queued", "running", "done", "failed"},
                         .only_for = {"list"}},
                        {.name = "--limit",
                         .value = "N",
                         .help = "list: at most so many; 50",
                         .only_for = {"list"}},
                        {.name = "--json",
                         .help = "list: one JSON object a line",
                         .only_for = {"list"}},
                        {.name = "--args",
                         .value = "JSON",
                         .help = "run: what the job is told",
                         .only_for = {"run"}},
                        database_option()},
            .examples = {{"segurifai jobs list --state failed", "the dead letters"},
                         {"segurifai jobs run platform.keys", "forgets old Idempotency-Keys now"},
                         {"segurifai jobs retry 17", "tries a dead letter again"}},
            .run = run_jobs};
}

}  // namespace segurifai::cli

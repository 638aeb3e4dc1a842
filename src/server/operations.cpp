#include "server/operations.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/platform.hpp"
#include "server/facts.hpp"
#include "server/health.hpp"
#include "server/pages.hpp"
#include "server/watch.hpp"

namespace segurifai::server {
namespace {

using Steady = std::chrono::steady_clock;

struct Ping {
    static constexpr std::string_view kShape = "Ping";
    std::string status = "ok";
    static consteval auto fields() { return std::array{http::field<&Ping::status>("status")}; }
};

struct Live {
    static constexpr std::string_view kShape = "Live";
    bool alive = true;
    Instant time;
    static consteval auto fields() {
        return std::array{http::field<&Live::alive>("alive"), http::field<&Live::time>("time")};
    }
};

struct Ready {
    static constexpr std::string_view kShape = "Ready";
    bool ready = true;
    std::optional<std::string> reason;
    static consteval auto fields() {
        return std::array{http::field<&Ready::ready>("ready"),
                          http::field<&Ready::reason>("reason")};
    }
};

struct DatabaseCheck {
    static constexpr std::string_view kShape = "DatabaseCheck";
    std::string engine;
    bool reads = false;
    bool writes = false;
    double read_ms = 0;
    double write_ms = 0;
    static consteval auto fields() {
        return std::array{http::field<&DatabaseCheck::engine>("engine"),
                          http::field<&DatabaseCheck::reads>("reads"),
                          http::field<&DatabaseCheck::writes>("writes"),
                          http::field<&DatabaseCheck::read_ms>("read_ms"),
                          http::field<&DatabaseCheck::write_ms>("write_ms")};
    }
};

/// Besides the database, which is asked each time, what was seen at the last look; null is what
/// could not be looked at, or not yet.
struct Checks {
    static constexpr std::string_view kShape = "HealthChecks";
    DatabaseCheck database;
    std::optional<Instant> looked_at;
    std::optional<DiskCheck> disk;
    std::optional<OutboxCheck> outbox;
    std::optional<JobsCheck> jobs;
    std::optional<BackupCheck> backup;
    std::optional<RetentionCheck> retention;
    std::optional<ClockCheck> clock;
    std::optional<ArchiveCheck> archive;
    static consteval auto fields() {
        return std::array{http::field<&Checks::database>("database"),
                          http::field<&Checks::looked_at>("looked_at"),
                          http::field<&Checks::disk>("disk"),
                          http::field<&Checks::outbox>("outbox"),
                          http::field<&Checks::jobs>("jobs"),
                          http::field<&Checks::backup>("backup"),
                          http::field<&Checks::retention>("retention"),
                          http::field<&Checks::clock>("clock"),
                          http::field<&Checks::archive>("archive")};
    }
};

struct Health {
    static constexpr std::string_view kShape = "Health";
    std::string status;
    std::string version;
    Instant time;
    std::optional<Checks> checks;  ///< for staff and this machine only
    static consteval auto fields() {
        return std::array{
            http::field<&Health::status>("status"), http::field<&Health::version>("version"),
            http::field<&Health::time>("time"), http::field<&Health::checks>("checks")};
    }
};

double milliseconds_since(Steady::time_point start) {
    return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

const sql::Query kReads{"platform.reads", "SELECT COUNT(*) FROM services_servicecategory"};

/// An empty transaction goes the whole way of a write: queue, writer or connection, commit.
Task<Result<void>> nothing(sql::Transaction&) {
    co_return Result<void>();
}

Task<DatabaseCheck> check_database(sql::Database& database) {
    DatabaseCheck check;
    check.engine = sql::name_of(database.engine());
    auto start = Steady::now();
    const auto read = co_await database.run(kReads);
    check.reads = read.has_value();
    check.read_ms = milliseconds_since(start);
    start = Steady::now();
    const sql::TransactionBody body = nothing;
    const auto written = co_await database.transact(body);
    check.writes = written.has_value();
    check.write_ms = milliseconds_since(start);
    co_return check;
}

/// Whether the call comes from this machine: the scraper, the probe, the person at the console.
/// What a proxy passes on does not, though the proxy be on this machine and nobody has named it.
bool is_local(const http::Call& call) noexcept {
    if (call.request.header(http::Header::kForwardedFor)) return false;
    return call.address == "::1" || call.address.starts_with("127.") ||
           call.address.starts_with("::ffff:127.");
}

Checks checks_of(DatabaseCheck database, Observed seen) {
    return {.database = std::move(database),
            .looked_at = seen.looked_at,
            .disk = std::move(seen.disk),
            .outbox = seen.outbox,
            .jobs = seen.jobs,
            .backup = std::move(seen.backup),
            .retention = std::move(seen.retention),
            .clock = seen.clock,
            .archive = std::move(seen.archive)};
}

Task<Result<Health>> health(http::Call& call) {
    const Facts& facts = *call.platform.server;
    DatabaseCheck database = co_await check_database(call.platform.database);
    Observed seen = facts.watch->observed();
    const bool is_well = database.writes && !facts.draining() && is_ok(seen, call.at);
    Health answer;
    answer.status = !database.reads ? "down" : is_well ? "ok" : "degraded";
    answer.version = facts.version;
    answer.time = call.at;
    if (call.caller.kind == http::Kind::kStaff || is_local(call))
        answer.checks = checks_of(std::move(database), std::move(seen));
    if (answer.status == "down") {
        call.answer.status = 503;
        http::append_json(call.answer.body, answer);
        call.answered = true;
    }
    co_return answer;
}

Task<Result<Ping>> ping(http::Call&) {
    co_return Ping{};
}

Task<Result<Live>> live(http::Call& call) {
    Live answer;
    answer.time = call.at;
    co_return answer;
}

Task<Result<Ready>> ready(http::Call& call) {
    Ready answer;
    if (call.platform.server->draining()) {
        answer.reason = "The server is shutting down.";
    } else {
        const DatabaseCheck database = co_await check_database(call.platform.database);
        if (!database.reads || !database.writes)
            answer.reason = "The database does not answer or cannot be written to.";
    }
    answer.ready = !answer.reason;
    if (!answer.ready) {
        call.answer.status = 503;
        call.answer.set("Retry-After", "2");
        http::append_json(call.answer.body, answer);
        call.answered = true;
    }
    co_return answer;
}

Task<Result<http::Plain>> metrics(http::Call& call) {
    if (!is_local(call)) co_return refuse(Refusal::kPermissionDenied);
    SEGURIFAI_CO_TRY(call.answer_as("text/plain; version=0.0.4; charset=utf-8"));
    co_return http::Plain{call.platform.server->metrics()};
}

struct SchemaFormat {
    static constexpr std::string_view kShape = "SchemaFormat";
    std::optional<std::string> format;
    static consteval auto fields() {
        return std::array{
            http::field<&SchemaFormat::format>("format", {.length = 4, .help = "json or yaml"})};
    }
};

Task<Result<http::Plain>> schema(http::Call& call, SchemaFormat asked) {
    const std::string format = asked.format.value_or("json");
    if (format != "json" && format != "yaml")
        co_return fault("format", "Must be one of json, yaml.");
    const Facts& facts = *call.platform.server;
    if (format == "yaml") {
        SEGURIFAI_CO_TRY(call.answer_as("application/yaml"));
        co_return http::Plain{facts.schema_yaml};
    }
    // Its own type, or that of any JSON for who knows no other.
    if (!call.answer_as("application/vnd.oai.openapi+json"))
        SEGURIFAI_CO_TRY(call.answer_as("application/json"));
    co_return http::Plain{facts.schema_json};
}

Result<void> as_page(http::Call& call) {
    SEGURIFAI_TRY(call.answer_as("text/html; charset=utf-8"));
    call.answer.set("Content-Security-Policy", std::string(kPagePolicy));
    call.answer.set("Referrer-Policy", "no-referrer");
    return {};
}

Task<Result<http::Plain>> docs(http::Call& call) {
    SEGURIFAI_CO_TRY(as_page(call));
    co_return http::Plain{call.platform.server->docs_html};
}

Task<Result<http::Plain>> start(http::Call& call) {
    SEGURIFAI_CO_TRY(as_page(call));
    const Facts& facts = *call.platform.server;
    co_return http::Plain{call.language == http::Language::kSpanish ? facts.start_spanish
                                                                    : facts.start_english};
}

Task<Result<http::Plain>> style(http::Call& call) {
    SEGURIFAI_CO_TRY(call.answer_as("text/css; charset=utf-8"));
    call.answer.set("Cache-Control", "public, max-age=3600");
    co_return http::Plain{std::string(style_sheet())};
}

constexpr http::RouteOptions probe(std::string_view summary) {
    return {.summary = summary, .personal = true, .rate = http::Rate::kUncounted};
}

}  // namespace

std::vector<http::Route> platform_routes() {
    return {http::get<&health>("/api/health/", "platform.health", probe("How the server is")),
            http::get<&ping>("/api/health/ping/", "platform.ping", probe("Answers, and no more")),
            http::get<&ready>("/api/health/ready/", "platform.ready",
                              probe("Whether calls may be sent here")),
            http::get<&live>("/api/health/live/", "platform.live",
                             probe("Whether the event loops answer")),
            http::get<&metrics>("/metrics", "platform.metrics",
                                probe("Figures for Prometheus; for this machine only")),
            http::get<&schema>("/api/schema/", "platform.schema",
                               {.summary = "This document", .etag = true, .personal = false}),
            http::get<&docs>("/api/docs/", "platform.docs",
                             {.summary = "The documentation", .etag = true, .personal = false}),
            http::get<&style>("/assets/site.css", "platform.style",
                              {.summary = "The style of the pages",
                               .etag = true,
                               .personal = false,
                               .rate = http::Rate::kUncounted}),
            http::get<&start>("/", "platform.start",
                              {.summary = "The start page", .etag = true, .personal = false})};
}

}  // namespace segurifai::server

#include "server/admin_audit.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/audit/tables.hpp"
#include "apps/platform.hpp"
#include "http/list.hpp"
#include "model/json_mapping.hpp"
#include "model/store.hpp"
#include "ops/audit_segments/browsing.hpp"
#include "ops/audit_segments/verification.hpp"
#include "server/facts.hpp"
#include "server/job_kinds.hpp"
#include "sql/session.hpp"

namespace segurifai::server {
namespace {

using audit::AuditEvent;
using audit_segments::Browse;
using audit_segments::Browsed;
using audit_segments::EventKey;
using audit_segments::Month;

std::filesystem::path archive_of(const http::Call& call) {
    return call.platform.server->installation->data_dir / "archive" / "audit";
}

EventKey key_of(const AuditEvent& event) noexcept {
    return {event.at, event.id.value};
}

// --- admin.audit --------------------------------------------------------------------------------

/// Whether `at` may be within what the caller filters by; only to leave out months: the filter
/// itself is exact.
void narrow(Browse& browse, const http::QueryPairs& query) {
    for (const auto& [name, text] : query) {
        const auto at = Instant::parse(text);
        if (!at) continue;
        if (name == "at" || name == "at__gt" || name == "at__gte")
            browse.from = std::max(browse.from, *at);
        if (name == "at" || name == "at__lt" || name == "at__lte")
            browse.to = std::min(browse.to, *at);
    }
}

Result<AuditEvent> event_of(std::string_view json) {
    return model::parse_row<AuditEvent>(json);
}

/// What of the closed months comes after the place of the list.
Browse browse_of(const http::Call& call, const http::ListQuery& query) {
    Browse browse;
    browse.newest_first = query.filter.order().front().descending != query.filter.is_backward();
    const auto& place = query.filter.place();
    if (!place.empty())
        browse.after = EventKey{place.at(0).view().as_instant(), place.at(1).view().as_integer()};
    browse.as_of = call.at;
    browse.events_max = static_cast<std::size_t>(query.page_size) + 1;
    narrow(browse, call.query);
    browse.is_wanted = [filter = query.filter](std::string_view json) -> Result<bool> {
        SEGURIFAI_TRY_AS(const model::Record record,
                         model::parse_record(model::plan_of<AuditEvent>(), json));
        return filter.matches(record);
    };
    return browse;
}

/// The closed months whose segments are there, oldest first: two years of them at most.
Task<Result<std::vector<Month>>> months_there(sql::Executor& executor) {
    model::Filter filter(model::table_of<audit::AuditSegment>());
    SEGURIFAI_CO_TRY(
        filter.where("removed_at", model::Filter::Operator::kIsNull, sql::Value::boolean(true)));
    SEGURIFAI_CO_TRY(filter.order_by("month"));
    SEGURIFAI_CO_TRY_AS(const auto rows,
                        co_await model::list<audit::AuditSegment>(executor, filter));
    std::vector<Month> months;
    for (const audit::AuditSegment& row : rows)
        if (const auto month = Month::parse(row.month)) months.push_back(*month);
    co_return months;
}

/// A page that is being put together, in the direction in which it is read.
struct Reading {
    std::vector<AuditEvent> events;
    std::optional<EventKey> stopped_at;  ///< the segments were looked through to here only
};

/// Rows and events of segments as one list. What is in both, while a month is closed, is there
/// once.
Result<Reading> together(std::vector<AuditEvent> live, Browsed browsed, const Browse& asked) {
    Reading reading;
    reading.stopped_at = browsed.stopped_at;
    for (const std::string& json : browsed.events) {
        SEGURIFAI_TRY_AS(AuditEvent event, event_of(json));
        live.push_back(std::move(event));
    }
    std::ranges::sort(live, [&](const AuditEvent& a, const AuditEvent& b) {
        return asked.newest_first ? key_of(b) < key_of(a) : key_of(a) < key_of(b);
    });
    const auto repeated = std::ranges::unique(live, {}, key_of);
    live.erase(repeated.begin(), repeated.end());
    if (browsed.stopped_at) {
        const EventKey end = *browsed.stopped_at;
        std::erase_if(live, [&](const AuditEvent& event) {
            return asked.newest_first ? key_of(event) < end : end < key_of(event);
        });
    }
    reading.events = std::move(live);
    return reading;
}

Task<Result<Reading>> read(http::Call& call, const http::ListQuery& query, Browse browse) {
    sql::Database& database = call.platform.database;
    // The rows first: what is moved to a segment meanwhile is then found there as well.
    SEGURIFAI_CO_TRY_AS(auto live, co_await model::list<AuditEvent>(database, query.filter));
    SEGURIFAI_CO_TRY_AS(std::vector<Month> months, co_await months_there(database));
    const bool is_full = live.size() >= browse.events_max;
    const bool is_live_alone = months.empty() || (browse.newest_first && is_full &&
                                                  live.back().at >= months.back().ends());
    if (is_live_alone) {
        Reading reading;
        reading.events = std::move(live);
        co_return reading;
    }
    const auto work = [folder = archive_of(call), months = std::move(months), &browse,
                       &secrets = call.platform.secrets]() -> Result<Browsed> {
        const auto disk = audit_segments::disk_folder(folder);
        return audit_segments::browse(*disk, secrets, months, browse);
    };
    SEGURIFAI_CO_TRY_AS(auto browsed, co_await call.platform.server->archive_workers->run(work));
    if (!browsed) {
        call.platform.archive_failed(browsed.error());
        co_return std::unexpected(std::move(browsed).error());
    }
    co_return together(std::move(live), *std::move(browsed), browse);
}

/// admin.audit: the rows and the segments of closed months as one list, which goes by cursor. A
/// page may be short, even empty, and have a next one: so many events were looked through.
Task<Result<http::Page<AuditEvent>>> list(http::Call& call, http::ListQuery query) {
    // By number there is the first page alone; its next one goes by cursor.
    if (query.page != 1) co_return fail(Code::kNotFound, "Invalid page.");
    if (query.exact_count) co_return fault("count", "This list is not counted.");
    query.keyset = true;
    query.filter.limit(query.page_size + 1);
    Browse browse = browse_of(call, query);
    SEGURIFAI_CO_TRY_AS(Reading reading, co_await read(call, query, std::move(browse)));
    std::vector<AuditEvent>& events = reading.events;
    bool more = events.size() > static_cast<std::size_t>(query.page_size);
    AuditEvent stop;
    const AuditEvent* end = nullptr;
    if (more) {
        events.resize(static_cast<std::size_t>(query.page_size));
    } else if (reading.stopped_at) {
        more = true;
        stop.at = reading.stopped_at->at;
        stop.id = {reading.stopped_at->id};
        end = &stop;
    }
    const bool is_backward = query.filter.is_backward();
    if (is_backward) std::ranges::reverse(events);
    const AuditEvent* first = events.empty() ? nullptr : &events.front();
    const AuditEvent* last = events.empty() ? nullptr : &events.back();
    if (end != nullptr) (is_backward ? first : last) = end;
    http::Page<AuditEvent> page;
    page.links = http::links_of(query, call.platform.cursors, first, last, more, std::nullopt);
    page.fields = query.fields;
    page.results = std::move(events);
    co_return page;
}

constexpr std::array kFilters{std::string_view("actor_id"), std::string_view("action"),
                              std::string_view("object_table"), std::string_view("object_id"),
                              std::string_view("at")};
constexpr std::array kSearch{std::string_view("action")};
constexpr std::array kOrders{std::string_view("-at")};
constexpr http::ListSpec kEvents{.table = &model::table_of<AuditEvent>(),
                                 .filters = kFilters,
                                 .search = kSearch,
                                 .orders = kOrders};

// --- admin.audit.verify -------------------------------------------------------------------------

struct Period {
    static constexpr std::string_view kShape = "AuditPeriod";
    std::optional<Date> from;
    std::optional<Date> to;
    static consteval auto fields() {
        return std::array{
            http::field<&Period::from>("from", {.help = "its month is the first; in UTC"}),
            http::field<&Period::to>("to", {.help = "its month is the last; in UTC"})};
    }
};

struct BadPlace {
    static constexpr std::string_view kShape = "AuditFinding";
    std::optional<std::string> file;
    std::optional<std::int64_t> frame;
    std::optional<std::int64_t> line;
    std::string what;
    static consteval auto fields() {
        return std::array{
            http::field<&BadPlace::file>("file", {.help = "null = in the database"}),
            http::field<&BadPlace::frame>("frame"), http::field<&BadPlace::line>("line"),
            http::field<&BadPlace::what>("what", {.help = "as 'segurifai audit verify' says it"})};
    }
};

struct Verified {
    static constexpr std::string_view kShape = "AuditVerification";
    bool ok = false;
    std::int64_t segments = 0;
    std::int64_t events = 0;
    std::optional<std::string> head;
    std::optional<BadPlace> first_bad;
    static consteval auto fields() {
        return std::array{
            http::field<&Verified::ok>("ok"), http::field<&Verified::segments>("segments"),
            http::field<&Verified::events>("events"),
            http::field<&Verified::head>("head", {.help = "the chain's hash after the last month: "
                                                          "write it down elsewhere"}),
            http::field<&Verified::first_bad>("first_bad")};
    }
};

BadPlace place_of(const audit_segments::Finding& finding) {
    BadPlace place{.what = finding.what};
    if (!finding.file.empty()) place.file = finding.file;
    if (finding.frame > 0) place.frame = finding.frame;
    if (finding.line > 0) place.line = finding.line;
    return place;
}

/// admin.audit.verify: reads every segment asked for, one call at a time.
Task<Result<Verified>> verify(http::Call& call, Period asked) {
    audit_segments::VerificationOptions options{.as_of = call.at};
    const auto month_of = [](Date day) { return Month::of({day.days * kMicrosPerDay}); };
    if (asked.from) options.from = month_of(*asked.from);
    if (asked.to) options.to = month_of(*asked.to);
    const auto work = [folder = archive_of(call), &options, &secrets = call.platform.secrets,
                       database = call.platform.server->installation->database]()
        -> Result<audit_segments::Verification> {
        SEGURIFAI_TRY_AS(const auto session, sql::open_session(database));
        const auto disk = audit_segments::disk_folder(folder);
        return audit_segments::verify(*session, *disk, secrets, options);
    };
    SEGURIFAI_CO_TRY_AS(const auto done, co_await call.platform.server->archive_workers->run(work));
    // While months are closed there is nothing to compare them with.
    if (!done && done.error().code == Code::kConflict)
        co_return refuse(Refusal::kServiceUnavailable);
    if (!done) co_return std::unexpected(done.error());
    Verified answer{.ok = done->findings.empty(), .segments = done->months, .events = done->events};
    if (!done->head.empty()) answer.head = done->head;
    if (!answer.ok) answer.first_bad = place_of(done->findings.front());
    co_return answer;
}

constexpr std::array kListRefusals{Refusal::kArchiveDamaged};
constexpr std::array kVerifyRefusals{Refusal::kServiceUnavailable};

}  // namespace

std::vector<http::Route> audit_routes() {
    return {http::get<&list>("/api/admin/audit/", "admin.audit",
                             {.summary = "Who did what to which row, closed months included",
                              .list = &kEvents,
                              .refusals = kListRefusals}),
            http::get<&verify>("/api/admin/audit/verify/", "admin.audit.verify",
                               {.summary = "Whether closed months are as they were written",
                                .refusals = kVerifyRefusals})};
}

}  // namespace segurifai::server

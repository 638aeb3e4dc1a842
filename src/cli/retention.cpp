#include "ops/retention/retention.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_object.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"

namespace segurifai::cli {

namespace {

using retention::Line;
using retention::Policy;
using retention::Report;

/// The beginning of the day that a person names, in UTC.
Outcome<std::optional<Instant>> as_of(const Given& given, Instant now) {
    const auto text = given.value("--as-of");
    if (!text) return std::nullopt;
    const auto day = Date::parse(*text);
    if (!day || day->days < 0)
        return wrong_use("--as-of must be a day since 1970, for example --as-of 2026-11-30.");
    const Instant begins{day->days * kMicrosPerDay};
    if (begins > now && !given.has("--dry-run"))
        return wrong_use(
            "--as-of is in the future: what will be due is not deleted today; add "
            "--dry-run to see what would be.");
    return begins;
}

Outcome<std::vector<Policy>> chosen_policies(const Given& given) {
    std::vector<Policy> chosen;
    for (const std::string& name : given.all("--policy")) {
        const auto policy = retention::policy_named(name);
        if (!policy) return wrong_use(fmt::format("There is no policy '{}'.", name));
        chosen.push_back(*policy);
    }
    if (chosen.empty()) chosen.assign(retention::kPolicies.begin(), retention::kPolicies.end());
    return chosen;
}

std::string json_line(Policy policy, const Line& line) {
    return JsonObject()
        .text("policy", retention::name_of(policy))
        .text("table", line.table)
        .integer("due", line.due)
        .integer("done", line.done)
        .integer("bytes", line.bytes)
        .integer("held", line.held)
        .integer("left", line.left)
        .integer("findings", line.findings.count)
        .to_string();
}

void print(const std::vector<Report>& reports, bool json, Terminal& terminal) {
    Table table{.heads = {"policy", "table", "due", "done", "bytes", "held", "left"},
                .rows = {},
                .right = {false, false, true, true, true, true, true}};
    for (const Report& report : reports)
        for (const Line& line : report.lines) {
            if (json) terminal.line(json_line(report.policy, line));
            table.rows.push_back({std::string(retention::name_of(report.policy)), line.table,
                                  std::to_string(line.due), std::to_string(line.done),
                                  std::to_string(line.bytes), std::to_string(line.held),
                                  std::to_string(line.left)});
        }
    if (!json) terminal.print(table);
}

/// Tells what somebody has to look at; returns how much there is.
std::int64_t tell_findings(const std::vector<Report>& reports, Terminal& terminal) {
    retention::Findings all;
    for (const Report& report : reports)
        for (const Line& line : report.lines) all.add(line.findings);
    for (const std::string& sentence : all.first) terminal.warn(sentence);
    if (const auto more = all.count - static_cast<std::int64_t>(all.first.size()); more > 0)
        terminal.warn(fmt::format("… and {} more.", more));
    return all.count;
}

/// Runs a policy and shows how far it is.
Result<Report> run_policy(sql::Session& session, const sql::DatabaseUrl& database, Policy policy,
                          std::optional<Instant> day, const Given& given, const Context& context) {
    Progress progress(context.terminal, "Retention", 0);
    std::string table;
    std::int64_t shown = 0;
    const auto show = [&](const Line& line) {
        if (line.table != table) {
            table = line.table;
            shown = 0;
            progress.now_at(table);
        }
        progress.advance(line.done - shown);
        shown = line.done;
        return true;
    };
    return retention::run(
        session, policy,
        {.registry = context.registry,
         .clock = context.clock,
         .as_of = day,
         .dry_run = given.has("--dry-run"),
         .documents_dir = (context.settings.data_dir / "documents").string(),
         .open_session = [&] { return sql::open_session(database); },
         .pace = given.has("--gently") ? retention::Pace::kGentle : retention::Pace::kFast,
         .on_batch = show});
}

Outcome<Exit> run_retention(const Given& given, const Context& context) {
    if (const auto action = given.argument("ACTION"); action != "run")
        return wrong_use(
            fmt::format("There is no action '{}'; the action is run.", action.value_or("")));
    SEGURIFAI_TRY_AS(const auto policies, chosen_policies(given));
    SEGURIFAI_TRY_AS(const auto day, as_of(given, context.clock.now()));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl database, context.database(given));
    SEGURIFAI_TRY_AS(const auto session,
                     context.open(given, {.read_only = given.has("--dry-run")}));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    std::vector<Report> reports;
    for (const Policy policy : policies) {
        SEGURIFAI_TRY_AS(Report report,
                         run_policy(*session, database, policy, day, given, context));
        const auto moved = std::ranges::find(reports, Policy::kRequests, &Report::policy);
        if (given.has("--dry-run") && policy == Policy::kArchive && moved != reports.end())
            retention::follow(report, *moved);
        reports.push_back(std::move(report));
    }
    print(reports, given.has("--json"), context.terminal);
    if (given.has("--dry-run") && !given.has("--json"))
        context.terminal.line("This was a dry run: nothing was changed.");
    return tell_findings(reports, context.terminal) > 0 ? Exit::kFaults : Exit::kOk;
}

}  // namespace

Command retention_command() {
    std::vector<std::string> policies;
    for (const Policy policy : retention::kPolicies)
        policies.emplace_back(retention::name_of(policy));
    return {
        .name = "retention",
        .summary = "Delete and archive what is past its time",
        .description =
            "Positions are deleted after 90 days, sessions and their like 24 hours after they "
            "expire. Requests move to the archive 2 years after their end ('segurifai archive' "
            "finds them there) and are gone, with their files, after 7. What a legal hold "
            "covers stays. The platform may serve meanwhile, and a run that was interrupted "
            "is simply run again. A request that is damaged stays where it is, keeps no other "
            "one, and is named at the end.\n\n"
            "Columns: due = past its time; done = moved or deleted; bytes = what those rows "
            "hold, or take in the archive; held = kept by a hold; left = rows that stay.",
        .arguments = {{.name = "ACTION", .help = "run", .offer = Offer::kWords, .words = {"run"}}},
        .options = {{.name = "--dry-run", .help = "only say what would be done"},
                    {.name = "--as-of",
                     .value = "DATE",
                     .help = "judge as if that day began now; a future one only with --dry-run"},
                    {.name = "--policy",
                     .value = "NAME",
                     .help = "only this policy; may be given again",
                     .choices = policies,
                     .many = true},
                    {.name = "--gently",
                     .help = "SQLite: at the pace of the server's own runs, which nobody notices"},
                    {.name = "--json", .help = "one JSON object a table"},
                    database_option()},
        .examples = {{"segurifai retention run --dry-run", "what would be done now"},
                     {"segurifai retention run", "does it"},
                     {"segurifai retention run --dry-run --as-of 2027-12-31",
                      "what will be due at the end of next year"}},
        .run = run_retention};
}

}  // namespace segurifai::cli

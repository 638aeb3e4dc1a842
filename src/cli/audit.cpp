#include <fmt/format.h>

#include <array>
#include <string>

#include "apps/archive/tables.hpp"
#include "apps/audit/tables.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "cli/installation_secrets.hpp"
#include "ops/audit_segments/closing.hpp"
#include "ops/audit_segments/showing.hpp"
#include "ops/audit_segments/verification.hpp"
#include "ops/retention/holds.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {

namespace {

using audit_segments::Finding;
using audit_segments::Folder;
using audit_segments::Month;

/// Where the segments are, and the keys that speak for them.
struct Archive {
    std::unique_ptr<Folder> folder;
    security::Secrets secrets;
};

/// An installation without keys closed nothing either.
Result<Archive> open_archive(const Settings& settings, bool writes) {
    Archive archive{audit_segments::disk_folder(settings.data_dir / "archive" / "audit"), {}};
    SEGURIFAI_TRY_AS(archive.secrets,
                     writes ? secrets_to_write(settings) : secrets_there_are(settings));
    return archive;
}

Outcome<std::optional<Month>> month_given(const Given& given) {
    const auto text = given.value("--month");
    if (!text) return std::nullopt;
    const auto month = Month::parse(*text);
    if (!month)
        return wrong_use("--month must be a year and a month, for example --month 2026-11.");
    return month;
}

/// The instant that `--as-of` names: the beginning of that day in UTC. Now without it.
Outcome<Instant> instant_given(const Given& given, const Context& context) {
    const auto text = given.value("--as-of");
    const Instant now = context.clock.now();
    if (!text) return now;
    const auto date = Date::parse(*text);
    if (!date) return wrong_use("--as-of must be a day, for example --as-of 2026-12-02.");
    const Instant as_of{date->days * kMicrosPerDay};
    if (as_of > now && !given.has("--dry-run"))
        return wrong_use(
            "--as-of is in the future: a month that may still get events cannot be closed; add "
            "--dry-run to see what would be.");
    return as_of;
}

/// The hash that `--hash` names.
Outcome<std::optional<std::string>> hash_given(const Given& given) {
    constexpr std::size_t kDigits = 64;
    auto text = given.value("--hash");
    if (text && (text->size() != kDigits ||
                 text->find_first_not_of("0123456789abcdef") != std::string::npos))
        return wrong_use("--hash must be the 64 digits that 'audit verify' printed.");
    return text;
}

Exit tell(const std::vector<Finding>& findings, Terminal& terminal) {
    for (const Finding& finding : findings) terminal.line(audit_segments::to_string(finding));
    if (findings.empty()) return Exit::kOk;
    terminal.warn(fmt::format("{} not as written.", findings.size()));
    return Exit::kFaults;
}

Outcome<Exit> run_close(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    const bool dry_run = given.has("--dry-run");
    audit_segments::ClosingOptions options{.dry_run = dry_run};
    SEGURIFAI_TRY_AS(options.as_of, instant_given(given, context));
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = dry_run}));
    SEGURIFAI_TRY(require_tables(*session, audit::tables()));
    SEGURIFAI_TRY(require_tables(*session, archive::tables()));
    SEGURIFAI_TRY_AS(options.held, retention::held_months(*session));
    SEGURIFAI_TRY_AS(const Archive archive, open_archive(context.settings, !dry_run));
    Progress progress(terminal, "Closing", 0, "events");
    options.on_progress = [&](Month month, std::string_view step, std::int64_t events) {
        progress.now_at(fmt::format("{} {}", step, month.to_string()));
        progress.advance(events);
    };
    SEGURIFAI_TRY_AS(const auto report, audit_segments::close_months(*session, *archive.folder,
                                                                     archive.secrets, options));
    SEGURIFAI_TRY_AS(const auto gone, audit_segments::remove_expired(*session, *archive.folder,
                                                                     archive.secrets, options));
    Table table{.heads = {"month", "", "events", "bytes", "rows removed"},
                .rows = {},
                .right = {false, false, true, true, true}};
    for (const auto& month : report.months)
        table.rows.push_back({month.month.to_string(), month.written ? "closed" : "was closed",
                              std::to_string(month.events),
                              month.bytes > 0 ? std::to_string(month.bytes) : "-",
                              std::to_string(month.removed)});
    for (const auto& month : gone)
        table.rows.push_back({month.month.to_string(),
                              month.had_segment ? "segment removed" : "late events removed",
                              month.had_segment ? std::to_string(month.events) : "-",
                              month.bytes > 0 ? std::to_string(month.bytes) : "-",
                              month.rows > 0 ? std::to_string(month.rows) : "-"});
    terminal.print(table);
    if (table.rows.empty())
        terminal.line(
            "Nothing to do: no month is over that has events, and no segment's two "
            "years are.");
    else if (dry_run)
        terminal.line("Nothing was done: this is what would be.");
    return tell(report.findings, terminal);
}

Outcome<Exit> run_verify(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    audit_segments::VerificationOptions options;
    SEGURIFAI_TRY_AS(options.as_of, instant_given(given, context));
    SEGURIFAI_TRY_AS(const auto month, month_given(given));
    options.from = options.to = month;
    SEGURIFAI_TRY_AS(options.noted, hash_given(given));
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SEGURIFAI_TRY(require_tables(*session, audit::tables()));
    SEGURIFAI_TRY_AS(const Archive archive, open_archive(context.settings, false));
    Progress progress(terminal, "Verifying", 0, "events");
    options.on_progress = [&](Month month, std::int64_t events) {
        progress.now_at(month.to_string());
        progress.advance(events);
    };
    SEGURIFAI_TRY_AS(const auto report,
                     audit_segments::verify(*session, *archive.folder, archive.secrets, options));
    if (!report.findings.empty()) return tell(report.findings, terminal);
    if (month && report.months == 0) {
        terminal.line(fmt::format("{} is not closed.", month->to_string()));
        return Exit::kOk;
    }
    terminal.line(fmt::format("{} closed months, {} events: everything is as it was written.",
                              report.months, report.events));
    if (report.gone > 0)
        terminal.line(
            fmt::format("{} of them are over two years old: their manifests alone are "
                        "left.",
                        report.gone));
    if (!report.head.empty())
        terminal.line(fmt::format("Hash after {}: {}", report.last_month, report.head));
    return Exit::kOk;
}

/// The row that `--object TABLE/ID` names, and who `--actor` does.
Outcome<audit_segments::EventFilter> filter_given(const Given& given) {
    audit_segments::EventFilter filter;
    if (const auto object = given.value("--object")) {
        const std::size_t slash = object->find('/');
        if (slash == 0 || slash == std::string::npos || slash + 1 == object->size())
            return wrong_use(
                "--object must be a table and a row's key, for example --object "
                "assistance_assistancerequest/17.");
        filter.object_table = object->substr(0, slash);
        filter.object_id = object->substr(slash + 1);
    }
    if (const auto actor = given.value("--actor")) {
        filter.actor_id = Uuid::parse(*actor);
        if (!filter.actor_id) return wrong_use("--actor must be an account's UUID.");
    }
    return filter;
}

Outcome<Exit> run_show(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    SEGURIFAI_TRY_AS(const auto month, month_given(given));
    if (!month) return wrong_use("'audit show' needs --month, for example --month 2026-11.");
    SEGURIFAI_TRY_AS(const auto filter, filter_given(given));
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SEGURIFAI_TRY(require_tables(*session, audit::tables()));
    SEGURIFAI_TRY_AS(const Archive archive, open_archive(context.settings, false));
    SEGURIFAI_TRY_AS(
        const std::int64_t shown,
        audit_segments::show_events(*session, *archive.folder, archive.secrets, *month, filter,
                                    [&](std::string_view event) -> Result<void> {
                                        terminal.line(event);
                                        return {};
                                    }));
    SEGURIFAI_TRY(terminal.flush());
    terminal.note(fmt::format("{} events of {}.", shown, month->to_string()));
    return Exit::kOk;
}

struct Action {
    std::string_view name;
    Outcome<Exit> (*run)(const Given& given, const Context& context);
};
constexpr std::array kActions{Action{"close", run_close}, Action{"verify", run_verify},
                              Action{"show", run_show}};

Outcome<Exit> run_audit(const Given& given, const Context& context) {
    const std::string name = given.argument("ACTION").value_or("");
    const auto action = std::ranges::find(kActions, name, &Action::name);
    if (action == kActions.end())
        return wrong_use(fmt::format("'audit' does close, verify or show, not '{}'.", name));
    return action->run(given, context);
}

}  // namespace

Command audit_command() {
    return {
        .name = "audit",
        .summary = "Close, verify and show months of the audit log",
        .description =
            "close: writes each month that has been over for a day to archive/audit/ in the data "
            "folder, compressed and chained by hashes, deletes its events from the database, and "
            "removes segments two years after their month. A run that was ended is finished by "
            "the next.\n\n"
            "verify: looks for anything that was edited, removed, added, moved or cut off, in the "
            "segments, their manifests and the database, and says where; answers 1 when there is. "
            "Write the hash that it prints down elsewhere, and give it with --hash later: that "
            "holds even against somebody who has the keys, or takes the last months away "
            "whole.\n\n"
            "show: the events of one month, one JSON object a line, from its segment or from the "
            "database.",
        .arguments = {{.name = "ACTION",
                       .help = "close, verify or show",
                       .offer = Offer::kWords,
                       .words = {"close", "verify", "show"}}},
        .options = {{.name = "--as-of",
                     .value = "DATE",
                     .help = "close: as if this day (UTC) had just begun",
                     .only_for = {"close"}},
                    {.name = "--dry-run",
                     .help = "close: only say what would be done",
                     .only_for = {"close"}},
                    {.name = "--month",
                     .value = "MONTH",
                     .help = "verify, show: this month, 2026-11",
                     .only_for = {"verify", "show"}},
                    {.name = "--hash",
                     .value = "HASH",
                     .help =
                         "verify: that a month still ends with this hash, which was written down",
                     .only_for = {"verify"}},
                    {.name = "--object",
                     .value = "TABLE/ID",
                     .help = "show: only what was done to this row",
                     .only_for = {"show"}},
                    {.name = "--actor",
                     .value = "ID",
                     .help = "show: only what this account did",
                     .only_for = {"show"}},
                    database_option()},
        .examples = {{"segurifai audit close", "what is due, for example every night"},
                     {"segurifai audit verify", "everything"},
                     {"segurifai audit verify --hash 5f0c…", "and what was closed by then"},
                     {"segurifai audit show --month 2026-11 --object users_user/018f…",
                      "the history of one row"}},
        .run = run_audit};
}

}  // namespace segurifai::cli

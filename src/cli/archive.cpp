#include "ops/retention/archive.hpp"

#include <fmt/format.h>

#include <map>

#include "base/json_object.hpp"
#include "base/phone.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "model/codec.hpp"
#include "ops/retention/holds.hpp"

namespace segurifai::cli {

namespace {

using archive::ArchivedRequest;
using archive::HoldKind;

constexpr int kFoundMax = 10'000;

std::string category_of(const ArchivedRequest& request) {
    return request.category ? std::string(model::word(*request.category)) : "";
}

std::string json_line(const ArchivedRequest& request) {
    JsonObject object;
    object.text("request_number", request.request_number)
        .text("user_id", request.user_id.value.to_string())
        .text("category", category_of(request))
        .text("status", model::word(request.status))
        .text("title", request.title)
        .text("city", request.city)
        .text("created_at", request.created_at.to_string())
        .text("ended_at", request.ended_at.to_string())
        .text("archived_at", request.archived_at.to_string())
        .text("purge_at", request.purge_at.to_string())
        .text("schema_version", request.schema_version)
        .integer("row_count", request.row_count);
    if (request.provider_id)
        object.integer("provider_id", request.provider_id->value);
    else
        object.null("provider_id");
    return object.to_string();
}

Outcome<std::optional<Date>> day(const Given& given, std::string_view option) {
    const auto text = given.value(option);
    if (!text) return std::nullopt;
    const auto date = Date::parse(*text);
    if (!date)
        return wrong_use(fmt::format("{0} must be a day, for example {0} 2023-06-30.", option));
    return date;
}

Outcome<std::string> number_of(const Given& given) {
    const auto number = given.argument("NUMBER");
    if (number) return *number;
    const std::string kind = given.value("--kind").value_or("request");
    return wrong_use(fmt::format("archive {} needs {}.", given.argument("ACTION").value_or(""),
                                 kind == "request"       ? "the number of a request, as in "
                                                           "REQ-20230131-ABC123"
                                 : kind == "audit-month" ? "a month, as in 2024-03"
                                                         : "the id of the " + kind));
}

Outcome<Exit> run_search(const Given& given, const Context& context, sql::Session& session) {
    retention::Search search;
    search.number = given.value("--number");
    search.text = given.value("--text");
    search.member = given.value("--member");
    if (search.member)
        if (const auto phone = Phone::parse(*search.member)) search.member = phone->text();
    SEGURIFAI_TRY_AS(search.from, day(given, "--from"));
    SEGURIFAI_TRY_AS(search.to, day(given, "--to"));
    if (search.from && search.to && *search.to < *search.from)
        return wrong_use("--from is later than --to: no request ended between them.");
    SEGURIFAI_TRY_AS(const auto limit, given.number("--limit", 1, kFoundMax));
    if (limit) search.limit = static_cast<int>(*limit);
    const auto shown = static_cast<std::size_t>(search.limit++);  // one more tells of others
    SEGURIFAI_TRY_AS(auto found, retention::search(session, search));
    const bool are_more = found.size() > shown;
    if (are_more) found.resize(shown);
    Table table{.heads = {"number", "ended", "status", "category", "city", "title", "purged on"}};
    for (const ArchivedRequest& request : found) {
        if (given.has("--json")) {
            context.terminal.line(json_line(request));
            continue;
        }
        const auto day_of = [](Instant at) { return at.to_string().substr(0, Date::kTextSize); };
        table.rows.push_back({request.request_number, day_of(request.ended_at),
                              std::string(model::word(request.status)), category_of(request),
                              request.city, request.title, day_of(request.purge_at)});
    }
    if (given.has("--json")) return Exit::kOk;
    context.terminal.print(table);
    context.terminal.line(fmt::format("{} archived requests found{}", found.size(),
                                      are_more ? ", and there are more: see --limit" : ""));
    return Exit::kOk;
}

void print_row(const model::Record& row, Terminal& terminal) {
    const model::Table& table = row.table();
    terminal.line(terminal.paint(Colour::kBold, fmt::format("\n{}", table.name)));
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const sql::Value value = row.at(i);
        if (value.is_null()) continue;
        const std::string text = sql::to_display(value);
        if (!text.empty()) terminal.line(fmt::format("  {}: {}", table.columns[i].name, text));
    }
}

Outcome<Exit> run_show(const Given& given, const Context& context, sql::Session& session) {
    SEGURIFAI_TRY_AS(const std::string number, number_of(given));
    SEGURIFAI_TRY_AS(const auto opened, retention::open(session, context.registry, number));
    Terminal& terminal = context.terminal;
    if (given.has("--json")) {
        terminal.print(opened.text);
        return Exit::kOk;
    }
    terminal.line(
        fmt::format("{} ended {}, archived {}, purged on {}; {} rows, {} bytes, SHA-256 {}", number,
                    opened.archived.ended_at.to_string(), opened.archived.archived_at.to_string(),
                    opened.archived.purge_at.to_string(), opened.rows.size(),
                    opened.archived.text_bytes, opened.archived.text_sha256));
    for (const model::Record& row : opened.rows) print_row(row, terminal);
    for (const archive::RequestLink& link : opened.links)
        terminal.line(fmt::format("\nStays outside: {} {}", link.table_name, link.row_id));
    return Exit::kOk;
}

Outcome<Exit> run_restore(const Given& given, const Context& context, sql::Session& session) {
    SEGURIFAI_TRY_AS(const std::string number, number_of(given));
    SEGURIFAI_TRY_AS(const auto restored,
                     retention::restore(session, context.clock, context.registry, number));
    context.terminal.line(fmt::format("{} is live again: {} rows; {} rows elsewhere point at it.",
                                      number, restored.rows, restored.links));
    if (restored.parted > 0)
        context.terminal.warn(fmt::format(
            "{} optional references are empty now: what they pointed at was deleted meanwhile.",
            restored.parted));
    context.terminal.note(fmt::format(
        "The next 'segurifai retention run' archives it again, unless it is held: segurifai "
        "archive hold {} --reason …",
        number));
    return Exit::kOk;
}

/// What `NUMBER` names for a hold: a request, or with --kind something else.
Outcome<HoldKind> kind_of(const Given& given) {
    const std::string word = given.value("--kind").value_or("request");
    if (word == "member") return HoldKind::kMember;
    if (word == "provider") return HoldKind::kProvider;
    if (word == "audit-month") return HoldKind::kAuditMonth;
    return HoldKind::kRequest;
}

Outcome<Exit> run_hold(const Given& given, const Context& context, sql::Session& session) {
    SEGURIFAI_TRY_AS(const std::string object, number_of(given));
    SEGURIFAI_TRY_AS(const HoldKind kind, kind_of(given));
    const auto reason = given.value("--reason");
    if (!reason || reason->empty())
        return wrong_use("A hold needs its reason: --reason \"Court order 123/2026\".");
    SEGURIFAI_TRY(retention::place_hold(session, context.clock, kind, object, *reason));
    context.terminal.line(fmt::format("{} is held: no retention policy touches it.", object));
    return Exit::kOk;
}

Outcome<Exit> run_release(const Given& given, const Context& context, sql::Session& session) {
    SEGURIFAI_TRY_AS(const std::string object, number_of(given));
    SEGURIFAI_TRY_AS(const HoldKind kind, kind_of(given));
    SEGURIFAI_TRY(retention::release_hold(session, context.clock, kind, object));
    context.terminal.line(fmt::format("{} is held no more.", object));
    return Exit::kOk;
}

Outcome<Exit> run_holds(const Given&, const Context& context, sql::Session& session) {
    SEGURIFAI_TRY_AS(const auto holds, retention::holds(session));
    Table table{.heads = {"what", "which", "since", "reason"}};
    for (const archive::LegalHold& hold : holds)
        table.rows.push_back({std::string(model::word(hold.kind)), hold.object,
                              hold.created_at.to_string(), hold.reason});
    context.terminal.print(table);
    context.terminal.line(fmt::format("{} legal holds", holds.size()));
    return Exit::kOk;
}

struct Action {
    Outcome<Exit> (*run)(const Given&, const Context&, sql::Session&);
    bool only_looks = false;
};

const std::map<std::string, Action, std::less<>>& actions() {
    static const std::map<std::string, Action, std::less<>> kActions{
        {"search", {run_search, true}}, {"show", {run_show, true}}, {"restore", {run_restore}},
        {"hold", {run_hold}},           {"release", {run_release}}, {"holds", {run_holds, true}}};
    return kActions;
}

Outcome<Exit> run_archive(const Given& given, const Context& context) {
    const std::string name = given.argument("ACTION").value_or("");
    const auto action = actions().find(name);
    if (action == actions().end())
        return wrong_use(fmt::format(
            "There is no action '{}'; there are search, show, restore, hold, release and holds.",
            name));
    if (given.argument("NUMBER") && (name == "search" || name == "holds"))
        return wrong_use(fmt::format("'archive {}' takes no argument.", name));
    SEGURIFAI_TRY_AS(const auto session,
                     context.open(given, {.read_only = action->second.only_looks}));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    return action->second.run(given, context, *session);
}

}  // namespace

Command archive_command() {
    return {
        .name = "archive",
        .summary = "Find, show and restore archived requests; legal holds",
        .description =
            "search   lists archived requests, the newest end first\n"
            "show     prints one with every row it had\n"
            "restore  brings one back into the live tables, row by row as it was\n"
            "hold     keeps a request, all of an account or provider, or a closed month of the "
            "audit log, from every policy\n"
            "release  ends a hold\n"
            "holds    lists the holds",
        .arguments = {{.name = "ACTION",
                       .help = "search, show, restore, hold, release or holds",
                       .offer = Offer::kWords,
                       .words = {"search", "show", "restore", "hold", "release", "holds"}},
                      {.name = "NUMBER",
                       .help = "of the request; with --kind the id of an account or provider, or "
                               "a month",
                       .required = false}},
        .options =
            {{.name = "--number",
              .value = "NUMBER",
              .help = "search: this request",
              .only_for = {"search"}},
             {.name = "--text",
              .value = "TEXT",
              .help = "search: in title, description or address",
              .only_for = {"search"}},
             {.name = "--member",
              .value = "WHO",
              .help = "search: the account's id, e-mail or phone",
              .only_for = {"search"}},
             {.name = "--from",
              .value = "DATE",
              .help = "search: ended then or later",
              .only_for = {"search"}},
             {.name = "--to",
              .value = "DATE",
              .help = "search: ended then or earlier",
              .only_for = {"search"}},
             {.name = "--limit",
              .value = "N",
              .help = "search: at most so many; 100 when left out",
              .only_for = {"search"}},
             {.name = "--kind",
              .value = "KIND",
              .help = "hold, release: request, member, provider or audit-month",
              .choices = {"request", "member", "provider", "audit-month"},
              .only_for = {"hold", "release"}},
             {.name = "--reason", .value = "TEXT", .help = "hold: why", .only_for = {"hold"}},
             {.name = "--json",
              .help = "search: one JSON object a request; show: the lines of a dump",
              .only_for = {"search", "show"}},
             database_option()},
        .examples = {{"segurifai archive search --text grua --from 2023-01-01",
                      "requests about a tow truck"},
                     {"segurifai archive show REQ-20230131-ABC123", "one, whole"},
                     {"segurifai archive hold REQ-20230131-ABC123 --reason \"Court order\"",
                      "keeps it"},
                     {"segurifai archive hold 2024-03 --kind audit-month --reason \"Court\"",
                      "keeps that month of the audit log past its two years"}},
        .run = run_archive};
}

}  // namespace segurifai::cli

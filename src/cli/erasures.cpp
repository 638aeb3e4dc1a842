#include <fmt/format.h>

#include <string>

#include "apps/users/erasure_list.hpp"
#include "apps/users/erasures.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "ops/retention/holds.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {

namespace {

std::string list_of(const Settings& settings) {
    return (settings.data_dir / users::kErasuresFile).string();
}

Exit tell_unreadable(std::int64_t unreadable, const Context& context) {
    if (unreadable == 0) return Exit::kOk;
    context.terminal.warn(
        fmt::format("{} lines of {} cannot be read.", unreadable, list_of(context.settings)));
    return Exit::kFaults;
}

Outcome<Exit> run_list(sql::Session& session, const Context& context) {
    SEGURIFAI_TRY_AS(
        const std::int64_t added,
        users::list_erasures_blocking(session, context.clock, list_of(context.settings)));
    SEGURIFAI_TRY_AS(const auto list, users::read_erasures_blocking(list_of(context.settings)));
    for (const users::Erasure& erasure : list.erasures)
        context.terminal.line(fmt::format(
            "{}  {}  {}", erasure.at.to_string(), erasure.user_id.value.to_string(),
            erasure.kind == users::Erasure::Kind::kArchived ? "archived" : "key destroyed"));
    context.terminal.note(fmt::format("{} lines; {} accounts were not on the list yet.",
                                      list.erasures.size(), added));
    return tell_unreadable(list.unreadable, context);
}

Outcome<Exit> run_apply(sql::Session& session, const Context& context) {
    SystemRandom random;
    const Settings& settings = context.settings;
    SEGURIFAI_TRY_AS(const security::Secrets secrets,
                     settings.secret_key
                         ? security::secrets_from(settings.secret_key)
                         : security::load_or_make_secrets(settings.data_dir, random));
    SEGURIFAI_TRY_AS(
        const auto applied,
        users::apply_erasures_blocking(session, context.clock, random, secrets, list_of(settings)));
    context.terminal.line(
        fmt::format("{} accounts archived again, {} keys destroyed again; {} lines were done "
                    "already, {} accounts are not in this database.",
                    applied.archived, applied.destroyed, applied.done, applied.unknown));
    return tell_unreadable(applied.unreadable, context);
}

Outcome<Exit> run_forget(const Given& given, sql::Session& session, const Context& context) {
    const auto user_id = Uuid::parse(given.argument("ID").value_or(""));
    if (!user_id) return wrong_use("'erasures forget' needs the UUID of an archived account.");
    if (!given.has("--accept-data-loss"))
        return refused(
            "This destroys the key of the archived account: nobody will ever read who it was. Add "
            "--accept-data-loss to go on.");
    SEGURIFAI_TRY_AS(const bool is_held,
                     retention::is_held(session, archive::HoldKind::kMember, user_id->to_string()));
    if (is_held)
        return refused(fmt::format(
            "{} is held, and who it was has to stay: 'segurifai archive holds' says why.",
            user_id->to_string()));
    SEGURIFAI_TRY(users::destroy_key_blocking(session, context.clock, list_of(context.settings),
                                              users::UserId{*user_id}));
    context.terminal.line("The key was destroyed.");
    return Exit::kOk;
}

Outcome<Exit> run_erasures(const Given& given, const Context& context) {
    const std::string action = given.argument("ACTION").value_or("");
    if (action != "list" && action != "apply" && action != "forget")
        return wrong_use(fmt::format("'erasures' does list, apply or forget, not '{}'.", action));
    if (action != "forget" && given.argument("ID"))
        return wrong_use(fmt::format("'erasures {}' takes no ID.", action));
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    if (action == "list") return run_list(*session, context);
    if (action == "apply") return run_apply(*session, context);
    return run_forget(given, *session, context);
}

}  // namespace

Command erasures_command() {
    return {
        .name = "erasures",
        .summary = "The list of archived people, which outlives a restore",
        .description =
            "Whoever deletes an account is archived, and put on a list outside the database: "
            "archive/erasures.ndjson in the data folder.\n\n"
            "list: adds what is not on it yet, and prints it. apply: archives again, in a database "
            "that was restored to a time before, everybody on the list; run it before the server. "
            "forget: destroys the key of an archived account, so that nobody reads who it was.",
        .arguments = {{.name = "ACTION",
                       .help = "list, apply or forget",
                       .offer = Offer::kWords,
                       .words = {"list", "apply", "forget"}},
                      {.name = "ID", .help = "forget: the account", .required = false}},
        .options = {{.name = "--accept-data-loss", .help = "needed with forget"},
                    database_option()},
        .examples = {{"segurifai erasures apply", "after a restore"},
                     {"segurifai erasures list", "who is on it"}},
        .run = run_erasures};
}

}  // namespace segurifai::cli

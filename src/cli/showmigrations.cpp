#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "apps/migrations.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/migration_plan.hpp"
#include "migrate/executor.hpp"

namespace segurifai::cli {

namespace {

using AppliedById = std::map<migrate::MigrationId, migrate::AppliedMigration>;

struct Listed {
    migrate::MigrationId id;
    const migrate::Migration* migration = nullptr;       ///< nullptr: not known to this program
    const migrate::AppliedMigration* applied = nullptr;  ///< nullptr: not applied
};

/// A squashed migration that stands for applied ones, and the ones it stands for.
const migrate::AppliedMigration* applied_as(const migrate::Migration& migration,
                                            const AppliedById& applied) {
    const auto found = applied.find(migration.id);
    if (found != applied.end()) return &found->second;
    const migrate::AppliedMigration* last = nullptr;
    for (const migrate::MigrationId& part : migration.replaces) {
        const auto at = applied.find(part);
        if (at == applied.end()) return nullptr;
        last = &at->second;
    }
    return last;
}

std::string mark_of(const Listed& one) {
    if (one.migration == nullptr) return "unknown to this program";
    if (one.applied != nullptr && one.applied->id == one.id &&
        one.applied->checksum != checksum(*one.migration))
        return "changed since it was applied";
    return {};
}

/// LOSSLESS … from the state before it.
Result<std::string> safety_label(const migrate::MigrationGraph& history,
                                 const migrate::Migration& migration) {
    SEGURIFAI_TRY_AS(auto schema, history.state_after(history.ancestors(migration.id)));
    migrate::Safety worst = migrate::Safety::kLossless;
    for (const migrate::Operation& operation : migration.operations) {
        worst = std::max(worst, safety_of(operation, schema));
        SEGURIFAI_TRY(apply(schema, operation));
    }
    return std::string(label(worst));
}

std::vector<Listed> list_all(const migrate::MigrationGraph& history, const AppliedById& applied,
                             const std::string& app) {
    std::vector<migrate::MigrationId> ids;
    for (const auto& [id, one] : applied) ids.push_back(id);
    std::vector<Listed> listed;
    for (const migrate::Migration* migration : history.effective(ids))
        if (app.empty() || migration->id.app == app)
            listed.push_back({migration->id, migration, applied_as(*migration, applied)});
    for (const auto& [id, one] : applied) {
        bool replaced = false;
        for (const migrate::Migration& migration : history.in_order())
            for (const migrate::MigrationId& part : migration.replaces)
                replaced = replaced || part == id;
        if (history.find(id) == nullptr && !replaced && (app.empty() || id.app == app))
            listed.push_back({id, nullptr, &one});
    }
    return listed;
}

Outcome<AppliedById> read_applied(const Given& given, const Context& context,
                                  const migrate::MigrationGraph& history) {
    AppliedById by_id;
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    if (is_missing_file(url)) return by_id;
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SystemRandom random;
    migrate::Executor executor(*session, history, context.clock, random);
    SEGURIFAI_TRY_AS(const auto applied, executor.applied());
    for (const migrate::AppliedMigration& one : applied) by_id[one.id] = one;
    return by_id;
}

Outcome<Exit> run_showmigrations(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    const std::string app = given.argument("app").value_or("");
    SEGURIFAI_TRY_AS(const migrate::MigrationGraph history, apps::embedded_history());
    SEGURIFAI_TRY_AS(const AppliedById applied, read_applied(given, context, history));
    std::vector<Listed> listed = list_all(history, applied, app);
    if (listed.empty() && !app.empty())
        return wrong_use(fmt::format("There is no app {} with migrations.", app));
    const bool as_plan = given.has("--plan");
    if (!as_plan) std::ranges::sort(listed, {}, &Listed::id);
    std::size_t width = 0;
    for (const Listed& one : listed)
        width = std::max(width, as_plan ? one.id.to_string().size() : one.id.name.size());
    std::string heading;
    bool drifted = false;
    for (const Listed& one : listed) {
        if (!as_plan && one.id.app != heading) {
            heading = one.id.app;
            terminal.line(terminal.paint(Colour::kBold, heading));
        }
        std::string safety;
        if (one.migration != nullptr) {
            SEGURIFAI_TRY_AS(safety, safety_label(history, *one.migration));
        }
        const std::string mark = mark_of(one);
        drifted = drifted || !mark.empty();
        terminal.line(fmt::format(
            " [{}] {:<{}} {:<12} {}{}", one.applied != nullptr ? "X" : " ",
            as_plan ? one.id.to_string() : one.id.name, width, safety,
            one.applied != nullptr ? one.applied->applied_at.to_string() : std::string(),
            mark.empty() ? std::string() : "  " + terminal.paint(Colour::kRed, "! " + mark)));
    }
    return drifted ? Exit::kFaults : Exit::kOk;
}

}  // namespace

Command showmigrations_command() {
    return {.name = "showmigrations",
            .summary = "List the migrations and which of them are applied",
            .description =
                "Lists every migration by app, with [X] and the time when it was "
                "applied, and what undoing it would do to data. Marks migrations that "
                "changed since they were applied, and applied ones this program does "
                "not know; answers 1 when there are any.",
            .arguments = {{.name = "app", .help = "only this app", .required = false}},
            .options = {{.name = "--list", .help = "by app (the default)"},
                        {.name = "--plan", .help = "in the order in which they are applied"},
                        database_option()},
            .examples = {{"segurifai showmigrations", "all of them"},
                         {"segurifai showmigrations users --plan", "those of users, in order"}},
            .run = run_showmigrations};
}

}  // namespace segurifai::cli

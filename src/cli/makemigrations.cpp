#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/migration_files.hpp"
#include "migrate/autodetector.hpp"
#include "migrate/linter.hpp"
#include "migrate/state.hpp"
#include "model/registry.hpp"

namespace segurifai::cli {

namespace {

using migrate::Migration;
using migrate::MigrationGraph;

Outcome<std::set<std::string>> apps_of(const Given& given, const migrate::SchemaState& wanted,
                                       const MigrationGraph& history) {
    std::set<std::string> known;
    for (const auto& [number, table] : wanted.tables) known.insert(table.app);
    for (std::string& app : history.apps()) known.insert(std::move(app));
    std::set<std::string> apps;
    for (const std::string& app : given.all("app")) {
        if (!known.contains(app)) return wrong_use(fmt::format("There is no app {}.", app));
        apps.insert(app);
    }
    return apps;
}

/// The constant that "--fill table.column=VALUE" gives, as the column's type states it.
Result<migrate::PresetState> fill_value(const migrate::ColumnState& column, std::string_view text) {
    const auto refuse = [&] {
        return fail(Code::kInvalid, fmt::format("\"{}\" is no {}; correct --fill.", text,
                                                model::spelling(column.type, column.length,
                                                                column.precision, column.scale)));
    };
    switch (column.type) {
        case model::Type::kBoolean:
            if (text != "true" && text != "false") return refuse();
            return text == "true";
        case model::Type::kInteger:
        case model::Type::kBigInteger: {
            const auto number = parse_decimal(text, kDecimalPrecisionMax, 0);
            if (!number) return refuse();
            return *number;
        }
        case model::Type::kDecimal:
            if (!parse_decimal(text, column.precision, column.scale)) return refuse();
            return std::string(text);
        default: return std::string(text);
    }
}

Outcome<migrate::Fills> fills_of(const Given& given, const migrate::SchemaState& wanted) {
    migrate::Fills fills;
    for (const std::string& text : given.all("--fill")) {
        const std::size_t dot = text.find('.');
        const std::size_t equals = text.find('=');
        if (dot == std::string::npos || equals == std::string::npos || equals < dot)
            return wrong_use(fmt::format("--fill {} must be table.column=VALUE.", text));
        const migrate::TableState* table = wanted.find(text.substr(0, dot));
        const migrate::ColumnState* column =
            table == nullptr ? nullptr : table->find_column(text.substr(dot + 1, equals - dot - 1));
        if (column == nullptr)
            return wrong_use(fmt::format("There is no column {}.", text.substr(0, equals)));
        SEGURIFAI_TRY_AS(fills[text.substr(0, equals)],
                         fill_value(*column, std::string_view(text).substr(equals + 1)));
    }
    return fills;
}

/// What is to be written, by the mode that was asked for.
Outcome<std::vector<Migration>> migrations_to_make(const Given& given,
                                                   const MigrationGraph& history,
                                                   const migrate::SchemaState& wanted) {
    SEGURIFAI_TRY_AS(std::set<std::string> apps, apps_of(given, wanted, history));
    const std::string name = given.value("--name").value_or("");
    if (given.has("--merge") && given.has("--empty"))
        return wrong_use("Give either --merge or --empty.");
    if (given.has("--empty")) {
        if (apps.empty()) return wrong_use("Say which app: segurifai makemigrations users --empty");
        std::vector<Migration> made;
        for (const std::string& app : apps) {
            SEGURIFAI_TRY_AS(made.emplace_back(), migrate::empty_migration(history, app, name));
        }
        return made;
    }
    if (given.has("--merge")) {
        std::vector<Migration> made;
        for (const std::string& app : history.apps()) {
            if (!apps.empty() && !apps.contains(app)) continue;
            if (history.heads(app).size() < 2) continue;
            SEGURIFAI_TRY_AS(made.emplace_back(), migrate::merge_migration(history, app));
        }
        return made;
    }
    SEGURIFAI_TRY_AS(const migrate::Fills fills, fills_of(given, wanted));
    SEGURIFAI_TRY_AS(std::vector<Migration> made,
                     migrate::detect_changes(history, wanted, name, fills));
    return apps.empty() ? made : migrate::only_apps(made, apps);
}

/// Prints what a linter has to say about migrations that follow one another from `before`, from
/// the severity `least` on; true when an error is among it.
Result<bool> print_findings(migrate::SchemaState before, std::span<const Migration> migrations,
                            migrate::Severity least, Terminal& terminal) {
    bool errors = false;
    for (const Migration& migration : migrations) {
        SEGURIFAI_TRY_AS(const auto findings, migrate::lint(migration, before));
        for (const migrate::Finding& finding : findings) {
            const bool is_error = finding.severity == migrate::Severity::kError;
            errors = errors || is_error;
            if (finding.severity < least) continue;
            const std::string text = fmt::format("{} ({}): {}: {}", migration.id.to_string(),
                                                 finding.rule, finding.operation, finding.why);
            if (is_error)
                terminal.fail(text);
            else if (finding.severity == migrate::Severity::kWarning)
                terminal.warn(text);
            else
                terminal.note(text);
            for (const std::string& line : finding.instead) terminal.note("    " + line);
        }
        for (const migrate::Operation& operation : migration.operations)
            SEGURIFAI_TRY(migrate::apply(before, operation));
    }
    return errors;
}

void print_operations(const Migration& migration, Terminal& terminal) {
    terminal.line(terminal.paint(Colour::kBold, migration.id.to_string()));
    for (const migrate::Operation& operation : migration.operations)
        terminal.line("  " + migrate::describe(operation));
}

/// What the author allows goes into the new files, so that --check knows it too.
Outcome<void> allow_rules(const Given& given, std::vector<Migration>& made) {
    const auto allowed = given.all("--allow");
    const auto rules = migrate::lint_rules();
    for (const std::string& name : allowed)
        if (std::ranges::none_of(rules, [&](const auto& rule) { return rule.name == name; }))
            return wrong_use(fmt::format("The linter has no rule {}.", name));
    for (Migration& migration : made) migration.allow.assign(allowed.begin(), allowed.end());
    return {};
}

Outcome<Exit> run_makemigrations(const Given& given, const Context& context) {
    Terminal& terminal = context.terminal;
    SEGURIFAI_TRY_AS(const RecordedHistory history, recorded_history(given));
    const migrate::SchemaState wanted = migrate::state_of(context.registry.tables());
    SEGURIFAI_TRY_AS(std::vector<Migration> made, migrations_to_make(given, history.graph, wanted));
    SEGURIFAI_TRY(allow_rules(given, made));
    const bool check = given.has("--check");
    if (made.empty()) {
        terminal.line(given.has("--merge") ? "There is nothing to join." : "No changes.");
        if (!check) return Exit::kOk;
        std::vector<Migration> recorded;  // a squashed migration, and not its parts beside it
        for (const Migration* one : history.graph.effective()) recorded.push_back(*one);
        SEGURIFAI_TRY_AS(const bool left,
                         print_findings({}, recorded, migrate::Severity::kError, terminal));
        return left ? Exit::kFaults : Exit::kOk;
    }
    const bool dry_run = given.has("--dry-run");
    if (!check && !dry_run && !history.apps)
        return wrong_use("There is no source tree here to write to; give one with --source DIR.");
    for (const Migration& migration : made) {
        print_operations(migration, terminal);
        if (dry_run) {
            terminal.line();
            terminal.print(migrate::write_migration(migration));
            terminal.line();
        } else if (!check) {
            SEGURIFAI_TRY_AS(const auto path, write_file(*history.apps, migration));
            terminal.line("  written to " + path.lexically_normal().string());
        }
    }
    SEGURIFAI_TRY_AS(migrate::SchemaState recorded, history.graph.final_state());
    SEGURIFAI_TRY_AS(const bool errors,
                     print_findings(std::move(recorded), made, migrate::Severity::kNote, terminal));
    if (check)
        terminal.warn(
            "The tables have changes without a migration; 'segurifai "
            "makemigrations' writes them.");
    return check || errors ? Exit::kFaults : Exit::kOk;
}

}  // namespace

Command makemigrations_command() {
    return {
        .name = "makemigrations",
        .summary = "Write migrations for what changed in the tables",
        .description =
            "Compares the tables of the program with the recorded migrations and writes one file "
            "per app for the difference. Tables and columns are recognised by their numbers, so "
            "that a renamed one keeps its data. What a linter finds dangerous is said with the "
            "safe way beside it.\n\nWith --check nothing is written, and the answer is 1 when "
            "something is missing, or when a recorded migration has an error that its 'allow' does "
            "not name.",
        .arguments = {{.name = "app",
                       .help = "only these apps, and what they need",
                       .required = false,
                       .many = true}},
        .options = {{.name = "--name", .value = "NAME", .help = "name the migration"},
                    {.name = "--check", .help = "write nothing; answer 1 when changes are missing"},
                    {.name = "--dry-run", .help = "print the files instead of writing them"},
                    {.name = "--empty", .help = "an empty migration, to write SQL into"},
                    {.name = "--merge", .help = "join an app's several newest migrations"},
                    {.name = "--fill",
                     .value = "T.C=VALUE",
                     .help = "what existing rows get in a new required column",
                     .many = true},
                    {.name = "--allow",
                     .value = "RULE",
                     .help = "accept what this rule of the linter finds in the new migrations",
                     .many = true},
                    source_option()},
        .examples = {{"segurifai makemigrations", "whatever changed"},
                     {"segurifai makemigrations --check", "for automatic checks"},
                     {"segurifai makemigrations users --empty --name phone_prefix",
                      "a change of rows, written by hand"}},
        .run = run_makemigrations};
}

}  // namespace segurifai::cli

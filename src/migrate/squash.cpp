#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "migrate/autodetector.hpp"
#include "migrate/migration_names.hpp"

namespace segurifai::migrate {

namespace {

Result<MigrationId> single_head(const MigrationGraph& history, std::string_view app) {
    const std::vector<MigrationId> heads = history.heads(app);
    if (heads.size() == 1) return heads.front();
    if (heads.empty()) return fail(Code::kNotFound, fmt::format("App {} has no migrations.", app));
    return fail(Code::kConflict, fmt::format("App {} has more than one newest migration; join them "
                                             "with `segurifai makemigrations --merge {}`.",
                                             app, app));
}

/// What rows got when a column was made or became required, by table and column number: a
/// difference of states knows nothing of it.
using FillsByNumber = std::map<std::pair<std::uint16_t, std::uint16_t>, PresetState>;

void note_fill(const Operation& operation, const SchemaState& before, FillsByNumber& fills) {
    const auto note = [&](std::string_view table, const ColumnState& column,
                          const PresetState& fill) {
        if (!std::holds_alternative<std::monostate>(fill))
            fills[{before.find(table)->number, column.number}] = fill;
    };
    if (const auto* add = std::get_if<AddColumn>(&operation))
        note(add->table, add->column, add->fill);
    if (const auto* alter = std::get_if<AlterColumn>(&operation))
        note(alter->table, alter->column, alter->fill);
}

/// Shortens what stands between two RunSql: the operations that lead straight to the same state.
void append_reduced(const SchemaState& from, const SchemaState& to, const FillsByNumber& fills,
                    std::vector<Operation>& out) {
    SchemaState now = from;
    for (Operation& operation : difference(from, to)) {
        const auto restore = [&](std::string_view table, const ColumnState& column,
                                 PresetState& fill) {
            const auto noted = fills.find({now.find(table)->number, column.number});
            if (noted != fills.end()) fill = noted->second;
        };
        if (auto* add = std::get_if<AddColumn>(&operation))
            restore(add->table, add->column, add->fill);
        if (auto* alter = std::get_if<AlterColumn>(&operation)) {
            const ColumnState* old = now.find(alter->table)->find_column(alter->column.name);
            if (old->null && !alter->column.null) restore(alter->table, alter->column, alter->fill);
        }
        (void)migrate::apply(now, operation);  // difference() wrote down only what can be applied
        out.push_back(std::move(operation));
    }
}

Result<std::vector<Operation>> reduced(const std::vector<const Migration*>& parts,
                                       SchemaState schema) {
    std::vector<Operation> out;
    SchemaState start = schema;
    FillsByNumber fills;
    for (const Migration* part : parts)
        for (const Operation& operation : part->operations) {
            if (std::holds_alternative<RunSql>(operation)) {
                append_reduced(start, schema, std::exchange(fills, {}), out);
                start = schema;
                out.push_back(operation);
                continue;
            }
            note_fill(operation, schema, fills);
            SEGURIFAI_TRY(migrate::apply(schema, operation));
        }
    append_reduced(start, schema, fills, out);
    return out;
}

/// What the parts need of others, who must not in turn need one of the parts.
Result<std::set<MigrationId>> needed_by(const MigrationGraph& history,
                                        const std::vector<const Migration*>& parts) {
    std::set<MigrationId> own;
    for (const Migration* part : parts) own.insert(part->id);
    std::set<MigrationId> outside;
    for (const Migration* part : parts)
        for (const MigrationId& needed : part->depends) {
            if (own.contains(needed)) continue;
            for (const MigrationId& earlier : history.ancestors(needed))
                if (own.contains(earlier))
                    return fail(Code::kConflict,
                                fmt::format("{} cannot be squashed with the ones before it: it "
                                            "needs {}, which needs {}. Squash up to the migration "
                                            "before {}.",
                                            part->id.to_string(), needed.to_string(),
                                            earlier.to_string(), part->id.to_string()));
            outside.insert(needed);
        }
    return outside;
}

}  // namespace

Result<Migration> empty_migration(const MigrationGraph& history, std::string_view app,
                                  std::string_view name) {
    const std::string_view words = name.empty() ? "data" : name;
    SEGURIFAI_TRY(check_migration_words(words));
    SEGURIFAI_TRY_AS(MigrationId head, single_head(history, app));
    return Migration{.id = {.app = std::string(app),
                            .name = numbered_name(next_number(history, {}, app), words)},
                     .depends = {std::move(head)}};
}

Result<Migration> merge_migration(const MigrationGraph& history, std::string_view app) {
    std::vector<MigrationId> heads = history.heads(app);
    if (heads.size() < 2)
        return fail(
            Code::kConflict,
            fmt::format("App {} has no migrations to join: it has a single newest one.", app));
    // Two histories can only be joined when their changes fit together in one schema.
    SEGURIFAI_TRY(history.final_state());
    std::string words = "merge";
    for (const MigrationId& head : heads) words += "_" + head.name;
    return Migration{.id = {.app = std::string(app),
                            .name = numbered_name(next_number(history, {}, app), words)},
                     .depends = std::move(heads)};
}

Result<Migration> squash(const MigrationGraph& history, std::string_view app,
                         std::string_view last) {
    const MigrationId last_id{.app = std::string(app), .name = std::string(last)};
    if (history.find(last_id) == nullptr)
        return fail(Code::kNotFound, fmt::format("There is no migration {}.", last_id.to_string()));
    std::set<MigrationId> earlier{last_id};
    for (MigrationId& id : history.ancestors(last_id)) earlier.insert(std::move(id));
    std::vector<const Migration*> parts;
    for (const Migration* one : history.effective())
        if (one->id.app == app && earlier.contains(one->id)) parts.push_back(one);
    if (parts.size() < 2)
        return fail(Code::kConflict, fmt::format("There is nothing before {} to squash it with.",
                                                 last_id.to_string()));
    for (const Migration* part : parts)
        if (!part->replaces.empty())
            return fail(Code::kConflict,
                        fmt::format("{} stands for migrations that are still there; remove their "
                                    "files and its `replaces` line first.",
                                    part->id.to_string()));
    SEGURIFAI_TRY_AS(const std::set<MigrationId> outside, needed_by(history, parts));
    std::set<MigrationId> base;
    for (const MigrationId& id : outside) {
        base.insert(id);
        for (MigrationId& needed : history.ancestors(id)) base.insert(std::move(needed));
    }
    const std::vector<MigrationId> base_ids(base.begin(), base.end());
    SEGURIFAI_TRY_AS(SchemaState before, history.state_after(base_ids));
    SEGURIFAI_TRY_AS(std::vector<Operation> operations, reduced(parts, std::move(before)));

    Migration squashed{.id = {.app = std::string(app), .name = {}},
                       .depends = {outside.begin(), outside.end()},
                       .operations = std::move(operations)};
    for (const Migration* part : parts) squashed.replaces.push_back(part->id);
    std::ranges::sort(squashed.replaces);
    squashed.id.name = fmt::format("{}_squashed_{}", parts.front()->id.name.substr(0, 4), last);
    if (squashed.id.name.size() > kMigrationNameMax) squashed.id.name.resize(kMigrationNameMax);
    return squashed;
}

}  // namespace segurifai::migrate

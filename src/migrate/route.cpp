#include "migrate/route.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace segurifai::migrate {
namespace {

Result<void> check_app(const MigrationGraph& graph, const std::string& app) {
    const std::vector<std::string> apps = graph.apps();
    if (app.empty() || std::ranges::find(apps, app) != apps.end()) return {};
    return fail(Code::kNotFound, fmt::format("There is no app {} with migrations; there are {}.",
                                             app, fmt::join(apps, ", ")));
}

/// Gathers what is to be done and undone, and puts it in order.
class Route {
public:
    Route(const MigrationGraph& graph, const Standing& standing)
        : graph_(graph), standing_(standing), counting_(graph.effective(standing.done())) {}

    void all() {
        for (const Migration* migration : counting_) forwards_.insert(migration->id);
    }
    void up_to(const MigrationId& id) {
        forwards_.insert(id);
        for (const MigrationId& needed : graph_.ancestors(id)) forwards_.insert(needed);
    }
    void undo(const MigrationId& id) {
        backwards_.insert(id);
        for (const MigrationId& dependent : graph_.descendants(id)) backwards_.insert(dependent);
    }
    void undo_after(const MigrationId& id) {
        for (const MigrationId& dependent : graph_.descendants(id))
            if (dependent.app == id.app && !is_squash_of(dependent, id)) undo(dependent);
    }

    [[nodiscard]] std::vector<PlannedMigration> planned() const {
        std::vector<PlannedMigration> planned;
        for (auto at = counting_.rbegin(); at != counting_.rend(); ++at)
            if (backwards_.contains((*at)->id) && standing_.is_done((*at)->id))
                planned.push_back({.migration = *at, .direction = Direction::kBackwards});
        for (const Migration* migration : counting_)
            if (forwards_.contains(migration->id) && !standing_.is_done(migration->id))
                planned.push_back({.migration = migration});
        return planned;
    }

private:
    [[nodiscard]] bool is_squash_of(const MigrationId& squash, const MigrationId& part) const {
        const Migration* migration = graph_.find(squash);
        return migration != nullptr &&
               std::ranges::find(migration->replaces, part) != migration->replaces.end();
    }

    const MigrationGraph& graph_;
    const Standing& standing_;
    std::vector<const Migration*> counting_;
    std::set<MigrationId> forwards_;
    std::set<MigrationId> backwards_;
};

/// The worst of the operations that will really run, each looked at in its own state, which
/// `schema` is moved along. Going back is as bad as the undoing is, not as the doing was.
Result<Safety> pass(SchemaState& schema, const PlannedMigration& planned,
                    const SchemaState& before) {
    std::vector<Operation> operations = planned.migration->operations;
    if (planned.direction == Direction::kBackwards) {
        auto back = reversed(*planned.migration, before);
        if (!back && back.error().code != Code::kUnsupported)
            return std::unexpected(std::move(back).error());
        if (!back) {
            schema = before;
            return Safety::kIrreversible;
        }
        operations = *std::move(back);
    }
    Safety worst = Safety::kLossless;
    for (const Operation& operation : operations) {
        worst = std::max(worst, safety_of(operation, schema));
        SEGURIFAI_TRY(apply(schema, operation));
    }
    return worst;
}

Result<void> label_all(const MigrationGraph& graph, Standing standing,
                       std::vector<PlannedMigration>& planned) {
    if (planned.empty()) return {};
    SEGURIFAI_TRY_AS(SchemaState schema, graph.state_after(standing.done()));
    for (PlannedMigration& one : planned) {
        const bool backwards = one.direction == Direction::kBackwards;
        SchemaState before;
        standing.set(one.migration->id, !backwards);
        if (backwards) {
            for (const MigrationId& part : one.migration->replaces) standing.set(part, false);
            SEGURIFAI_TRY_AS(before, graph.state_after(standing.done()));
        }
        SEGURIFAI_TRY_AS(one.safety, pass(schema, one, before));
    }
    return {};
}

}  // namespace

Standing::Standing(const MigrationGraph& graph, const std::vector<AppliedMigration>& recorded) {
    std::set<MigrationId> rows;
    for (const AppliedMigration& one : recorded) rows.insert(one.id);
    for (const Migration& migration : graph.in_order()) {
        const bool by_parts = !migration.replaces.empty() &&
                              std::ranges::all_of(migration.replaces, [&](const MigrationId& part) {
                                  return rows.contains(part);
                              });
        if (rows.contains(migration.id)) {
            done_.insert(migration.id);
            for (const MigrationId& part : migration.replaces)
                if (graph.find(part) != nullptr) done_.insert(part);
        } else if (by_parts) {
            done_.insert(migration.id);
            unrecorded_.push_back(&migration);
        }
    }
}

void Standing::set(const MigrationId& id, bool is_done) {
    if (is_done)
        done_.insert(id);
    else
        done_.erase(id);
}

Result<const Migration*> find_migration(const MigrationGraph& graph, const Target& target) {
    SEGURIFAI_TRY(check_app(graph, target.app));
    std::vector<const Migration*> found;
    for (const Migration& migration : graph.in_order()) {
        if (migration.id.app != target.app) continue;
        if (migration.id.name == target.name) return &migration;
        if (migration.id.name.starts_with(target.name)) found.push_back(&migration);
    }
    if (found.size() == 1) return found.front();
    if (found.empty())
        return fail(Code::kNotFound,
                    fmt::format("App {} has no migration {}; 'segurifai showmigrations {}' lists "
                                "them.",
                                target.app, target.name, target.app));
    std::vector<std::string> names;
    for (const Migration* migration : found) names.push_back(migration->id.name);
    return fail(Code::kConflict, fmt::format("'{}' could be any of {}; give more of the name.",
                                             target.name, fmt::join(names, ", ")));
}

Result<std::vector<PlannedMigration>> route_to(const MigrationGraph& graph,
                                               const Standing& standing, const Target& target) {
    SEGURIFAI_TRY(graph.check_single_heads());
    SEGURIFAI_TRY(check_app(graph, target.app));
    Route route(graph, standing);
    if (target.app.empty()) {
        route.all();
    } else if (target.name.empty()) {
        for (const MigrationId& head : graph.heads(target.app)) route.up_to(head);
    } else if (target.name == "zero") {
        for (const Migration& migration : graph.in_order())
            if (migration.id.app == target.app) route.undo(migration.id);
    } else {
        SEGURIFAI_TRY_AS(const Migration* named, find_migration(graph, target));
        if (standing.is_done(named->id))
            route.undo_after(named->id);
        else
            route.up_to(named->id);
    }
    std::vector<PlannedMigration> planned = route.planned();
    SEGURIFAI_TRY(label_all(graph, standing, planned));
    return planned;
}

Result<std::vector<Operation>> reversed(const Migration& migration, const SchemaState& before) {
    std::vector<SchemaState> states{before};
    for (const Operation& operation : migration.operations) {
        states.push_back(states.back());
        SEGURIFAI_TRY(apply(states.back(), operation));
    }
    std::vector<Operation> back;
    for (std::size_t i = migration.operations.size(); i-- > 0;) {
        SEGURIFAI_TRY_AS(const auto undone, reverse(migration.operations[i], states[i]));
        back.insert(back.end(), undone.begin(), undone.end());
    }
    return back;
}

}  // namespace segurifai::migrate

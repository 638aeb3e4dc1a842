#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "migrate/migration.hpp"

namespace segurifai::migrate {

namespace {

using Edges = std::vector<std::vector<std::size_t>>;

void connect(Edges& before, Edges& after, std::size_t first, std::size_t then) {
    before[then].push_back(first);
    after[first].push_back(then);
}

/// Positions in an order where everything stands after what it needs; the one with the smallest
/// (app, name) first where there is a choice. Shorter than the input when there is a circle.
std::vector<std::size_t> topological(const std::vector<Migration>& migrations, const Edges& before,
                                     const Edges& after) {
    const auto by_id = [&](std::size_t a, std::size_t b) {
        return migrations[a].id < migrations[b].id;
    };
    std::set<std::size_t, decltype(by_id)> ready(by_id);
    std::vector<std::size_t> waits_for(migrations.size());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        waits_for[i] = before[i].size();
        if (waits_for[i] == 0) ready.insert(i);
    }
    std::vector<std::size_t> order;
    while (!ready.empty()) {
        const std::size_t next = *ready.begin();
        ready.erase(ready.begin());
        order.push_back(next);
        for (const std::size_t follower : after[next])
            if (--waits_for[follower] == 0) ready.insert(follower);
    }
    return order;
}

/// The members of one circle, found by walking back from one that never became ready.
std::string circle_text(const std::vector<Migration>& migrations, const Edges& before,
                        const std::vector<std::size_t>& order) {
    const std::set<std::size_t> placed(order.begin(), order.end());
    std::size_t at = 0;
    while (placed.contains(at)) ++at;
    std::vector<std::size_t> path;
    while (std::ranges::find(path, at) == path.end()) {
        path.push_back(at);
        at = *std::ranges::find_if(before[at], [&](std::size_t p) { return !placed.contains(p); });
    }
    std::vector<std::string> names;
    for (auto i = std::ranges::find(path, at); i != path.end(); ++i)
        names.push_back(migrations[*i].id.to_string());
    names.push_back(migrations[at].id.to_string());
    return fmt::format("{}", fmt::join(names, " needs "));
}

}  // namespace

Result<MigrationGraph> MigrationGraph::make(std::vector<Migration> migrations) {
    MigrationGraph graph;
    SEGURIFAI_TRY(graph.put_in_order(std::move(migrations)));
    return graph;
}

Result<void> MigrationGraph::put_in_order(std::vector<Migration> migrations) {
    Error error{.code = Code::kConflict, .message = "The migrations do not fit together."};
    const auto fault = [&](const MigrationId& id, std::string text) {
        error.faults.push_back({.path = id.to_string(), .message = std::move(text)});
    };
    std::map<MigrationId, std::size_t> index;
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        if (!index.emplace(migrations[i].id, i).second)
            fault(migrations[i].id, "there are two migrations of this name");
        for (const MigrationId& part : migrations[i].replaces)
            if (!squash_of_.emplace(part, migrations[i].id).second)
                fault(migrations[i].id,
                      fmt::format("{} is already replaced by {}", part.to_string(),
                                  squash_of_.at(part).to_string()));
    }
    for (const Migration& migration : migrations)
        if (!migration.replaces.empty() && squash_of_.contains(migration.id))
            fault(migration.id, "a squashed migration cannot be squashed while it has `replaces`");

    Edges before(migrations.size());
    Edges after(migrations.size());
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        const auto own_squash = squash_of_.find(migrations[i].id);
        for (const MigrationId& needed : migrations[i].depends) {
            const auto found = index.find(needed);
            const auto squash = squash_of_.find(needed);
            if (found != index.end()) connect(before, after, found->second, i);
            // A part's squash stands in for it, but not for the parts of the same squash.
            const bool stands_in =
                squash != squash_of_.end() &&
                (own_squash == squash_of_.end() || own_squash->second != squash->second);
            if (stands_in) connect(before, after, index.at(squash->second), i);
            if (found == index.end() && squash == squash_of_.end())
                fault(migrations[i].id,
                      fmt::format("depends on {}, which is not there", needed.to_string()));
        }
        for (const MigrationId& part : migrations[i].replaces)
            if (const auto found = index.find(part); found != index.end())
                connect(before, after, found->second, i);
    }
    if (!error.faults.empty()) return std::unexpected(std::move(error));

    const std::vector<std::size_t> order = topological(migrations, before, after);
    if (order.size() != migrations.size())
        return fail(Code::kConflict, "The migrations depend on each other in a circle: " +
                                         circle_text(migrations, before, order) + ".");
    std::vector<std::size_t> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
    before_.resize(order.size());
    after_.resize(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        for (const std::size_t needed : before[order[i]]) before_[i].push_back(place[needed]);
        for (const std::size_t follower : after[order[i]]) after_[i].push_back(place[follower]);
        position_.emplace(migrations[order[i]].id, i);
        ordered_.push_back(std::move(migrations[order[i]]));
    }
    return {};
}

const Migration* MigrationGraph::find(const MigrationId& id) const noexcept {
    const auto found = position_.find(id);
    return found == position_.end() ? nullptr : &ordered_[found->second];
}

std::vector<std::string> MigrationGraph::apps() const {
    std::set<std::string> apps;
    for (const Migration& migration : ordered_) apps.insert(migration.id.app);
    return {apps.begin(), apps.end()};
}

std::vector<const Migration*> MigrationGraph::effective(
    std::span<const MigrationId> applied) const {
    const std::set<MigrationId> done(applied.begin(), applied.end());
    std::set<MigrationId> left_out;
    for (const Migration& migration : ordered_) {
        if (migration.replaces.empty()) continue;
        const auto parts = std::ranges::count_if(
            migration.replaces, [&](const MigrationId& part) { return done.contains(part); });
        const bool partly =
            parts != 0 && static_cast<std::size_t>(parts) != migration.replaces.size();
        if (partly && !done.contains(migration.id))
            left_out.insert(migration.id);
        else
            left_out.insert(migration.replaces.begin(), migration.replaces.end());
    }
    std::vector<const Migration*> counting;
    for (const Migration& migration : ordered_)
        if (!left_out.contains(migration.id)) counting.push_back(&migration);
    return counting;
}

std::vector<MigrationId> MigrationGraph::heads(std::string_view app) const {
    std::vector<const Migration*> of_app = effective();
    std::erase_if(of_app, [&](const Migration* one) { return one->id.app != app; });
    std::set<MigrationId> needed;
    for (const Migration* migration : of_app)
        for (const MigrationId& id : migration->depends) {
            const auto squash = squash_of_.find(id);
            needed.insert(squash == squash_of_.end() ? id : squash->second);
        }
    std::vector<MigrationId> heads;
    for (const Migration* migration : of_app)
        if (!needed.contains(migration->id)) heads.push_back(migration->id);
    std::ranges::sort(heads);
    return heads;
}

Result<void> MigrationGraph::check_single_heads() const {
    Error error{.code = Code::kConflict,
                .message =
                    "Some apps have more than one newest migration; join them with "
                    "`segurifai makemigrations --merge`."};
    for (const std::string& app : apps()) {
        const std::vector<MigrationId> of_app = heads(app);
        if (of_app.size() < 2) continue;
        std::vector<std::string> names;
        for (const MigrationId& id : of_app) names.push_back(id.name);
        error.faults.push_back({.path = app, .message = fmt::format("{}", fmt::join(names, ", "))});
    }
    if (error.faults.empty()) return {};
    return std::unexpected(std::move(error));
}

std::vector<MigrationId> MigrationGraph::reachable(const MigrationId& id,
                                                   const Edges& edges) const {
    const auto start = position_.find(id);
    if (start == position_.end()) return {};
    std::set<std::size_t> seen;
    std::vector<std::size_t> open{start->second};
    while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const std::size_t next : edges[at])
            if (seen.insert(next).second) open.push_back(next);
    }
    std::vector<MigrationId> ids;
    for (const std::size_t at : seen) ids.push_back(ordered_[at].id);
    return ids;
}

std::vector<MigrationId> MigrationGraph::ancestors(const MigrationId& id) const {
    return reachable(id, before_);
}

std::vector<MigrationId> MigrationGraph::descendants(const MigrationId& id) const {
    return reachable(id, after_);
}

Result<SchemaState> MigrationGraph::state_after(std::span<const MigrationId> applied) const {
    const std::set<MigrationId> done(applied.begin(), applied.end());
    SchemaState schema;
    for (const Migration& migration : ordered_) {
        if (!done.contains(migration.id)) continue;
        if (std::ranges::any_of(migration.replaces,
                                [&](const MigrationId& part) { return done.contains(part); }))
            continue;
        for (const Operation& operation : migration.operations)
            if (auto applied_one = apply(schema, operation); !applied_one) {
                Error error = std::move(applied_one).error();
                error.message = fmt::format("Migration {} cannot {}: {}", migration.id.to_string(),
                                            describe(operation), error.message);
                return std::unexpected(std::move(error));
            }
    }
    return schema;
}

Result<SchemaState> MigrationGraph::final_state() const {
    std::vector<MigrationId> ids;
    for (const Migration* migration : effective()) ids.push_back(migration->id);
    return state_after(ids);
}

Result<MigrationGraph> read_history(std::span<const MigrationSource> sources) {
    std::vector<Migration> migrations;
    Error error{.code = Code::kInvalid,
                .message = "Some migration files cannot be read; correct them."};
    for (const MigrationSource& source : sources) {
        auto migration = parse_migration(source);
        if (migration) {
            migrations.push_back(std::move(*migration));
            continue;
        }
        for (Fault& fault : migration.error().faults)
            error.faults.push_back(
                {.path = fmt::format("{}.{} {}", source.app, source.name, fault.path),
                 .message = std::move(fault.message)});
    }
    if (!error.faults.empty()) return std::unexpected(std::move(error));
    return MigrationGraph::make(std::move(migrations));
}

}  // namespace segurifai::migrate

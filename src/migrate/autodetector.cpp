#include "migrate/autodetector.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "migrate/migration_names.hpp"
#include "migrate/touches.hpp"

namespace segurifai::migrate {

namespace {

/// Gives every column that existing rows have no value for its fill, or says that one is missing.
Result<void> settle_fills(std::vector<Operation>& operations, SchemaState before,
                          const Fills& fills) {
    Error error{.code = Code::kInvalid,
                .message = "Existing rows would have no value in a column that requires one."};
    const auto settle = [&](std::string_view table, const ColumnState& column, PresetState& fill) {
        const std::string path = fmt::format("{}.{}", table, column.name);
        if (const auto given = fills.find(path); given != fills.end())
            fill = given->second;
        else if (std::holds_alternative<std::monostate>(column.preset))
            error.faults.push_back(
                {.path = path,
                 .message = "give it a default, let it be null, or say what existing rows get "
                            "with --fill " +
                            path + "=VALUE"});
    };
    for (Operation& operation : operations) {
        if (auto* add = std::get_if<AddColumn>(&operation)) {
            if (!add->column.null) settle(add->table, add->column, add->fill);
        } else if (auto* alter = std::get_if<AlterColumn>(&operation)) {
            const ColumnState* old = before.find(alter->table)->find_column(alter->column.name);
            if (old->null && !alter->column.null) settle(alter->table, alter->column, alter->fill);
        }
        SEGURIFAI_TRY(migrate::apply(before, operation));
    }
    if (error.faults.empty()) return {};
    return std::unexpected(std::move(error));
}

/// What no operation can do, said in the words of whoever changed the description.
void name_impossible(const TableState& from, const TableState& to, std::vector<Fault>& faults) {
    const auto fault = [&](std::string text) {
        faults.push_back({.path = to.name, .message = std::move(text)});
    };
    if (from.primary_key().number != to.primary_key().number ||
        from.primary_key().identity != to.primary_key().identity)
        fault("its primary key cannot become another one; describe a new table with a new number");
    else if (from.partition_by != to.partition_by)
        fault("how it is partitioned cannot change; describe a new table with a new number");
    else
        fault("the change cannot be carried out; check its names, keys and references");
}

Result<void> check_complete(const SchemaState& from, const std::vector<Operation>& operations,
                            const SchemaState& wanted) {
    SchemaState reached = from;
    for (const Operation& operation : operations) SEGURIFAI_TRY(migrate::apply(reached, operation));
    if (reached == wanted) return {};
    Error error{.code = Code::kInvalid, .message = "A change of the tables has no migration."};
    for (const auto& [number, table] : wanted.tables) {
        const auto now = reached.tables.find(number);
        if (now == reached.tables.end())
            error.faults.push_back(
                {.path = table.name,
                 .message = "it cannot be made; check its names and references"});
        else if (now->second != table)
            name_impossible(now->second, table, error.faults);
    }
    for (const auto& [number, table] : reached.tables)
        if (!wanted.tables.contains(number))
            error.faults.push_back({.path = table.name, .message = "it cannot be dropped"});
    return std::unexpected(std::move(error));
}

/// One operation of a change, and which earlier ones it needs.
struct Change {
    Operation operation;
    Touches touches;
    std::vector<std::size_t> needs;
};

std::vector<Change> changes_of(std::vector<Operation> operations, SchemaState before) {
    std::vector<Change> changes;
    std::map<std::string, std::vector<std::size_t>> readers;
    std::map<std::string, std::vector<std::size_t>> writers;
    for (std::size_t i = 0; i < operations.size(); ++i) {
        Change change{.operation = std::move(operations[i]), .touches = {}, .needs = {}};
        change.touches = touches(change.operation, before);
        const auto need = [&](const std::vector<std::size_t>& earlier) {
            change.needs.insert(change.needs.end(), earlier.begin(), earlier.end());
        };
        for (const std::string& thing : change.touches.reads) need(writers[thing]);
        for (const std::string& thing : change.touches.writes) {
            need(writers[thing]);
            need(readers[thing]);
        }
        for (const std::string& thing : change.touches.reads) readers[thing].push_back(i);
        for (const std::string& thing : change.touches.writes) writers[thing].push_back(i);
        if (!migrate::apply(before, change.operation))
            break;  // settle_fills() replayed all of them
        changes.push_back(std::move(change));
    }
    return changes;
}

/// Deals the changes out to migrations, one app at a time, each as large as what it needs allows.
class Deal {
public:
    Deal(const MigrationGraph& history, const HistoryOfTouches& touched,
         std::vector<Change> changes, std::string_view name)
        : history_(history),
          touched_(touched),
          changes_(std::move(changes)),
          name_(name),
          dealt_to_(changes_.size()) {}

    std::vector<Migration> migrations() {
        while (true) {
            const std::vector<std::size_t> batch = next_batch();
            if (batch.empty()) return std::move(made_);
            deal(batch);
        }
    }

private:
    struct Offer {
        std::vector<std::size_t> ready;
        std::size_t tables_left = 0;  ///< new tables that would have to wait
        std::size_t left = 0;
    };

    Offer offer_of(const std::string& app) const {
        Offer offer;
        std::vector<bool> in_batch(changes_.size());
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            const Change& change = changes_[i];
            if (dealt_to_[i] || change.touches.app != app) continue;
            const bool ready = std::ranges::all_of(change.needs, [&](std::size_t needed) {
                return dealt_to_[needed].has_value() || in_batch[needed];
            });
            if (ready) {
                in_batch[i] = true;
                offer.ready.push_back(i);
            } else {
                ++offer.left;
                if (std::holds_alternative<CreateTable>(change.operation)) ++offer.tables_left;
            }
        }
        return offer;
    }

    using Waiting = std::map<std::string, std::set<std::string>>;

    /// For each app with changes left, the other apps whose changes those wait for.
    Waiting waiting() const {
        Waiting waits_for;
        for (std::size_t i = 0; i < changes_.size(); ++i) {
            if (dealt_to_[i]) continue;
            const std::string& app = changes_[i].touches.app;
            std::set<std::string>& others = waits_for[app];
            for (const std::size_t needed : changes_[i].needs)
                if (!dealt_to_[needed] && changes_[needed].touches.app != app)
                    others.insert(changes_[needed].touches.app);
        }
        return waits_for;
    }

    static bool waits_for_itself(const std::string& app, const Waiting& waits_for) {
        std::set<std::string> seen;
        std::vector<std::string> open{app};
        while (!open.empty()) {
            const std::string at = std::move(open.back());
            open.pop_back();
            for (const std::string& other : waits_for.at(at)) {
                if (other == app) return true;
                if (seen.insert(other).second) open.push_back(other);
            }
        }
        return false;
    }

    /// Of an app that can be done whole; where there is none, of one of a circle of apps: the one
    /// that leaves the fewest tables waiting.
    std::vector<std::size_t> next_batch() const {
        const Waiting waits_for = waiting();
        std::optional<Offer> best;
        for (const auto& [app, others] : waits_for) {
            Offer offer = offer_of(app);
            if (offer.ready.empty()) continue;
            if (offer.left > 0 && !waits_for_itself(app, waits_for)) continue;
            if (!best ||
                std::pair(offer.tables_left, offer.left) < std::pair(best->tables_left, best->left))
                best = std::move(offer);
        }
        return best ? best->ready : std::vector<std::size_t>{};
    }

    void deal(const std::vector<std::size_t>& batch) {
        const std::string& app = changes_[batch.front()].touches.app;
        Migration migration{.id = {.app = app, .name = {}}};
        std::set<MigrationId> depends;
        const auto previous = std::ranges::find(made_.rbegin(), made_.rend(), app,
                                                [](const Migration& m) { return m.id.app; });
        if (previous != made_.rend())
            depends.insert(previous->id);
        else
            add_heads(app, depends);
        for (const std::size_t i : batch) {
            for (const std::size_t needed : changes_[i].needs)
                if (dealt_to_[needed]) depends.insert(made_[*dealt_to_[needed]].id);
            for (const std::string& other : touched_.before(changes_[i].touches))
                if (other != app) add_heads(other, depends);
        }
        for (const std::size_t i : batch) {
            migration.operations.push_back(changes_[i].operation);
            dealt_to_[i] = made_.size();
        }
        const int number = next_number(history_, made_, app);
        migration.id.name = name_.empty() ? generated_name(number, app, migration.operations)
                                          : numbered_name(number, name_);
        migration.depends.assign(depends.begin(), depends.end());
        made_.push_back(std::move(migration));
    }

    void add_heads(std::string_view app, std::set<MigrationId>& depends) const {
        for (MigrationId& head : history_.heads(app)) depends.insert(std::move(head));
    }

    const MigrationGraph& history_;
    const HistoryOfTouches& touched_;
    std::vector<Change> changes_;
    std::string_view name_;
    std::vector<std::optional<std::size_t>> dealt_to_;  ///< by change: which of made_
    std::vector<Migration> made_;
};

}  // namespace

Result<std::vector<Migration>> detect_changes(const MigrationGraph& history,
                                              const SchemaState& wanted, std::string_view name,
                                              const Fills& fills) {
    SEGURIFAI_TRY(history.check_single_heads());
    if (!name.empty()) SEGURIFAI_TRY(check_migration_words(name));
    SEGURIFAI_TRY_AS(const SchemaState recorded, history.final_state());
    std::vector<Operation> operations = difference(recorded, wanted);
    SEGURIFAI_TRY(check_complete(recorded, operations, wanted));
    SEGURIFAI_TRY(settle_fills(operations, recorded, fills));
    if (operations.empty()) return std::vector<Migration>{};
    SEGURIFAI_TRY_AS(const HistoryOfTouches touched, history_of_touches(history));
    std::vector<Migration> made =
        Deal(history, touched, changes_of(std::move(operations), recorded), name).migrations();

    // Dealt out and put in order anew, they must still lead to what is wanted.
    std::vector<Migration> all(history.in_order().begin(), history.in_order().end());
    all.insert(all.end(), made.begin(), made.end());
    SEGURIFAI_TRY_AS(const MigrationGraph graph, MigrationGraph::make(std::move(all)));
    SEGURIFAI_TRY_AS(const SchemaState reached, graph.final_state());
    if (reached != wanted)
        return fail(Code::kInternal,
                    "The generated migrations do not lead to the described tables.");
    return made;
}

std::vector<Migration> only_apps(const std::vector<Migration>& migrations,
                                 const std::set<std::string>& apps) {
    std::set<MigrationId> wanted;
    for (auto migration = migrations.rbegin(); migration != migrations.rend(); ++migration)
        if (apps.contains(migration->id.app) || wanted.contains(migration->id)) {
            wanted.insert(migration->id);
            wanted.insert(migration->depends.begin(), migration->depends.end());
        }
    std::vector<Migration> kept;
    std::ranges::copy_if(migrations, std::back_inserter(kept),
                         [&](const Migration& one) { return wanted.contains(one.id); });
    return kept;
}

}  // namespace segurifai::migrate

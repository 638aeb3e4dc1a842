#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "migrate/autodetector.hpp"
#include "migrate/identifiers.hpp"

namespace segurifai::migrate {

namespace {

/// `table` as it would be after all renames that lead to `to`: what is compared then differs by
/// more than names. Columns that are gone keep their names.
TableState in_new_names(TableState table, const TableState& to) {
    Renames renames;
    for (ColumnState& column : table.columns)
        if (const ColumnState* kept = to.find_column(column.number);
            kept != nullptr && kept->name != column.name) {
            renames.emplace(column.name, kept->name);
            column.name = kept->name;
        }
    for (IndexState& index : table.indexes) {
        for (std::string& column : index.columns)
            if (const auto rename = renames.find(column); rename != renames.end())
                column = rename->second;
        index.where = renamed(index.where, renames);
    }
    for (CheckState& check : table.checks) check.expression = renamed(check.expression, renames);
    return table;
}

bool same_but_name(const IndexState& a, const IndexState& b) {
    return a.columns == b.columns && a.unique == b.unique && a.where == b.where;
}

/// Walks from one schema to another. Every operation is applied to `now_` when it is written
/// down, so each step is decided by what is really there at that moment.
class Walk {
public:
    Walk(const SchemaState& from, const SchemaState& to) : now_(from), to_(to) {}

    std::vector<Operation> operations() {
        drop_checks_and_indexes();
        drop_columns();
        drop_tables();
        rename_tables();
        rename_columns();
        rename_indexes();
        create_tables();
        add_columns();
        alter_columns();
        add_checks_and_indexes();
        return std::move(done_);
    }

private:
    /// Writes an operation down when it can be carried out. One that cannot (a primary key that
    /// changes) leaves a difference, which whoever replays the operations finds.
    void take(Operation operation) {
        if (migrate::apply(now_, operation)) done_.push_back(std::move(operation));
    }

    /// Calls `visit(now, to)` with copies of what is there, for every table on both sides.
    template <class Visit>
    void for_each_kept(Visit visit) {
        for (const auto& [number, to] : to_.tables)
            if (const auto now = now_.tables.find(number); now != now_.tables.end())
                visit(TableState(now->second), to);
    }

    void drop_checks_and_indexes() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            const TableState goal = in_new_names(now, to);
            for (const CheckState& check : goal.checks)
                if (std::ranges::find(to.checks, check) == to.checks.end())
                    take(DropCheck{now.name, check.name});
            const auto renames = index_renames(goal, to);
            for (const IndexState& index : goal.indexes)
                if (std::ranges::find(to.indexes, index) == to.indexes.end() &&
                    !renames.contains(index.name))
                    take(DropIndex{now.name, index.name});
        });
    }

    /// Old name → new name of the indexes that stay the same but for the name.
    static Renames index_renames(const TableState& goal, const TableState& to) {
        Renames renames;
        std::set<std::string_view> used;
        for (const IndexState& index : goal.indexes) {
            if (std::ranges::find(to.indexes, index) != to.indexes.end()) continue;
            for (const IndexState& wanted : to.indexes) {
                const bool kept = std::ranges::find(goal.indexes, wanted) != goal.indexes.end();
                if (kept || !same_but_name(index, wanted) || !used.insert(wanted.name).second)
                    continue;
                renames.emplace(index.name, wanted.name);
                break;
            }
        }
        return renames;
    }

    void drop_columns() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const ColumnState& column : now.columns) {
                const ColumnState* kept = to.find_column(column.number);
                if (kept == nullptr) {
                    free_of_indexes(now, column.name);
                    take(DropColumn{now.name, column.name});
                } else if (column.references && points_at_dropped(column)) {
                    ColumnState unbound = column;
                    unbound.references.reset();
                    take(AlterColumn{now.name, std::move(unbound)});
                }
            }
        });
    }

    /// A check or predicate may name a column that goes without changing otherwise: a new column
    /// takes the name. It is dropped with the old one and made again for the new one.
    void free_of_indexes(const TableState& table, std::string_view column) {
        const TableState now = now_.tables.at(table.number);
        for (const IndexState& index : now.indexes)
            if (std::ranges::find(index.columns, column) != index.columns.end() ||
                mentions(index.where, column))
                take(DropIndex{now.name, index.name});
        for (const CheckState& check : now.checks)
            if (mentions(check.expression, column)) take(DropCheck{now.name, check.name});
    }

    bool points_at_dropped(const ColumnState& column) const {
        const TableState* parent = now_.find(column.references->table);
        return parent != nullptr && !to_.tables.contains(parent->number);
    }

    void drop_tables() {
        SchemaState dropped;
        for (const auto& [number, table] : now_.tables)
            if (!to_.tables.contains(number)) dropped.tables.emplace(number, table);
        std::vector<std::uint16_t> order = in_foreign_key_order(dropped);
        std::ranges::reverse(order);
        unbind_circles(dropped, order);
        for (const std::uint16_t number : order) take(DropTable{now_.tables.at(number).name});
    }

    /// Tables that point at each other: keys to a table that goes first are removed.
    void unbind_circles(const SchemaState& dropped, const std::vector<std::uint16_t>& order) {
        std::set<std::string_view> gone;
        for (const std::uint16_t number : order) {
            const TableState& table = dropped.tables.at(number);
            for (const ColumnState& column : table.columns)
                if (column.references && gone.contains(column.references->table)) {
                    ColumnState unbound = column;
                    unbound.references.reset();
                    take(AlterColumn{table.name, std::move(unbound)});
                }
            gone.insert(table.name);
        }
    }

    bool is_taken(std::string_view name) const {
        return std::ranges::any_of(now_.tables, [&](const auto& entry) {
            return entry.second.name == name || entry.second.find_index(name) != nullptr;
        });
    }

    /// A name nobody has or wants, for something that must get out of another's way.
    std::string aside(std::string_view what, unsigned number) const {
        std::string name = fmt::format("aside_{}_{}", what, number);
        while (is_taken(name)) name += '_';
        return name;
    }

    /// Frees a table or index name whose present owner will get another one.
    void make_way(const std::string& name) {
        const SchemaState before = now_;
        for (const auto& [number, table] : before.tables) {
            if (table.name == name) take(RenameTable{name, aside("table", number), table.app});
            if (table.find_index(name) != nullptr)
                take(RenameIndex{table.name, name, aside("index", number)});
        }
    }

    void rename_tables() {
        // Renames that are free go first, so that a chain (a → b → c) needs nothing set aside.
        bool stuck = false;
        while (true) {
            bool moved = false;
            bool waiting = false;
            for_each_kept([&](const TableState& now, const TableState& to) {
                if (now.name == to.name && now.app == to.app) return;
                if (now.name != to.name && is_taken(to.name)) {
                    waiting = true;
                    if (!stuck || moved) return;
                    make_way(to.name);
                }
                take(RenameTable{now_.tables.at(now.number).name, to.name, to.app});
                moved = true;
            });
            if (!waiting) return;
            if (!moved && stuck) return;
            stuck = !moved;
        }
    }

    void rename_columns() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            std::vector<std::pair<std::uint16_t, std::string>> open;
            for (const ColumnState& column : to.columns)
                if (const ColumnState* old = now.find_column(column.number);
                    old != nullptr && old->name != column.name)
                    open.emplace_back(column.number, column.name);
            while (!open.empty()) {
                const TableState& table = now_.tables.at(now.number);
                auto next = std::ranges::find_if(open, [&](const auto& rename) {
                    return table.find_column(rename.second) == nullptr;
                });
                if (next == open.end()) {  // a circle: one steps aside
                    const ColumnState* blocking = table.find_column(open.front().second);
                    take(RenameColumn{table.name, blocking->name,
                                      aside("column", blocking->number)});
                    continue;
                }
                take(RenameColumn{table.name, table.find_column(next->first)->name, next->second});
                open.erase(next);
            }
        });
    }

    void rename_indexes() {
        struct Open {
            std::uint16_t table;
            std::string from, to;
        };
        std::vector<Open> open;
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const auto& [from, wanted] : index_renames(now, to))
                open.push_back({now.number, from, wanted});
        });
        while (!open.empty()) {
            auto next = std::ranges::find_if(
                open, [&](const Open& rename) { return !is_taken(rename.to); });
            if (next == open.end()) {
                next = open.begin();
                const auto blocking = std::ranges::find(open, next->to, &Open::from);
                if (blocking == open.end()) return;  // taken for good: add_…() reports by replay
                const std::string free = aside("index", blocking->table);
                take(RenameIndex{now_.tables.at(blocking->table).name, blocking->from, free});
                blocking->from = free;
                continue;
            }
            take(RenameIndex{now_.tables.at(next->table).name, next->from, next->to});
            open.erase(next);
        }
    }

    void create_tables() {
        for (const std::uint16_t number : in_foreign_key_order(to_)) {
            if (now_.tables.contains(number)) continue;
            TableState table = to_.tables.at(number);
            for (ColumnState& column : table.columns)  // a circle of new tables: keys come later
                if (column.references && column.references->table != table.name &&
                    now_.find(column.references->table) == nullptr)
                    column.references.reset();
            take(CreateTable{std::move(table)});
        }
    }

    void add_columns() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const ColumnState& column : to.columns)
                if (now.find_column(column.number) == nullptr) take(AddColumn{now.name, column});
        });
    }

    void alter_columns() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const ColumnState& column : to.columns) {
                const ColumnState* old = now.find_column(column.number);
                if (old == nullptr || *old == column) continue;
                const bool turns_required = old->null && !column.null;
                take(AlterColumn{now.name, column, turns_required ? column.preset : PresetState{}});
            }
        });
    }

    void add_checks_and_indexes() {
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const CheckState& check : now.checks)
                if (std::ranges::find(to.checks, check) == to.checks.end())
                    take(DropCheck{now.name, check.name});
            for (const IndexState& index : now.indexes)
                if (std::ranges::find(to.indexes, index) == to.indexes.end())
                    take(DropIndex{now.name, index.name});
        });
        for_each_kept([&](const TableState& now, const TableState& to) {
            for (const CheckState& check : to.checks)
                if (now.find_check(check.name) == nullptr) take(AddCheck{now.name, check});
            for (const IndexState& index : to.indexes)
                if (now.find_index(index.name) == nullptr) take(AddIndex{now.name, index});
        });
    }

    SchemaState now_;
    const SchemaState& to_;
    std::vector<Operation> done_;
};

}  // namespace

std::vector<Operation> difference(const SchemaState& from, const SchemaState& to) {
    if (from == to) return {};
    return Walk(from, to).operations();
}

}  // namespace segurifai::migrate

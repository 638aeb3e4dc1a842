#include "docs/arrangement.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <string_view>

#include "docs/diagram.hpp"

namespace segurifai::docs {

using namespace metrics;

Graph::Graph(std::span<const model::Table* const> tables) {
    std::map<std::string_view, int> position;
    std::map<std::string_view, int> app_number;
    for (const model::Table* table : tables) {
        position[table->name] = static_cast<int>(position.size());
        const auto number = static_cast<int>(app_number.size());
        app_number.try_emplace(table->app, number);
    }
    apps = static_cast<int>(app_number.size());
    nodes.resize(tables.size());
    for (std::size_t i = 0; i < tables.size(); ++i) {
        Node& node = nodes[i];
        node.app = app_number[tables[i]->app];
        node.rows = static_cast<int>(tables[i]->columns.size());
        for (std::size_t row = 0; row < tables[i]->columns.size(); ++row) {
            const model::Column& column = tables[i]->columns[row];
            if (column.primary_key) node.key_row = static_cast<int>(row);
            const auto found = position.find(column.references);
            if (column.references.empty() || found == position.end()) continue;
            const int parent = found->second;
            node.keys.push_back({parent, static_cast<int>(row)});
            if (parent == static_cast<int>(i) ||
                std::ranges::find(node.parents, parent) != node.parents.end())
                continue;
            node.parents.push_back(parent);
            nodes[static_cast<std::size_t>(parent)].children.push_back(static_cast<int>(i));
        }
    }
}

namespace {

std::size_t at(int index) noexcept {
    return static_cast<std::size_t>(index);
}

int box_height(const Graph::Node& node) noexcept {
    return kHead + node.rows * kRow + kFoot;
}

/// A panel or a lane of one column.
struct Item {
    int rank = 0;
    bool lane = false;
    int number = 0;  ///< the app, or the parent
};

std::vector<Item> items_of(const Graph& graph, const Arrangement& arrangement, int column) {
    std::vector<Item> items;
    std::vector<bool> has_app(at(graph.apps), false);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        if (arrangement.column[i] == column) has_app[at(graph.nodes[i].app)] = true;
        // A lane where a parent stands further left, and a child further right.
        if (arrangement.column[i] >= column) continue;
        const bool passes = std::ranges::any_of(graph.nodes[i].children, [&](int child) {
            return arrangement.column[at(child)] > column;
        });
        if (passes)
            items.push_back({arrangement.lane_rank[at(column)][i], true, static_cast<int>(i)});
    }
    for (int app = 0; app < graph.apps; ++app)
        if (has_app[at(app)])
            items.push_back({arrangement.panel_rank[at(column)][at(app)], false, app});
    std::ranges::sort(
        items, {}, [](const Item& item) { return std::tuple(item.rank, item.lane, item.number); });
    return items;
}

/// Lays one panel's tables from `y` down; returns where it ends.
int place_panel(const Graph& graph, const Arrangement& arrangement, int column, int app, int y,
                Placement& placement) {
    std::vector<int> members;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        if (arrangement.column[i] == column && graph.nodes[i].app == app)
            members.push_back(static_cast<int>(i));
    std::ranges::sort(members, {},
                      [&](int i) { return std::pair(arrangement.table_rank[at(i)], i); });
    const int top = y;
    y += kPanelHead;
    for (const int member : members) {
        if (member != members.front()) y += kRow;
        placement.y[at(member)] = y;
        y += box_height(graph.nodes[at(member)]);
    }
    y += kPanelPad;
    placement.panels.push_back({column, app, top, y - top});
    return y;
}

constexpr int kColumnsMax = 12;

}  // namespace

Placement place(const Graph& graph, const Arrangement& arrangement) {
    Placement placement;
    placement.columns = std::ranges::max(arrangement.column) + 1;
    placement.y.assign(graph.nodes.size(), 0);
    placement.lane_y.assign(at(placement.columns), std::vector<int>(graph.nodes.size(), -1));
    std::vector<int> heights(at(placement.columns), 0);
    for (int column = 0; column < placement.columns; ++column) {
        int y = 0;
        bool after_panel = false;
        for (const Item& item : items_of(graph, arrangement, column)) {
            if (item.lane) {
                placement.lane_y[at(column)][at(item.number)] = y + kRow / 2;
                y += kRow;
            } else {
                if (after_panel) y += kRow;
                y = place_panel(graph, arrangement, column, item.number, y, placement);
            }
            after_panel = !item.lane;
        }
        heights[at(column)] = y;
    }
    placement.height = std::ranges::max(heights) + kRow;
    // Columns are centred on a grid, each shifted by a third of a line against its neighbours, so
    // that no two horizontal wires of one gutter lie on each other.
    std::vector<int> shift(at(placement.columns));
    for (int column = 0; column < placement.columns; ++column)
        shift[at(column)] =
            (placement.height - heights[at(column)]) / 2 / kRow * kRow + column % 3 * (kRow / 3);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i)
        placement.y[i] += shift[at(arrangement.column[i])];
    for (auto& panel : placement.panels) panel.y += shift[at(panel.column)];
    for (int column = 0; column < placement.columns; ++column)
        for (int& lane : placement.lane_y[at(column)])
            if (lane >= 0) lane += shift[at(column)];
    return placement;
}

int GutterNet::top() const noexcept {
    int y = left.empty() ? right.front() : left.front();
    for (const int end : left) y = std::min(y, end);
    for (const int end : right) y = std::min(y, end);
    return y;
}
int GutterNet::bottom() const noexcept {
    int y = left.empty() ? right.front() : left.front();
    for (const int end : left) y = std::max(y, end);
    for (const int end : right) y = std::max(y, end);
    return y;
}

std::vector<GutterNet> gutter_nets(const Graph& graph, const Arrangement& arrangement,
                                   const Placement& placement, int column) {
    const auto row_y = [&](int node, int row) {
        return placement.y[at(node)] + kHead + row * kRow + kRow / 2;
    };
    std::vector<GutterNet> nets;
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
        const int own = arrangement.column[i];
        if (own > column) continue;
        GutterNet net{.parent = static_cast<int>(i)};
        for (const int child : graph.nodes[i].children)
            if (arrangement.column[at(child)] == column + 1)
                for (const auto& key : graph.nodes[at(child)].keys)
                    if (key.parent == net.parent) net.right.push_back(row_y(child, key.row));
        if (column + 1 < placement.columns && placement.lane_y[at(column + 1)][i] >= 0)
            net.right.push_back(placement.lane_y[at(column + 1)][i]);
        if (own == column)  // keys to the own table leave and come back on the right side
            for (const auto& key : graph.nodes[i].keys)
                if (key.parent == net.parent) net.left.push_back(row_y(net.parent, key.row));
        if (net.right.empty() && net.left.empty()) continue;
        net.left.push_back(own == column ? row_y(net.parent, graph.nodes[i].key_row)
                                         : placement.lane_y[at(column)][i]);
        nets.push_back(std::move(net));
    }
    return nets;
}

namespace {

/// How bad an arrangement looks: lower is better.
std::int64_t cost_of(const Graph& graph, const Arrangement& arrangement) {
    const Placement placement = place(graph, arrangement);
    std::int64_t cost = std::int64_t{25} * placement.height + 220 * std::ssize(placement.panels) +
                        std::int64_t{900} * placement.columns;
    for (int column = 0; column < placement.columns; ++column) {
        const auto nets = gutter_nets(graph, arrangement, placement, column);
        for (const GutterNet& net : nets) {
            cost += net.bottom() - net.top() + 60;
            for (const GutterNet& other : nets) {
                if (other.parent == net.parent) continue;
                const auto crosses = [&](int y) { return y > net.top() && y < net.bottom(); };
                cost += 35 * (std::ranges::count_if(other.left, crosses) +
                              std::ranges::count_if(other.right, crosses));
            }
        }
    }
    return cost;
}

/// Parents left of children, as far left as they may stand.
std::vector<int> earliest_columns(const Graph& graph) {
    std::vector<int> column(graph.nodes.size(), 0);
    for (std::size_t pass = 0; pass < graph.nodes.size(); ++pass)
        for (std::size_t i = 0; i < graph.nodes.size(); ++i)
            for (const int parent : graph.nodes[i].parents)
                column[i] = std::min(std::max(column[i], column[at(parent)] + 1), kColumnsMax - 1);
    return column;
}

/// One small change; false when the chosen one is not allowed.
bool change(const Graph& graph, Arrangement& arrangement, std::mt19937& random, int columns) {
    const auto pick = [&](std::size_t size) { return random() % size; };
    const std::size_t node = pick(graph.nodes.size());
    switch (pick(4)) {
        case 0: {  // another column within what its parents and children leave
            int low = 0;
            int high = columns - 1;
            for (const int p : graph.nodes[node].parents)
                low = std::max(low, arrangement.column[at(p)] + 1);
            for (const int c : graph.nodes[node].children)
                high = std::min(high, arrangement.column[at(c)] - 1);
            if (low >= high) return false;
            arrangement.column[node] = low + static_cast<int>(pick(at(high - low + 1)));
            return true;
        }
        case 1: {
            arrangement.table_rank[node] = static_cast<int>(pick(64));
            return true;
        }
        case 2: {
            auto& ranks = arrangement.panel_rank[at(arrangement.column[node])];
            ranks[at(graph.nodes[node].app)] = static_cast<int>(pick(64));
            return true;
        }
        default: {
            arrangement.lane_rank[pick(at(columns))][node] = static_cast<int>(pick(64));
            return true;
        }
    }
}

}  // namespace

Arrangement arrange(const Graph& graph, int rounds) {
    Arrangement best{.column = earliest_columns(graph),
                     .table_rank = std::vector<int>(graph.nodes.size(), 32)};
    const int columns = std::ranges::max(best.column) + 1;
    best.panel_rank.assign(at(columns), std::vector<int>(at(graph.apps), 32));
    best.lane_rank.assign(at(columns), std::vector<int>(graph.nodes.size(), 32));
    Arrangement present = best;
    std::int64_t best_cost = cost_of(graph, best);
    std::int64_t present_cost = best_cost;
    std::mt19937 random(20260203);
    for (int round = 0; round < rounds; ++round) {
        Arrangement next = present;
        if (!change(graph, next, random, columns)) continue;
        const std::int64_t cost = cost_of(graph, next);
        // A slightly worse step is taken early on, so that the search does not stick.
        const std::int64_t patience = 900 - std::int64_t{1000} * round / rounds;
        if (cost > present_cost + std::max<std::int64_t>(patience, 0)) continue;
        present = std::move(next);
        present_cost = cost;
        if (cost < best_cost) {
            best = present;
            best_cost = cost;
        }
    }
    return best;
}

}  // namespace segurifai::docs

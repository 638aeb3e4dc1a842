#include <algorithm>
#include <map>
#include <string_view>

#include "docs/arrangement.hpp"
#include "docs/diagram.hpp"

namespace segurifai::docs {

using namespace metrics;

namespace {

std::size_t at(int index) noexcept {
    return static_cast<std::size_t>(index);
}

int box_width(const model::Table& table) {
    int width = text_width(table.name) + 28;
    for (const model::Column& column : table.columns)
        width = std::max(
            width, kBadge + text_width(column.name) + 22 + text_width(type_words(column)) + 12);
    return width;
}

/// How often the wires of a gutter cross when they use tracks in this order, left to right.
int crossings(const std::vector<GutterNet>& order) {
    int count = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            // i runs left of j: i's right ends pass j's track, j's left ends pass i's track.
            for (const int y : order[i].right)
                if (y >= order[j].top() && y <= order[j].bottom()) ++count;
            for (const int y : order[j].left)
                if (y >= order[i].top() && y <= order[i].bottom()) ++count;
        }
    return count;
}

/// Neighbours change places for as long as that spares a crossing.
void order_tracks(std::vector<GutterNet>& nets) {
    for (bool better = true; better;) {
        better = false;
        for (std::size_t i = 0; i < nets.size(); ++i)
            for (std::size_t j = i + 1; j < nets.size(); ++j) {
                const int before = crossings(nets);
                std::swap(nets[i], nets[j]);
                if (crossings(nets) < before) {
                    better = true;
                } else {
                    std::swap(nets[i], nets[j]);
                }
            }
    }
}

/// Turns an arrangement into coordinates.
class Layout {
public:
    Layout(std::span<const model::Table* const> tables, int rounds)
        : tables_(tables),
          graph_(tables),
          arrangement_(arrange(graph_, rounds)),
          placement_(place(graph_, arrangement_)) {}

    Diagram make() {
        name_apps();
        set_columns();
        set_boxes();
        for (std::size_t child = 0; child < graph_.nodes.size(); ++child)
            for (const auto& key : graph_.nodes[child].keys) add_wire(child, key);
        return std::move(diagram_);
    }

private:
    void name_apps() {
        for (const model::Table* table : tables_)
            if (std::ranges::find(diagram_.apps, table->app) == diagram_.apps.end())
                diagram_.apps.emplace_back(table->app);
    }

    /// Widths of columns and gutters, from left to right.
    void set_columns() {
        widths_.assign(at(placement_.columns), 0);
        for (std::size_t i = 0; i < tables_.size(); ++i) {
            int& width = widths_[at(arrangement_.column[i])];
            width = std::max(width, box_width(*tables_[i]));
        }
        int x = kMargin;
        for (int column = 0; column < placement_.columns; ++column) {
            left_.push_back(x + kPanelPad);
            x += widths_[at(column)] + 2 * kPanelPad;
            auto nets = gutter_nets(graph_, arrangement_, placement_, column);
            order_tracks(nets);
            tracks_.emplace_back();
            for (const GutterNet& net : nets) {
                const auto number = static_cast<int>(tracks_.back().size());
                tracks_.back()[net.parent] = x + kEnd + number * kTrack;
            }
            const auto count = static_cast<int>(nets.size());
            if (count > 0) x += 2 * kEnd + (count - 1) * kTrack;
        }
        diagram_.width = x + kMargin;
        diagram_.height = kTop + placement_.height + kMargin;
    }

    void set_boxes() {
        for (std::size_t i = 0; i < tables_.size(); ++i) {
            const int column = arrangement_.column[i];
            diagram_.boxes.push_back({.table = tables_[i],
                                      .x = left_[at(column)],
                                      .y = placement_.y[i] + kTop,
                                      .width = widths_[at(column)],
                                      .height = kHead + graph_.nodes[i].rows * kRow + kFoot,
                                      .column = column});
        }
        for (const auto& panel : placement_.panels)
            diagram_.panels.push_back({.app = diagram_.apps[at(panel.app)],
                                       .x = left_[at(panel.column)] - kPanelPad,
                                       .y = panel.y + kTop,
                                       .width = widths_[at(panel.column)] + 2 * kPanelPad,
                                       .height = panel.height});
    }

    void add_wire(std::size_t child, const Graph::Node::Key& key) {
        const Box& from = diagram_.boxes[child];
        const Box& to = diagram_.boxes[at(key.parent)];
        Wire wire{.child = child,
                  .parent = at(key.parent),
                  .column = &tables_[child]->columns[at(key.row)]};
        int y = from.row_y(at(key.row));
        const int goal = to.row_y(at(graph_.nodes[at(key.parent)].key_row));
        int column = from.column - 1;
        if (child == at(key.parent)) {
            wire.points.push_back({from.x + from.width, y});
            column = from.column;
        } else {
            wire.points.push_back({from.x, y});
        }
        for (; column >= to.column; --column) {
            const int x = tracks_[at(column)].at(key.parent);
            const int next =
                column == to.column ? goal : placement_.lane_y[at(column)][at(key.parent)] + kTop;
            wire.points.push_back({x, y});
            if (next != y) wire.points.push_back({x, next});
            y = next;
        }
        wire.points.push_back({to.x + to.width, goal});
        diagram_.wires.push_back(std::move(wire));
    }

    std::span<const model::Table* const> tables_;
    Graph graph_;
    Arrangement arrangement_;
    Placement placement_;
    std::vector<int> widths_;
    std::vector<int> left_;                   ///< of each column's boxes
    std::vector<std::map<int, int>> tracks_;  ///< per gutter: parent → x
    Diagram diagram_;
};

}  // namespace

int Box::row_y(std::size_t row) const noexcept {
    return y + kHead + static_cast<int>(row) * kRow + kRow / 2;
}

int text_width(std::string_view text) noexcept {
    // 0.615 em is a little more than DejaVu Sans Mono, the widest of the fonts asked for.
    return static_cast<int>(text.size()) * kFont * 615 / 1000 + 1;
}

std::string type_words(const model::Column& column) {
    return column.type_spelling() + (column.null ? "?" : "");
}

Diagram layout_diagram(std::span<const model::Table* const> tables, int rounds) {
    if (tables.empty()) return {.width = 2 * kMargin, .height = kTop + kMargin};
    return Layout(tables, rounds).make();
}

}  // namespace segurifai::docs

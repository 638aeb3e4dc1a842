#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/table.hpp"

namespace segurifai::docs {

/// What the arranging sees of the tables: indexes instead of names.
struct Graph {
    struct Node {
        int app = 0;
        int rows = 0;
        std::vector<int> parents;  ///< without itself
        std::vector<int> children;
        /// Lines of the keys: to whom, and in which line.
        struct Key {
            int parent = 0;
            int row = 0;
        };
        std::vector<Key> keys;
        int key_row = 0;  ///< the primary key's own line
    };
    std::vector<Node> nodes;
    int apps = 0;

    explicit Graph(std::span<const model::Table* const> tables);
};

/// Where tables and lanes stand: columns from left to right, in each an order from top to bottom.
struct Arrangement {
    std::vector<int> column;                   ///< of each table
    std::vector<int> table_rank;               ///< order within its app's panel
    std::vector<std::vector<int>> panel_rank;  ///< [column][app]
    std::vector<std::vector<int>> lane_rank;   ///< [column][parent table]
};

/// An arrangement's heights.
struct Placement {
    std::vector<int> y;                    ///< top of each table's box
    std::vector<std::vector<int>> lane_y;  ///< [column][parent]; -1 = no lane there
    struct PanelPlace {
        int column = 0, app = 0, y = 0, height = 0;
    };
    std::vector<PanelPlace> panels;
    int columns = 0;
    int height = 0;
};

[[nodiscard]] Placement place(const Graph& graph, const Arrangement& arrangement);

/// The ends of a parent's wire in one gutter: heights on its left and right side.
struct GutterNet {
    int parent = 0;
    std::vector<int> left;
    std::vector<int> right;

    [[nodiscard]] int top() const noexcept;
    [[nodiscard]] int bottom() const noexcept;
};
/// The wires of the gutter right of `column`.
[[nodiscard]] std::vector<GutterNet> gutter_nets(const Graph& graph, const Arrangement& arrangement,
                                                 const Placement& placement, int column);

/// Looks for short wires, few crossings and columns of like height, by thousands of small changes
/// in a fixed pseudo-random order: `rounds` of them.
[[nodiscard]] Arrangement arrange(const Graph& graph, int rounds);

}  // namespace segurifai::docs

#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/table.hpp"

namespace segurifai::docs {

// The entity-relationship diagram as geometry, in pixels, y downwards. Tables stand in columns:
// a parent always left of its children. All keys to one parent share one wire, which runs through
// the gutters between the columns and through lanes between the boxes, never through a box.

struct Point {
    int x = 0;
    int y = 0;
    friend auto operator<=>(const Point&, const Point&) = default;
};

struct Box {
    const model::Table* table = nullptr;
    int x = 0, y = 0, width = 0, height = 0;
    int column = 0;

    /// The middle of a table column's line.
    [[nodiscard]] int row_y(std::size_t row) const noexcept;
};

/// The tinted ground behind the tables of one app in one column.
struct Panel {
    std::string app;
    int x = 0, y = 0, width = 0, height = 0;
};

/// One foreign key: from the edge of the child's line to the edge of the parent's key.
struct Wire {
    std::size_t child = 0;  ///< positions in Diagram::boxes
    std::size_t parent = 0;
    const model::Column* column = nullptr;
    std::vector<Point> points;  ///< corners, child first; horizontal and vertical in turn
};

struct Diagram {
    std::vector<std::string> apps;  ///< in order of their colours
    std::vector<Box> boxes;
    std::vector<Panel> panels;
    std::vector<Wire> wires;
    int width = 0;
    int height = 0;
};

namespace metrics {
inline constexpr int kRow = 18;   ///< a line of a box; everything vertical is a multiple
inline constexpr int kHead = 27;  ///< a box's title
inline constexpr int kFoot = 9;
inline constexpr int kPanelHead = 27;
inline constexpr int kPanelPad = 9;
inline constexpr int kFont = 12;   ///< monospaced
inline constexpr int kBadge = 24;  ///< room for "PK", "FK" before a name
inline constexpr int kEnd = 22;    ///< room for a crow's foot before the first track
inline constexpr int kTrack = 11;  ///< distance of wires in a gutter
inline constexpr int kMargin = 36;
inline constexpr int kTop = 112;  ///< room for the title and the legend
}  // namespace metrics

/// The width of monospaced text at kFont, never less than what common fonts need.
[[nodiscard]] int text_width(std::string_view text) noexcept;

/// What stands right in a box's line: the type, with "?" when the column may be NULL.
[[nodiscard]] std::string type_words(const model::Column& column);

/// How long the arrangement is searched for: half a second for 21 tables.
inline constexpr int kLayoutRounds = 120'000;

/// Arranges and wires the tables. The same tables and rounds give the same diagram.
[[nodiscard]] Diagram layout_diagram(std::span<const model::Table* const> tables,
                                     int rounds = kLayoutRounds);

/// Draws it as one SVG document.
[[nodiscard]] std::string draw_diagram(const Diagram& diagram);

}  // namespace segurifai::docs

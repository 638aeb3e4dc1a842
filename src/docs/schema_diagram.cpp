#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string>

#include "docs/diagram.hpp"
#include "docs/schema.hpp"

namespace segurifai::docs {

using namespace metrics;

namespace {

struct Palette {
    std::string_view strong;  ///< titles and wires: at least 4.5 : 1 on white
    std::string_view tint;    ///< panels
};
constexpr std::array<Palette, 10> kPalettes{{{"#1d4f91", "#e8effa"},
                                             {"#0b6e5f", "#e2f4f0"},
                                             {"#a14a00", "#fcefe2"},
                                             {"#9b1c31", "#fbe8eb"},
                                             {"#5b3a9e", "#efeafa"},
                                             {"#4d6600", "#f0f4df"},
                                             {"#8a1f74", "#fae7f6"},
                                             {"#006a85", "#e1f3f8"},
                                             {"#6b4f1d", "#f6efdf"},
                                             {"#44505c", "#ebeef1"}}};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += c;
        }
    }
    return out;
}

/// Writes one diagram as SVG text.
class Drawing {
public:
    explicit Drawing(const Diagram& diagram) : diagram_(diagram) {
        for (std::size_t i = 0; i < diagram.apps.size(); ++i)
            palettes_[diagram.apps[i]] = kPalettes[i % kPalettes.size()];
    }

    std::string draw() {
        open();
        for (const Panel& panel : diagram_.panels) draw_panel(panel);
        for (std::size_t parent = 0; parent < diagram_.boxes.size(); ++parent) draw_net(parent);
        for (const Box& box : diagram_.boxes) draw_box(box);
        for (const Wire& wire : diagram_.wires) draw_ends(wire);
        out_ += "</svg>\n";
        return std::move(out_);
    }

private:
    template <class... Args>
    void add(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    }

    [[nodiscard]] const Palette& palette(std::string_view app) const {
        return palettes_.find(app)->second;
    }

    void open() {
        std::size_t columns = 0;
        for (const Box& box : diagram_.boxes) columns += box.table->columns.size();
        const int width = std::max(diagram_.width, kTitleWidth);
        add("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
            "viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"title\">\n",
            width, diagram_.height);
        out_ +=
            "<title id=\"title\">Segurifai: tables and their relationships</title>\n<style>\n"
            "text{font-family:'DejaVu Sans Mono','Menlo','Consolas','Liberation Mono',monospace;"
            "font-size:12px;fill:#1b2430}\n"
            ".h1{font-family:'DejaVu Sans','Segoe UI','Helvetica Neue',Arial,sans-serif;"
            "font-size:24px;font-weight:700}\n"
            ".note{font-family:'DejaVu Sans','Segoe UI','Helvetica Neue',Arial,sans-serif;"
            "font-size:12px;fill:#4a5563}\n"
            ".app{font-family:'DejaVu Sans','Segoe UI','Helvetica Neue',Arial,sans-serif;"
            "font-size:12px;font-weight:700;letter-spacing:.4px}\n"
            ".name{font-weight:700;fill:#fff}\n.key{font-weight:700}\n.type{fill:#5a6675}\n"
            ".badge{font-size:9px;font-weight:700}\n"
            ".wire{fill:none;stroke-width:1.6;stroke-linejoin:round}\n"
            ".optional{stroke-dasharray:4 3}\n"
            ".halo{fill:none;stroke:#fff;stroke-width:5}\n"
            "</style>\n";
        add("<rect width=\"{}\" height=\"{}\" fill=\"#fff\"/>\n", width, diagram_.height);
        add("<text class=\"h1\" x=\"{}\" y=\"46\">Segurifai: tables and their relationships"
            "</text>\n",
            kMargin);
        add("<text class=\"note\" x=\"{}\" y=\"68\">{} tables, {} columns, {} foreign keys in {} "
            "apps</text>\n",
            kMargin, diagram_.boxes.size(), columns, diagram_.wires.size(), diagram_.apps.size());
        draw_legend();
    }

    /// The signs, each with its meaning, in one line of fixed places.
    void draw_legend() {
        const int y = 92;
        int x = kMargin;
        const auto word = [&](std::string_view text, int room) {
            add("<text class=\"note\" x=\"{}\" y=\"{}\">{}</text>\n", x, y + 4, escaped(text));
            x += room;
        };
        const auto badge = [&](std::string_view text, std::string_view means, int room) {
            add("<text class=\"badge\" x=\"{}\" y=\"{}\" fill=\"#1b2430\">{}</text>\n", x, y + 4,
                text);
            x += 22;
            word(means, room);
        };
        badge("PK", "primary key", 100);
        badge("FK", "foreign key", 100);
        badge("UQ", "unique", 70);
        add("<text x=\"{}\" y=\"{}\">?</text>\n", x, y + 4);
        x += 14;
        word("may be NULL", 110);
        add("<path class=\"wire\" stroke=\"#44505c\" d=\"M{0} {1}h50\"/>\n", x, y);
        foot(x + 50, y, 1, "#44505c", false);
        x += 62;
        word("required key, many to one", 190);
        add("<path class=\"wire optional\" stroke=\"#44505c\" d=\"M{0} {1}h50\"/>\n", x, y);
        foot(x + 50, y, 1, "#44505c", false);
        x += 62;
        word("optional key, many to one or none", 240);
        add("<path class=\"wire\" stroke=\"#44505c\" d=\"M{0} {1}h50\"/>\n", x, y);
        foot(x + 50, y, 1, "#44505c", true);
        x += 62;
        word("unique key, at most one to one", 0);
    }

    void draw_panel(const Panel& panel) {
        const Palette& colours = palette(panel.app);
        add("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"{}\"/>\n", panel.x,
            panel.y, panel.width, panel.height, colours.tint);
        add("<text class=\"app\" x=\"{}\" y=\"{}\" style=\"fill:{}\">{}</text>\n",
            panel.x + kPanelPad + 2, panel.y + 18, colours.strong, escaped(panel.app));
    }

    static bool shows_unique(const model::Column& column) noexcept {
        return column.unique && !column.primary_key && column.references.empty();
    }

    void draw_box(const Box& box) {
        const Palette& colours = palette(box.table->app);
        add("<g><title>{}</title>\n", escaped(box.table->help));
        add("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"#fff\" "
            "stroke=\"{}\"/>\n",
            box.x, box.y, box.width, box.height, colours.strong);
        add("<path d=\"M{0} {1}v-{2}a5 5 0 0 1 5 -5h{3}a5 5 0 0 1 5 5v{2}z\" fill=\"{4}\"/>\n",
            box.x, box.y + kHead - 4, kHead - 9, box.width - 10, colours.strong);
        add("<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>\n", box.x + 12, box.y + 16,
            escaped(box.table->name));
        for (std::size_t row = 0; row < box.table->columns.size(); ++row)
            draw_row(box, row, colours);
        out_ += "</g>\n";
    }

    void draw_row(const Box& box, std::size_t row, const Palette& colours) {
        const model::Column& column = box.table->columns[row];
        const int baseline = box.row_y(row) + 4;
        const std::string_view badge = column.primary_key           ? "PK"
                                       : !column.references.empty() ? "FK"
                                       : shows_unique(column)       ? "UQ"
                                                                    : "";
        if (!badge.empty())
            add("<text class=\"badge\" x=\"{}\" y=\"{}\" style=\"fill:{}\">{}</text>\n", box.x + 7,
                baseline - 1, colours.strong, badge);
        add("<text{} x=\"{}\" y=\"{}\">{}</text>", column.primary_key ? " class=\"key\"" : "",
            box.x + kBadge, baseline, escaped(column.name));
        add("<text class=\"type\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>\n",
            box.x + box.width - 10, baseline, escaped(type_words(column)));
    }

    /// All keys to one parent: a white ground first, so that other wires pass under it visibly.
    void draw_net(std::size_t parent) {
        std::set<std::pair<Point, Point>> trunk;
        std::string stubs;
        std::map<Point, int> meets;
        const std::string_view colour = palette(diagram_.boxes[parent].table->app).strong;
        std::string ground;
        for (const Wire& wire : diagram_.wires) {
            if (wire.parent != parent) continue;
            const auto& points = wire.points;
            for (std::size_t i = 1; i + 1 < points.size(); ++i)
                trunk.insert(std::minmax(points[i], points[i + 1]));
            ++meets[points[1]];
            const std::string stub =
                fmt::format("M{} {}H{}", points[0].x, points[0].y, points[1].x);
            ground += stub;
            fmt::format_to(std::back_inserter(stubs),
                           "<path class=\"wire{}\" stroke=\"{}\" d=\"{}\"/>\n",
                           wire.column->null ? " optional" : "", colour, stub);
        }
        if (stubs.empty()) return;
        std::string path;
        for (const auto& [from, to] : trunk)
            fmt::format_to(std::back_inserter(path), "M{} {}L{} {}", from.x, from.y, to.x, to.y);
        add("<path class=\"halo\" d=\"{}{}\"/>\n", ground, path);
        add("<path class=\"wire\" stroke=\"{}\" stroke-linecap=\"round\" d=\"{}\"/>\n{}", colour,
            path, stubs);
        draw_joints(trunk, meets, colour);
    }

    /// A dot where wires of one parent join, so that a joint is no crossing.
    void draw_joints(const std::set<std::pair<Point, Point>>& trunk,
                     const std::map<Point, int>& stubs, std::string_view colour) {
        std::map<int, std::pair<int, int>> spans;  // x of a track → its ends
        std::set<Point> ends;
        for (const auto& [from, to] : trunk) {
            ends.insert(from);
            ends.insert(to);
            if (from.x != to.x) continue;
            const auto [span, fresh] = spans.try_emplace(from.x, from.y, to.y);
            if (fresh) continue;
            span->second.first = std::min(span->second.first, from.y);
            span->second.second = std::max(span->second.second, to.y);
        }
        for (const auto& [point, count] : stubs) ends.insert(point);
        for (const Point& point : ends) {
            const auto span = spans.find(point.x);
            if (span == spans.end() || point.y <= span->second.first ||
                point.y >= span->second.second)
                continue;
            add("<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>\n", point.x, point.y, colour);
        }
    }

    /// The sign at a box's edge. `way` is 1 when the box stands right of the wire.
    void foot(int x, int y, int way, std::string_view colour, bool single) {
        const int back = x - way * 10;
        if (single) {
            add("<path class=\"wire\" stroke=\"{0}\" d=\"M{1} {2}v10\"/>\n", colour, x - way * 6,
                y - 5);
        } else {
            add("<path class=\"wire\" stroke=\"{0}\" d=\"M{1} {2}L{3} {4}M{1} {2}L{3} {5}\"/>\n",
                colour, back, y, x, y - 5, y + 5);
        }
        add("<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"#fff\" stroke=\"{}\" "
            "stroke-width=\"1.4\"/>\n",
            x - way * 13, y, colour);
    }

    void draw_ends(const Wire& wire) {
        const std::string_view colour = palette(diagram_.boxes[wire.parent].table->app).strong;
        const Point child = wire.points.front();
        const int way = wire.points[1].x < child.x ? 1 : -1;
        foot(child.x, child.y, way, colour, wire.column->unique);
        const Point parent = wire.points.back();
        add("<path class=\"wire\" stroke=\"{}\" d=\"M{} {}v10\"/>\n", colour, parent.x + 6,
            parent.y - 5);
    }

    static constexpr int kTitleWidth = 1150;  ///< what the legend needs

    const Diagram& diagram_;
    std::map<std::string, Palette, std::less<>> palettes_;
    std::string out_;
};

}  // namespace

std::string draw_diagram(const Diagram& diagram) {
    return Drawing(diagram).draw();
}

std::string schema_svg(std::span<const model::Table* const> tables) {
    return draw_diagram(layout_diagram(tables));
}

}  // namespace segurifai::docs

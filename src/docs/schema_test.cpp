#include "docs/schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "docs/diagram.hpp"

namespace segurifai::docs {
namespace {

using model::Column;
using model::Table;

constexpr int kRounds = 300;  // the rules hold for every arrangement, a good one or not

/// Made-up tables that live as long as the object.
class MadeUp {
public:
    Table& table(std::string app, std::string name, std::size_t columns) {
        std::vector<Column>& list = columns_.emplace_back();
        list.push_back({.number = 1,
                        .name = "id",
                        .type = model::Type::kBigInteger,
                        .primary_key = true,
                        .identity = true,
                        .personal = model::Personal::kNone,
                        .retention = model::Retention::kTable});
        while (list.size() < columns) {
            const std::string& own = word("column_" + std::to_string(list.size()));
            list.push_back({.number = static_cast<std::uint16_t>(list.size() + 1),
                            .name = own,
                            .type = model::Type::kVarchar,
                            .length = 40,
                            .personal = model::Personal::kNone,
                            .retention = model::Retention::kTable});
        }
        Table& table = tables_.emplace_back();
        table.number = static_cast<std::uint16_t>(tables_.size());
        table.app = word(std::move(app));
        table.name = word(std::move(name));
        table.retention = model::Retention::kReferenceData;
        table.help = "Rows <of> \"this\" & that | there.";
        table.columns = list;
        pointers_.push_back(&table);
        return table;
    }

    /// Turns the column of that position into a foreign key.
    void key(const Table& table, std::size_t column, const Table& parent, bool null = false) {
        Column& changed = columns_[static_cast<std::size_t>(table.number - 1)][column];
        changed.references = parent.name;
        changed.null = null;
    }
    Column& column(const Table& table, std::size_t column) {
        return columns_[static_cast<std::size_t>(table.number - 1)][column];
    }

    [[nodiscard]] std::span<const Table* const> all() const { return pointers_; }

private:
    const std::string& word(std::string text) { return words_.emplace_back(std::move(text)); }

    std::deque<std::string> words_;
    std::deque<std::vector<Column>> columns_;
    std::deque<Table> tables_;
    std::vector<const Table*> pointers_;
};

MadeUp random_tables(std::uint32_t seed) {
    std::mt19937 random(seed);
    MadeUp made;
    std::vector<Table*> tables;
    const std::size_t count = 1 + random() % 18;
    for (std::size_t i = 0; i < count; ++i) {
        Table& table = made.table("app" + std::to_string(random() % 4),
                                  "table_" + std::to_string(i), 2 + random() % 12);
        for (std::size_t c = 1; c < table.columns.size() && i > 0; ++c)
            if (random() % 4 == 0) made.key(table, c, *tables[random() % i], random() % 2 == 0);
        if (random() % 6 == 0) made.key(table, 1, table, true);
        tables.push_back(&table);
    }
    return made;
}

/// A straight piece of a wire, with the parent its wire belongs to.
struct Piece {
    Point from, to;
    std::size_t parent;
};

std::vector<Piece> pieces(const Diagram& diagram) {
    std::vector<Piece> list;
    for (const Wire& wire : diagram.wires)
        for (std::size_t i = 0; i + 1 < wire.points.size(); ++i) {
            const auto [from, to] = std::minmax(wire.points[i], wire.points[i + 1]);
            list.push_back({from, to, wire.parent});
        }
    return list;
}

bool overlap(int a1, int a2, int b1, int b2) {
    return std::max(a1, b1) < std::min(a2, b2);
}

TEST(SchemaDiagram, BoxesDoNotOverlapAndStandInsideTheirAppsPanel) {
    for (std::uint32_t seed = 0; seed < 25; ++seed) {
        const MadeUp made = random_tables(seed);
        const Diagram diagram = layout_diagram(made.all(), kRounds);
        ASSERT_EQ(diagram.boxes.size(), made.all().size());
        for (std::size_t i = 0; i < diagram.boxes.size(); ++i) {
            const Box& a = diagram.boxes[i];
            EXPECT_GE(a.x, 0);
            EXPECT_LE(a.x + a.width, diagram.width);
            EXPECT_LE(a.y + a.height, diagram.height);
            for (std::size_t j = 0; j < i; ++j) {
                const Box& b = diagram.boxes[j];
                EXPECT_FALSE(overlap(a.x, a.x + a.width, b.x, b.x + b.width) &&
                             overlap(a.y, a.y + a.height, b.y, b.y + b.height))
                    << "seed " << seed << ": " << a.table->name << " and " << b.table->name;
            }
            EXPECT_EQ(std::ranges::count_if(diagram.panels,
                                            [&](const Panel& p) {
                                                return p.app == a.table->app && p.x <= a.x &&
                                                       p.y <= a.y &&
                                                       a.x + a.width <= p.x + p.width &&
                                                       a.y + a.height <= p.y + p.height;
                                            }),
                      1);
        }
    }
}

TEST(SchemaDiagram, EveryForeignKeyIsAWireFromItsLineToTheParentsKey) {
    for (std::uint32_t seed = 0; seed < 25; ++seed) {
        const MadeUp made = random_tables(seed);
        const Diagram diagram = layout_diagram(made.all(), kRounds);
        std::size_t keys = 0;
        for (const Table* table : made.all())
            keys += static_cast<std::size_t>(std::ranges::count_if(
                table->columns, [](const Column& c) { return !c.references.empty(); }));
        EXPECT_EQ(diagram.wires.size(), keys);
        for (const Wire& wire : diagram.wires) {
            const Box& child = diagram.boxes[wire.child];
            const Box& parent = diagram.boxes[wire.parent];
            EXPECT_EQ(wire.column->references, parent.table->name);
            const auto row = static_cast<std::size_t>(wire.column - child.table->columns.data());
            EXPECT_EQ(wire.points.front().y, child.row_y(row));
            EXPECT_EQ(wire.points.front().x,
                      wire.child == wire.parent ? child.x + child.width : child.x);
            EXPECT_EQ(wire.points.back(), (Point{parent.x + parent.width, parent.row_y(0)}));
            for (std::size_t i = 0; i + 1 < wire.points.size(); ++i)
                EXPECT_NE(wire.points[i].x == wire.points[i + 1].x,
                          wire.points[i].y == wire.points[i + 1].y)
                    << "a piece is neither horizontal nor vertical, or has no length";
        }
    }
}

TEST(SchemaDiagram, WiresKeepOutOfBoxesAndOffTheWiresOfOtherParents) {
    for (std::uint32_t seed = 0; seed < 25; ++seed) {
        const MadeUp made = random_tables(seed);
        const Diagram diagram = layout_diagram(made.all(), kRounds);
        const std::vector<Piece> all = pieces(diagram);
        for (const Piece& piece : all) {
            for (const Box& box : diagram.boxes)
                EXPECT_FALSE(overlap(piece.from.x, piece.to.x + 1, box.x + 1, box.x + box.width) &&
                             overlap(piece.from.y, piece.to.y + 1, box.y + 1, box.y + box.height))
                    << "seed " << seed << ": a wire runs through " << box.table->name;
            for (const Piece& other : all) {
                if (other.parent == piece.parent) continue;
                const bool vertical = piece.from.x == piece.to.x && other.from.x == other.to.x &&
                                      piece.from.x == other.from.x;
                const bool horizontal = piece.from.y == piece.to.y && other.from.y == other.to.y &&
                                        piece.from.y == other.from.y;
                EXPECT_FALSE(
                    (vertical && overlap(piece.from.y, piece.to.y, other.from.y, other.to.y)) ||
                    (horizontal && overlap(piece.from.x, piece.to.x, other.from.x, other.to.x)))
                    << "seed " << seed << ": two wires lie on each other";
            }
        }
    }
}

TEST(SchemaDiagram, TextFitsItsBox) {
    MadeUp made;
    const Table& table =
        made.table("users", "a_table_with_a_name_that_is_much_longer_than_its_columns", 3);
    made.column(table, 2).name = "a_column_with_a_name_of_its_own_that_is_longer_than_the_others";
    made.column(table, 2).null = true;
    const Diagram diagram = layout_diagram(made.all(), kRounds);
    const Box& box = diagram.boxes.front();
    EXPECT_GE(box.width, text_width(table.name) + 24);
    EXPECT_GE(box.width, metrics::kBadge + text_width(table.columns[2].name) +
                             text_width(type_words(table.columns[2])) + 20);
    EXPECT_EQ(type_words(table.columns[2]), "VARCHAR(40)?");
}

TEST(SchemaDiagram, IsTheSameTextEveryTime) {
    const MadeUp made = random_tables(3);
    EXPECT_EQ(draw_diagram(layout_diagram(made.all(), kRounds)),
              draw_diagram(layout_diagram(made.all(), kRounds)));
    EXPECT_EQ(schema_markdown(made.all()), schema_markdown(made.all()));
}

/// Whether tags nest and every attribute and entity is closed: what an XML parser would refuse.
bool is_well_formed(const std::string& xml) {
    std::vector<std::string> open;
    for (std::size_t at = 0; at < xml.size();) {
        if (xml[at] == '&') {
            const std::size_t end = xml.find(';', at);
            if (end == std::string::npos || end - at > 6) return false;
            at = end + 1;
        } else if (xml[at] != '<') {
            if (xml[at] == '>') return false;
            ++at;
        } else {
            const std::size_t end = xml.find('>', at);
            if (end == std::string::npos) return false;
            const std::string tag = xml.substr(at + 1, end - at - 1);
            if (tag.find('<') != std::string::npos || std::ranges::count(tag, '"') % 2 != 0)
                return false;
            const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
            if (tag.starts_with('/')) {
                if (open.empty() || "/" + open.back() != tag) return false;
                open.pop_back();
            } else if (!tag.ends_with('/')) {
                open.push_back(name);
            }
            at = end + 1;
        }
    }
    return open.empty();
}

TEST(SchemaDiagram, IsWellFormedAndNamesEveryTableAndColumn) {
    const MadeUp made = random_tables(7);
    const std::string svg = draw_diagram(layout_diagram(made.all(), kRounds));
    EXPECT_TRUE(is_well_formed(svg));
    EXPECT_FALSE(is_well_formed(svg + "<g>"));
    EXPECT_NE(svg.find("Rows &lt;of&gt; &quot;this&quot; &amp; that"), std::string::npos);
    for (const Table* table : made.all()) {
        EXPECT_NE(svg.find(">" + std::string(table->name) + "<"), std::string::npos);
        for (const Column& column : table->columns)
            EXPECT_NE(svg.find(">" + std::string(column.name) + "<"), std::string::npos);
    }
}

TEST(SchemaDiagram, OfNoTablesIsAnEmptyPicture) {
    EXPECT_TRUE(is_well_formed(schema_svg({})));
}

TEST(SchemaMarkdown, TellsEveryFactOfAColumn) {
    MadeUp made;
    const Table& parent = made.table("users", "users_user", 1);
    const Table& child = made.table("services", "services_plan", 5);
    made.key(child, 1, parent, true);
    made.column(child, 1).on_delete = model::OnDelete::kSetNull;
    static constexpr std::array<std::string_view, 2> kChoices{"ON", "OFF"};
    made.column(child, 2).choices = kChoices;
    made.column(child, 2).preset = model::Default("ON");
    made.column(child, 3).unique = true;
    made.column(child, 3).personal = model::Personal::kContact;
    made.column(child, 3).retention = model::Retention::kLocationHistory;
    made.column(child, 4).type = model::Type::kInteger;
    made.column(child, 4).min = "1";
    made.column(child, 4).max = "5";
    const std::string text = schema_markdown(made.all());
    for (const std::string_view part :
         {"## users", "### users_user", "## services", "### services_plan",
          "| yes |  | → [users_user](#users_user), set null |",
          "| no | `'ON'` |  | one of `ON`, `OFF` |", "| unique |  | contact | 90 days |",
          "| 1 to 5 |", "- `services_plan_column_3_key`: unique, column_3",
          "Referenced by [services_plan](#services_plan).`column_1` (set null).", "that \\| there.",
          "2 tables with 6 columns"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

}  // namespace
}  // namespace segurifai::docs

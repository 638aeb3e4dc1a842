#include "migrate/sql_words.hpp"

#include <gtest/gtest.h>

#include "migrate/catalogue.hpp"

namespace segurifai::migrate {
namespace {

std::string canonical(std::string_view sql) {
    return canonical_sql(sql_words(sql));
}

TEST(SqlWords, SpellingsOfOneStatementHaveOneText) {
    EXPECT_EQ(canonical("CREATE  INDEX \"a\" ON[b](c ,  \"d\")"),
              canonical("create index a on b (c, d)"));
    EXPECT_EQ(canonical("a>=1 AND b<>'X'"), "a >= 1 and b <> 'X'");
}

TEST(SqlWords, CommentsAreNoWords) {
    EXPECT_EQ(canonical("a -- b\n/* c /* d */ e */ f"), "a f");
    EXPECT_EQ(canonical("a /* never closed"), "a");
    EXPECT_EQ(canonical("a -- to the end"), "a");
}

TEST(SqlWords, QuotesKeepWhatTheyHold) {
    EXPECT_EQ(canonical("'it''s -- (no comment'"), "'it''s -- (no comment'");
    EXPECT_EQ(canonical("E'a\\'b' c"), "E'a\\'b' c");
    EXPECT_EQ(canonical("$x$ ; ' $$ $x$ y"), "$x$ ; ' $$ $x$ y");
    EXPECT_EQ(canonical("\"A \"\"b\"\"\""), "\"A \"b\"\"");
    EXPECT_EQ(canonical("$1 + 2e-3"), "$ 1 + 2e-3");
    EXPECT_EQ(canonical("'open"), "'open");
}

TEST(SqlWords, AQuotedNameIsNoKeyword) {
    const auto words = sql_words("\"commit\" commit");
    ASSERT_EQ(words.size(), 2U);
    EXPECT_FALSE(words[0].is("COMMIT"));
    EXPECT_TRUE(words[1].is("COMMIT"));
}

TEST(SqlWords, StatementsEndAtSemicolonsOutsideTriggers) {
    const auto words = sql_words(
        "SELECT ';'; CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET c = 1; DELETE FROM d; "
        "END; SELECT 2;");
    EXPECT_EQ(split_statements(words).size(), 3U);
}

TEST(SqliteTableText, NamesTheChecksWhereverTheyStand) {
    const SqliteTableText text = read_create_table(
        "CREATE TABLE \"t\" (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, -- CHECK (no)\n"
        " a VARCHAR(3) NOT NULL DEFAULT ('x, (y') COLLATE NOCASE "
        "   CONSTRAINT t_a_choices CHECK (a IN ('(', ')', 'O''K')) CHECK (a <> ''),\n"
        " b BIGINT CONSTRAINT t_b_fkey REFERENCES other (id) ON DELETE CASCADE,\n"
        " c DECIMAL(10,2),\n"
        " CONSTRAINT t_sum CHECK ((b + c) < 10),\n"
        " CONSTRAINT t_pair_fkey FOREIGN KEY (\"b\", c) REFERENCES pair (x, y)\n) STRICT");
    EXPECT_EQ(text.checks.size(), 3U);
    EXPECT_EQ(text.checks.at("t_a_choices"), "CHECK (a in ('(', ')', 'O''K'))");
    EXPECT_EQ(text.checks.at("t_sum"), "CHECK ((b + c) < 10)");
    EXPECT_EQ(text.checks.at("(unnamed CHECK (a <> ''))"), "CHECK (a <> '')");
    EXPECT_EQ(text.foreign_key_names.at("b"), "t_b_fkey");
    EXPECT_EQ(text.foreign_key_names.at("b, c"), "t_pair_fkey");
    EXPECT_EQ(text.collations.at("a"), "NOCASE");
    EXPECT_TRUE(text.autoincrement);
    EXPECT_EQ(text.options, "strict");
}

TEST(SqliteTableText, OfNoTableIsEmpty) {
    const SqliteTableText text = read_create_table("CREATE TABLE broken");
    EXPECT_TRUE(text.checks.empty());
    EXPECT_FALSE(text.autoincrement);
}

}  // namespace
}  // namespace segurifai::migrate

#include <span>
#include <utility>
#include <vector>

#include "migrate/catalogue.hpp"
#include "migrate/sql_words.hpp"

namespace segurifai::migrate {

namespace {

using Words = std::span<const SqlWord>;

bool starts_table_constraint(const SqlWord& word) noexcept {
    return word.is("CONSTRAINT") || word.is("CHECK") || word.is("FOREIGN") || word.is("PRIMARY") ||
           word.is("UNIQUE");
}

/// "a, b" of a parenthesised list of names that opens at `open`.
std::string names_in(Words words, std::size_t open) {
    std::string names;
    for (std::size_t i = open + 1; i < words.size() && !words[i].is_symbol(")"); ++i) {
        if (words[i].kind != SqlWord::Kind::kName) continue;
        if (!names.empty()) names += ", ";
        names += words[i].text;
    }
    return names;
}

/// Reads the checks, keys and collations of one column or table constraint. `column` is empty for
/// the latter.
void read_item(Words words, const std::string& column, SqliteTableText& text) {
    std::string name;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].is("CONSTRAINT") && i + 1 < words.size()) {
            name = words[++i].text;
        } else if (words[i].is("CHECK") && i + 1 < words.size() && words[i + 1].is_symbol("(")) {
            const std::size_t end = after_parenthesis(words, i + 1);
            std::string definition = "CHECK " + canonical_sql(words.subspan(i + 1, end - i - 1));
            text.checks[name.empty() ? unnamed(definition) : name] = std::move(definition);
            name.clear();
            i = end - 1;
        } else if (words[i].is("FOREIGN") && i + 2 < words.size()) {
            if (!name.empty()) text.foreign_key_names[names_in(words, i + 2)] = name;
            return;
        } else if (words[i].is("REFERENCES") && !column.empty()) {
            if (!name.empty()) text.foreign_key_names[column] = name;
            name.clear();
        } else if (words[i].is("COLLATE") && i + 1 < words.size() && !column.empty()) {
            text.collations[column] = words[++i].text;
        } else if (words[i].is("AUTOINCREMENT")) {
            text.autoincrement = true;
        } else if (words[i].is_symbol("(")) {
            i = after_parenthesis(words, i) - 1;  // a default's or generated column's expression
        }
    }
}

}  // namespace

SqliteTableText read_create_table(std::string_view sql) {
    const std::vector<SqlWord> words = sql_words(sql);
    SqliteTableText text;
    std::size_t open = 0;
    while (open < words.size() && !words[open].is_symbol("(")) ++open;
    if (open == words.size()) return text;
    const std::size_t end = after_parenthesis(words, open);
    const Words all(words);
    for (const Words item : split_at_commas(all.subspan(open + 1, end - open - 2))) {
        if (item.empty()) continue;
        if (starts_table_constraint(item.front())) {
            read_item(item, {}, text);
        } else {
            read_item(item.subspan(1), item.front().text, text);
        }
    }
    text.options = canonical_sql(all.subspan(end));
    return text;
}

}  // namespace segurifai::migrate

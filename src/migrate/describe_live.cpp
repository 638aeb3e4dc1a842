#include "migrate/describe_live.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <vector>

#include "migrate/sql_words.hpp"

namespace segurifai::migrate {

namespace {

using Words = std::span<const SqlWord>;

/// The names of the first parenthesised list from `at` on.
std::vector<std::string> names_from(Words words, std::size_t at) {
    while (at < words.size() && !words[at].is_symbol("(")) ++at;
    std::vector<std::string> names;
    for (++at; at < words.size() && !words[at].is_symbol(")"); ++at)
        if (words[at].kind == SqlWord::Kind::kName) names.push_back(words[at].text);
    return names;
}

struct Key {
    std::string parent;
    std::string on_delete;  ///< "kCascade"
};

struct Index {
    std::string name;
    std::vector<std::string> columns;
    bool unique = false;
    std::string where;
    bool plain = false;  ///< only columns: what a description can say
};

/// `posts_comment` → `PostsComment`.
std::string type_name(std::string_view table) {
    std::string name;
    bool start = true;
    for (const char c : table) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit) {
            start = true;
            continue;
        }
        if (name.empty() && digit) name += 'T';
        name += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        start = false;
    }
    return name.empty() ? "Unnamed" : name;
}

/// The C++ type and the length that stand for a type of either engine.
struct Guess {
    std::string type;
    std::string length;
    bool sure = true;
};

Guess guess(std::string_view declared) {
    const std::vector<SqlWord> words = sql_words(declared);
    std::string first = words.empty() ? "" : canonical_sql(Words(words).first(1));
    std::vector<std::string> numbers;
    for (const SqlWord& word : words)
        if (word.kind == SqlWord::Kind::kNumber) numbers.push_back(word.text);
    static const std::map<std::string, std::string, std::less<>> kTypes{
        {"boolean", "bool"},         {"bool", "bool"},         {"smallint", "std::int32_t"},
        {"integer", "std::int32_t"}, {"int", "std::int32_t"},  {"tinyint", "std::int32_t"},
        {"bigint", "std::int64_t"},  {"real", "double"},       {"double", "double"},
        {"float", "double"},         {"uuid", "Uuid"},         {"date", "Date"},
        {"datetime", "Instant"},     {"timestamp", "Instant"}, {"json", "Json"},
        {"jsonb", "Json"},           {"text", "std::string"},  {"clob", "std::string"}};
    if (first == "character" || first == "varchar" || first == "char" || first == "nvarchar")
        return {"std::string", numbers.empty() ? "" : numbers.front()};
    if ((first == "numeric" || first == "decimal") && numbers.size() == 2)
        return {fmt::format("Decimal<{}, {}>", numbers[0], numbers[1]), ""};
    const auto found = kTypes.find(first);
    if (found != kTypes.end()) return {found->second, ""};
    return {"std::string", "", false};
}

/// Writes one table.
class TableDescription {
public:
    TableDescription(const std::string& name, const LiveTable& table, int number)
        : name_(name), table_(table), number_(number) {
        read_constraints();
        read_indexes();
    }

    std::string write() {
        const std::string row = type_name(name_);
        const std::string app = name_.substr(0, name_.find('_'));
        add("struct {} {{\n", row);
        add("    SEGURIFAI_TABLE({}, {{.number = {}, .app = \"{}\", .name = \"{}\",\n", row,
            number_, app, name_);
        add("                    .retention = Retention::kUnset{}}})\n",
            table_.partition_key.empty() ? "" : partition_option());
        int number = 0;
        for (const std::string& column : table_.column_order)
            column_line(column, table_.columns.at(column), ++number);
        index_lines();
        for (const std::string& comment : comments_) add("    // {}\n", comment);
        out_ += "};\n";
        return std::move(out_);
    }

private:
    template <class... Args>
    void add(fmt::format_string<Args...> text, Args&&... args) {
        fmt::format_to(std::back_inserter(out_), text, std::forward<Args>(args)...);
    }

    std::string partition_option() const {
        const std::vector<SqlWord> words = sql_words(table_.partition_key);
        const auto names = names_from(words, 0);
        return names.empty() ? "" : fmt::format(", .partition_by = \"{}\"", names.front());
    }

    void read_constraints() {
        for (const auto& [name, definition] : table_.constraints) {
            const std::vector<SqlWord> words = sql_words(definition);
            const auto references = std::ranges::find_if(
                words, [](const SqlWord& word) { return word.is("REFERENCES"); });
            const auto columns = names_from(words, 0);
            if (references == words.end() || columns.size() != 1 || references + 1 == words.end()) {
                if (!words.empty() && words.front().is("UNIQUE") && columns.size() == 1) {
                    unique_[columns.front()] = "";
                } else {
                    comments_.push_back(fmt::format("{}: {}", name, definition));
                }
                continue;
            }
            Key key{.parent = (references + 1)->text, .on_delete = "kRestrict"};
            for (std::size_t i = 0; i + 2 < words.size(); ++i) {
                if (!words[i].is("ON") || !words[i + 1].is("DELETE")) continue;
                if (words[i + 2].is("CASCADE")) key.on_delete = "kCascade";
                if (words[i + 2].is("SET")) key.on_delete = "kSetNull";
            }
            keys_[columns.front()] = std::move(key);
        }
    }

    void read_indexes() {
        for (const auto& [name, definition] : table_.indexes) {
            const std::vector<SqlWord> words = sql_words(definition);
            std::size_t open = 0;
            while (open < words.size() && !words[open].is_symbol("(")) ++open;
            const std::size_t end = after_parenthesis(words, open);
            Index index{.name = name, .columns = names_from(words, open)};
            index.unique = words.size() > 1 && words[1].is("UNIQUE");
            index.plain = !index.columns.empty() && index.columns.size() <= 4 &&
                          std::ranges::all_of(index.columns, [&](const std::string& column) {
                              return table_.columns.contains(column);
                          });
            for (std::size_t i = end; i < words.size(); ++i)
                if (words[i].is("WHERE")) {
                    index.where = canonical_sql(Words(words).subspan(i + 1));
                    break;
                }
            if (index.plain && index.unique && index.columns.size() == 1 && index.where.empty()) {
                unique_[index.columns.front()] = short_name(name);
            } else if (index.plain) {
                indexes_.push_back(std::move(index));
            } else {
                comments_.push_back(fmt::format("{}: {}", name, definition));
            }
        }
    }

    /// A physical name without the table's in front.
    std::string short_name(const std::string& name) const {
        return name.starts_with(name_ + "_") ? name.substr(name_.size() + 1) : name;
    }

    void column_line(const std::string& name, const LiveColumn& column, int number) {
        const Guess type = guess(column.type);
        const auto key = keys_.find(name);
        std::string line = fmt::format(
            "    SEGURIFAI_COLUMN({}, kUnset, {}, {}", number,
            column.null ? fmt::format("std::optional<{}>", type.type) : type.type, name);
        if (column.primary_key > 0) line += ", .primary_key = true";
        if (column.identity) line += ", .identity = true";
        if (const auto unique = unique_.find(name); unique != unique_.end()) {
            line += ", .unique = true";
            if (!unique->second.empty() && unique->second != name + "_key")
                line += fmt::format(", .unique_name = \"{}\"", unique->second);
        }
        if (!type.length.empty()) line += ", .length = " + type.length;
        line += preset_of(column);
        if (key != keys_.end())
            line += fmt::format(", .references = \"{}\", .on_delete = OnDelete::{}",
                                key->second.parent, key->second.on_delete);
        line += ")";
        if (!type.sure)
            line += "  // declared as " + (column.type.empty() ? "nothing" : column.type);
        add("{}\n", line);
    }

    /// The default when it is a plain literal; other expressions become a comment.
    static std::string preset_of(const LiveColumn& column) {
        const std::vector<SqlWord> words = sql_words(column.preset);
        if (words.empty() || column.identity) return {};
        const SqlWord& first = words.front();
        const bool cast = words.size() == 1 || words[1].is_symbol("::");
        if (cast && first.kind == SqlWord::Kind::kNumber && !first.text.contains('.'))
            return ", .preset = " + first.text;
        if (cast && (first.is("TRUE") || first.is("FALSE")))
            return first.is("TRUE") ? ", .preset = true" : ", .preset = false";
        if (cast && first.kind == SqlWord::Kind::kString && first.text.starts_with('\'')) {
            std::string text = ", .preset = \"";
            for (std::size_t i = 1; i + 1 < first.text.size(); ++i) {
                if (first.text[i] == '"' || first.text[i] == '\\') text += '\\';
                text += first.text[i];
                if (first.text[i] == '\'') ++i;  // a doubled quote
            }
            return text + '"';
        }
        return fmt::format(" /* DEFAULT {} */", canonical_sql(words));
    }

    void index_lines() {
        if (indexes_.empty()) return;
        out_ += "\n    static constexpr std::array kIndexes{\n";
        for (const Index& index : indexes_) {
            std::string columns;
            for (const std::string& column : index.columns)
                columns += fmt::format("{}\"{}\"", columns.empty() ? "" : ", ", column);
            add("        model::Index{{.name = \"{}\", .columns = {{{}}}{}{}}},\n",
                short_name(index.name), columns, index.unique ? ", .unique = true" : "",
                index.where.empty() ? "" : fmt::format(", .where = \"{}\"", index.where));
        }
        out_ += "    };\n";
    }

    const std::string& name_;
    const LiveTable& table_;
    int number_;
    std::map<std::string, Key> keys_;
    std::map<std::string, std::string> unique_;  ///< column → index name without the table's
    std::vector<Index> indexes_;
    std::vector<std::string> comments_;
    std::string out_;
};

}  // namespace

std::string describe_live(const LiveSchema& schema) {
    std::string text;
    int number = 0;
    for (const auto& [name, table] : schema.tables) {
        if (!text.empty()) text += '\n';
        text += TableDescription(name, table, ++number).write();
    }
    return text;
}

}  // namespace segurifai::migrate

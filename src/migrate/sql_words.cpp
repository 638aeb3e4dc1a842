#include "migrate/sql_words.hpp"

#include <algorithm>
#include <array>

namespace segurifai::migrate {

namespace {

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
/// Letters, underscore and every byte of a multi-byte character.
bool starts_name(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) noexcept {
    return starts_name(c) || is_digit(c) || c == '$';
}
char upper(char c) noexcept {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Reads a text from left to right, a word at a time.
class Reader {
public:
    explicit Reader(std::string_view sql) : sql_(sql) {}

    bool next(SqlWord& word) {
        skip_blanks();
        if (at_ >= sql_.size()) return false;
        const char c = sql_[at_];
        if (c == '"' || c == '`' || c == '[') return quoted_name(word);
        if (c == '\'') return string(word, at_, false);
        if ((c == 'e' || c == 'E') && peek(1) == '\'') return string(word, at_ + 1, true);
        if (c == '$' && (starts_name(peek(1)) || peek(1) == '$')) return dollar(word);
        if (starts_name(c)) return take(word, SqlWord::Kind::kName, continues_name);
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(word);
        return symbol(word);
    }

private:
    [[nodiscard]] char peek(std::size_t ahead) const noexcept {
        return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
    }

    void skip_blanks() {
        for (;;) {
            while (at_ < sql_.size() && static_cast<unsigned char>(sql_[at_]) <= ' ') ++at_;
            if (peek(0) == '-' && peek(1) == '-') {
                at_ = std::min(sql_.find('\n', at_), sql_.size());
            } else if (peek(0) == '/' && peek(1) == '*') {
                skip_comment();
            } else {
                return;
            }
        }
    }

    void skip_comment() {
        int depth = 0;
        while (at_ < sql_.size()) {
            if (peek(0) == '/' && peek(1) == '*') {
                ++depth;
                at_ += 2;
            } else if (peek(0) == '*' && peek(1) == '/') {
                at_ += 2;
                if (--depth == 0) return;
            } else {
                ++at_;
            }
        }
    }

    bool quoted_name(SqlWord& word) {
        const char close = sql_[at_] == '[' ? ']' : sql_[at_];
        word = {.kind = SqlWord::Kind::kName, .text = {}, .quoted = true};
        for (++at_; at_ < sql_.size(); ++at_) {
            if (sql_[at_] != close) {
                word.text += sql_[at_];
            } else if (close != ']' && peek(1) == close) {
                word.text += close;
                ++at_;
            } else {
                ++at_;
                break;
            }
        }
        return true;
    }

    bool string(SqlWord& word, std::size_t quote, bool escapes) {
        const std::size_t begin = at_;
        for (at_ = quote + 1; at_ < sql_.size(); ++at_) {
            if (escapes && sql_[at_] == '\\') {
                ++at_;
            } else if (sql_[at_] == '\'') {
                if (peek(1) != '\'') break;
                ++at_;
            }
        }
        at_ = std::min(at_ + 1, sql_.size());
        word = {.kind = SqlWord::Kind::kString,
                .text = std::string(sql_.substr(begin, at_ - begin))};
        return true;
    }

    bool dollar(SqlWord& word) {
        const std::size_t begin = at_;
        std::size_t end = at_ + 1;
        while (end < sql_.size() && continues_name(sql_[end]) && sql_[end] != '$') ++end;
        if (end >= sql_.size() || sql_[end] != '$') return symbol(word);
        const std::string_view tag = sql_.substr(begin, end + 1 - begin);
        const std::size_t close = sql_.find(tag, end + 1);
        at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
        word = {.kind = SqlWord::Kind::kString,
                .text = std::string(sql_.substr(begin, at_ - begin))};
        return true;
    }

    bool take(SqlWord& word, SqlWord::Kind kind, bool (*belongs)(char) noexcept) {
        const std::size_t begin = at_;
        while (at_ < sql_.size() && belongs(sql_[at_])) ++at_;
        word = {.kind = kind, .text = std::string(sql_.substr(begin, at_ - begin))};
        return true;
    }

    bool number(SqlWord& word) {
        const std::size_t begin = at_;
        while (at_ < sql_.size() && (continues_name(sql_[at_]) || sql_[at_] == '.')) {
            const bool exponent = sql_[at_] == 'e' || sql_[at_] == 'E';
            ++at_;
            if (exponent && (peek(0) == '+' || peek(0) == '-')) ++at_;
        }
        word = {.kind = SqlWord::Kind::kNumber,
                .text = std::string(sql_.substr(begin, at_ - begin))};
        return true;
    }

    bool symbol(SqlWord& word) {
        static constexpr std::array<std::string_view, 9> kPairs{"<=", ">=", "<>", "!=", "||",
                                                                "::", "->", "==", "@>"};
        std::size_t length = 1;
        for (const std::string_view pair : kPairs)
            if (sql_.substr(at_, 2) == pair) length = 2;
        word = {.kind = SqlWord::Kind::kSymbol, .text = std::string(sql_.substr(at_, length))};
        at_ += length;
        return true;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
};

bool is_plain_name(std::string_view name) noexcept {
    if (name.empty() || !starts_name(name.front())) return false;
    return std::ranges::all_of(name, continues_name);
}

bool is_trigger(std::span<const SqlWord> statement) noexcept {
    for (std::size_t i = 0; i < statement.size() && i < 4; ++i)
        if (statement[i].is("TRIGGER")) return statement.front().is("CREATE");
    return false;
}

}  // namespace

bool SqlWord::is(std::string_view keyword) const noexcept {
    return kind == Kind::kName && !quoted &&
           std::ranges::equal(text, keyword, [](char a, char b) { return upper(a) == b; });
}

std::vector<SqlWord> sql_words(std::string_view sql) {
    std::vector<SqlWord> words;
    Reader reader(sql);
    for (SqlWord word; reader.next(word);) words.push_back(std::move(word));
    return words;
}

std::string canonical_sql(std::span<const SqlWord> words) {
    std::string text;
    std::string_view before;
    for (const SqlWord& word : words) {
        const bool tight = word.is_symbol(")") || word.is_symbol(",") || word.is_symbol(".") ||
                           word.is_symbol("::") || before == "(" || before == "." || before == "::";
        if (!text.empty() && !tight) text += ' ';
        if (word.kind != SqlWord::Kind::kName) {
            text += word.text;
        } else if (is_plain_name(word.text)) {
            std::ranges::transform(word.text, std::back_inserter(text), lower);
        } else {
            text += '"' + word.text + '"';
        }
        before =
            word.kind == SqlWord::Kind::kSymbol ? std::string_view(word.text) : std::string_view();
    }
    return text;
}

std::vector<std::span<const SqlWord>> split_at_commas(std::span<const SqlWord> words) {
    std::vector<std::span<const SqlWord>> parts;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].is_symbol("(")) ++depth;
        if (words[i].is_symbol(")")) --depth;
        if (depth != 0 || !words[i].is_symbol(",")) continue;
        parts.push_back(words.subspan(begin, i - begin));
        begin = i + 1;
    }
    if (begin < words.size()) parts.push_back(words.subspan(begin));
    return parts;
}

std::vector<std::span<const SqlWord>> split_statements(std::span<const SqlWord> words) {
    std::vector<std::span<const SqlWord>> statements;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= words.size(); ++i) {
        const bool end = i == words.size();
        if (!end && !words[i].is_symbol(";")) continue;
        const auto statement = words.subspan(begin, i - begin);
        // A trigger's body has semicolons of its own and ends with END.
        if (!end && is_trigger(statement) && !statement.back().is("END") &&
            std::ranges::any_of(statement, [](const SqlWord& w) { return w.is("BEGIN"); }))
            continue;
        if (!statement.empty()) statements.push_back(statement);
        begin = i + 1;
    }
    return statements;
}

std::size_t after_parenthesis(std::span<const SqlWord> words, std::size_t open) noexcept {
    int depth = 0;
    for (std::size_t i = open; i < words.size(); ++i) {
        if (words[i].is_symbol("(")) ++depth;
        if (words[i].is_symbol(")") && --depth == 0) return i + 1;
    }
    return words.size();
}

}  // namespace segurifai::migrate

#include "migrate/identifiers.hpp"

#include <cctype>

namespace segurifai::migrate {

namespace {

bool is_word(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// Where the 'quoted text' that starts at `at` ends (behind the closing quote). A doubled quote
/// inside ends one text and starts the next, which gives the same end.
std::size_t after_text(std::string_view sql, std::size_t at) {
    const std::size_t end = sql.find('\'', at + 1);
    return end == std::string_view::npos ? sql.size() : end + 1;
}

bool is_function(std::string_view sql, std::size_t after_word) {
    const std::size_t next = sql.find_first_not_of(" \t\n", after_word);
    return next != std::string_view::npos && sql[next] == '(';
}

/// Calls `word(text, begin, end)` for every identifier, in order.
template <class Visit>
void for_each_identifier(std::string_view sql, Visit visit) {
    std::size_t at = 0;
    while (at < sql.size()) {
        if (sql[at] == '\'') {
            at = after_text(sql, at);
        } else if (is_word(sql[at])) {
            const std::size_t begin = at;
            while (at < sql.size() && is_word(sql[at])) ++at;
            if (!is_function(sql, at)) visit(sql.substr(begin, at - begin), begin, at);
        } else {
            ++at;
        }
    }
}

}  // namespace

bool mentions(std::string_view sql, std::string_view column) {
    bool found = false;
    for_each_identifier(sql, [&](std::string_view word, std::size_t, std::size_t) {
        found = found || word == column;
    });
    return found;
}

std::string renamed(std::string_view sql, const Renames& renames) {
    std::string out;
    std::size_t copied = 0;
    for_each_identifier(sql, [&](std::string_view word, std::size_t begin, std::size_t end) {
        const auto rename = renames.find(word);
        if (rename == renames.end()) return;
        out.append(sql.substr(copied, begin - copied)).append(rename->second);
        copied = end;
    });
    return out.append(sql.substr(copied));
}

}  // namespace segurifai::migrate

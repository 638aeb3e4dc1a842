#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace segurifai::migrate {

/// One word of an SQL text. Comments and blanks are no words.
struct SqlWord {
    enum class Kind : std::uint8_t {
        kName,    ///< keyword or identifier; `text` without quotes
        kString,  ///< 'literal' or $tag$literal$tag$, quotes included
        kNumber,
        kSymbol,  ///< one operator or punctuation character, or a pair such as <= || ::
    };
    Kind kind = Kind::kSymbol;
    std::string text;
    bool quoted = false;  ///< a name that stood in quotes: never a keyword

    /// Whether this is the keyword (given in upper case), however it is spelled.
    [[nodiscard]] bool is(std::string_view keyword) const noexcept;
    [[nodiscard]] bool is_symbol(std::string_view symbol) const noexcept {
        return kind == Kind::kSymbol && text == symbol;
    }
};

/// Cuts SQL of either engine into words: knows "…" `…` […] identifiers, '…' and E'…' strings,
/// $tag$…$tag$ strings, -- and (nested) /* */ comments. What is left open ends with the text.
[[nodiscard]] std::vector<SqlWord> sql_words(std::string_view sql);

/// The words as one text with fixed spacing and lower-case names: two spellings of the same SQL
/// give the same text.
[[nodiscard]] std::string canonical_sql(std::span<const SqlWord> words);

/// Cuts a list at its commas outside parentheses: the columns and constraints of a CREATE TABLE.
[[nodiscard]] std::vector<std::span<const SqlWord>> split_at_commas(std::span<const SqlWord> words);

/// Cuts a script into its statements, at semicolons. The bodies of CREATE TRIGGER stay whole.
[[nodiscard]] std::vector<std::span<const SqlWord>> split_statements(
    std::span<const SqlWord> words);

/// The position after the parenthesis that closes the one at `open`; words.size() when none does.
[[nodiscard]] std::size_t after_parenthesis(std::span<const SqlWord> words,
                                            std::size_t open) noexcept;

}  // namespace segurifai::migrate

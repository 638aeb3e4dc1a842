// Whatever a caller can be told about a field has its Spanish: the sentences are looked for in the
// sources, so that a new one without a translation fails here.

#include "http/sentences.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "http/translation.hpp"

namespace segurifai::http {
namespace {

struct Token {
    std::string text;
    bool is_text = false;  ///< a string literal, already without quotes and escapes
};

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

/// The literal that begins at `at`, with those that follow it joined.
Token read_literal(const std::string& source, std::size_t& at) {
    Token token{.is_text = true};
    for (;;) {
        for (++at; source[at] != '"'; ++at) {
            if (source[at] == '\\') ++at;
            token.text += source[at];
        }
        const std::size_t next = source.find_first_not_of(" \n", ++at);
        if (next == std::string::npos || source[next] != '"') return token;
        at = next;
    }
}

std::vector<Token> tokens_of(const std::string& source) {
    std::vector<Token> tokens;
    for (std::size_t at = 0; at < source.size();) {
        if (source.compare(at, 2, "//") == 0) {
            at = std::min(source.find('\n', at), source.size());
        } else if (source.compare(at, 3, "R\"(") == 0) {
            at = std::min(source.find(")\"", at), source.size() - 2) + 2;
            tokens.push_back({"raw"});
        } else if (source[at] == '"') {
            tokens.push_back(read_literal(source, at));
        } else if (source[at] == '\'') {
            at = source.find('\'', at + (source[at + 1] == '\\' ? 3 : 2)) + 1;
            tokens.push_back({"character"});
        } else if (is_word(source[at])) {
            const std::size_t begin = at;  // digits with separators as well
            while (at < source.size() && (is_word(source[at]) ||
                                          (source[at] == '\'' && std::isdigit(source[begin]) != 0)))
                ++at;
            tokens.push_back({source.substr(begin, at - begin)});
        } else {
            if (std::isspace(static_cast<unsigned char>(source[at])) == 0)
                tokens.push_back({std::string(1, source[at])});
            ++at;
        }
    }
    return tokens;
}

bool is_one_of(const Token& token, std::string_view marks) {
    return !token.is_text && token.text.size() == 1 && marks.contains(token.text[0]);
}

/// The words before the brackets that `at` stands in, innermost first, up to the statement's start.
std::vector<std::string> callers_of(const std::vector<Token>& tokens, std::size_t at) {
    std::vector<std::string> names;
    int depth = 0;
    while (at-- > 0) {
        if (is_one_of(tokens[at], ")}")) ++depth;
        if (depth == 0 && is_one_of(tokens[at], ";")) break;
        if (!is_one_of(tokens[at], "({") || --depth >= 0) continue;
        depth = 0;
        if (at > 0 && !tokens[at - 1].is_text) names.push_back(tokens[at - 1].text);
        if (at > 0 && is_one_of(tokens[at], "{") && is_one_of(tokens[at - 1], ")")) break;
    }
    return names;
}

/// The sentence that the expression from `at` on makes, with "x" for what varies; moves `at` to the
/// end of the expression.
std::string sentence_at(const std::vector<Token>& tokens, std::size_t& at) {
    std::string text = at > 0 && is_one_of(tokens[at - 1], "+") ? "x" : "";
    text += tokens[at].text;
    for (std::size_t hole = text.find("{}"); hole != std::string::npos; hole = text.find("{}"))
        text.replace(hole, 2, "x");  // of fmt::format
    while (++at < tokens.size() && is_one_of(tokens[at], "+")) {
        if (tokens[++at].is_text) {
            text += tokens[at].text;
            continue;
        }
        text += "x";
        int depth = 0;
        for (; depth > 0 || !is_one_of(tokens[at], "+,;:?)}"); ++at) {
            if (is_one_of(tokens[at], "({[")) ++depth;
            if (is_one_of(tokens[at], ")}]")) --depth;
            if (is_one_of(tokens[at], ":") && is_one_of(tokens[at + 1], ":")) ++at;  // std::
            // The next of the two colons ends nothing.
            if (is_one_of(tokens[at + 1], ":") && is_one_of(tokens[at + 2], ":")) at += 2;
        }
        --at;
    }
    return text;
}

/// Whether what is written at `at` is for those who run the program, or no fault at all.
bool is_for_operators(const std::vector<Token>& tokens, std::size_t at) {
    static const std::set<std::string> kOthers{"invalid_argument", "runtime_error", "length_error",
                                               "logic_error",      "report",        "Sentence",
                                               "static_assert",    "bad_alloc"};
    for (const std::string& name : callers_of(tokens, at))
        if (kOthers.contains(name)) return true;
    if (at >= 2 && is_one_of(tokens[at - 1], "=") && tokens[at - 2].text != "message" && at >= 3 &&
        is_one_of(tokens[at - 3], "."))
        return true;  // .summary = "…"
    // Of what fails in another way than kInvalid, http/refusals.cpp speaks.
    bool fails = false;
    for (std::size_t i = at; i-- > 0 && !is_one_of(tokens[i], ";{}");) {
        if (tokens[i].text == "kInvalid") return false;
        fails = fails || tokens[i].text == "fail" || tokens[i].text == "code";
    }
    return fails;
}

/// Whether a literal begins a sentence in English.
bool begins_sentence(const std::string& text) {
    static const std::set<std::string> kOpenings{
        "A",   "An",        "At",     "Begins", "Belongs", "Give",  "Has",  "Invalid",
        "Is",  "It",        "May",    "Must",   "Names",   "No",    "Not",  "Only",
        "Say", "Something", "Stands", "The",    "There",   "These", "This", "Two"};
    return kOpenings.contains(text.substr(0, text.find(' ')));
}

/// Whether the literal is an argument of what makes faults.
bool is_of_a_fault(const std::vector<Token>& tokens, std::size_t at) {
    static const std::set<std::string> kMakers{"fault",  "Fault",        "add",
                                               "refuse", "refuse_field", "add_to_whole"};
    const auto callers = callers_of(tokens, at);
    return std::ranges::any_of(callers, [](const auto& one) { return kMakers.contains(one); });
}

std::set<std::string> sentences_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    const std::string source{std::istreambuf_iterator<char>(file), {}};
    const std::vector<Token> tokens = tokens_of(source);
    const std::string name = path.filename().string();
    const bool has_forms =
        name == "json_value.cpp" || name == "text_value.cpp" || name == "shape_value.cpp";
    std::set<std::string> found;
    for (std::size_t at = 0; at < tokens.size(); ++at) {
        if (!tokens[at].is_text) continue;
        const std::string& text = tokens[at].text;
        const bool is_form = has_forms && text.contains(' ') &&
                             std::islower(static_cast<unsigned char>(text[0])) != 0;
        if (is_form) found.insert("Must be " + text + ".");
        const bool begins = begins_sentence(text) || text.starts_with("' ") ||
                            text.starts_with(" stands ") || is_of_a_fault(tokens, at);
        if (!begins || is_for_operators(tokens, at)) continue;
        std::string sentence = sentence_at(tokens, at);
        --at;
        if (sentence.starts_with("x' ")) sentence.insert(0, "'");  // "'" + name + "' is …"
        const bool ends = sentence.ends_with('.') && sentence.contains(' ');
        if (ends && sentence != "Must be x.") found.insert(std::move(sentence));
    }
    return found;
}

/// What callers never read: the tables' own description, the program's data and its tests; and what
/// stands in both languages side by side.
bool is_spoken(const std::filesystem::path& path) {
    static const std::set<std::string> kSilent{"description_check.cpp", "registry.cpp",
                                               "reference_data.cpp",    "sentences.cpp",
                                               "refusals.cpp",          "router.cpp",
                                               "shape_plan.cpp",        "shape.cpp",
                                               "account_commands.cpp",  "openapi.cpp",
                                               "proxies.cpp",           "problem.cpp",
                                               "message_texts.cpp",     "timeline_sentences.cpp"};
    const std::string name = path.filename().string();
    if (!name.ends_with(".cpp") && !name.ends_with(".hpp")) return false;
    for (const char* part : {"_test.", "_fuzz.", "_bench.", "wire_case", "wire_client"})
        if (name.contains(part)) return false;
    return !kSilent.contains(name) && path.parent_path().filename() != "demo";
}

TEST(Sentences, OfTheSourcesAllHaveTheirSpanish) {
    const std::filesystem::path root = std::filesystem::path(SEGURIFAI_SOURCE_DIR) / "src";
    std::set<std::string> found{"Must be one of x.",
                                "Names the plan x twice: name each plan once."};
    for (const char* room : {"apps", "http", "model"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / room))
            if (is_spoken(entry.path())) found.merge(sentences_of(entry.path()));
    found.merge(sentences_of(root / "base/json.cpp"));
    found.merge(sentences_of(root / "security/password_faults.cpp"));
    found.merge(sentences_of(root / "server/operations.cpp"));
    EXPECT_GT(found.size(), 120U) << "the sentences are no longer found";
    for (const std::string& english : found) {
        const std::uint64_t before = untranslated();
        const SaidFault said = said_in_spanish(english);
        EXPECT_EQ(untranslated(), before) << english;
        EXPECT_NE(said.text, english);
    }
}

TEST(Sentences, SayTheSameInBothLanguages) {
    std::set<std::string_view> english;
    const auto holes = [](std::string_view text) {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = text.find("{}", at)) != std::string_view::npos; at += 2)
            ++count;
        return count;
    };
    for (const Sentence& one : sentences()) {
        EXPECT_TRUE(english.insert(one.english).second) << one.english << " stands twice";
        EXPECT_EQ(holes(one.english), holes(one.spanish)) << one.english;
        EXPECT_TRUE(one.english.ends_with('.') && one.spanish.ends_with('.')) << one.english;
        std::string filled(one.english);
        for (std::size_t at = 0; (at = filled.find("{}")) != std::string::npos;)
            filled.replace(at, 2, "x");
        const SaidFault said = said_in_spanish(filled);
        EXPECT_EQ(said.text.find('{'), std::string::npos) << said.text;
        EXPECT_EQ(said.code, one.code) << filled << " is taken by a wider sentence before it";
        EXPECT_EQ(said_in_english(filled).text, filled);
    }
}

TEST(Sentences, WithoutATranslationStayAsTheyAreAndAreCounted) {
    const std::uint64_t before = untranslated();
    EXPECT_EQ(said_in_spanish("Quite another thing.").text, "Quite another thing.");
    EXPECT_EQ(said_in_spanish("").text, "");
    EXPECT_EQ(untranslated(), before + 2);
    EXPECT_EQ(said_in_spanish("Must be between 1 and 5.").text, "Debe estar entre 1 y 5.");
    EXPECT_EQ(said_in_spanish("There is no operator ''.").text, "No existe el operador ''.");
    EXPECT_EQ(said_in_spanish("Must have at most 5 items.").code, "too_many");
}

}  // namespace
}  // namespace segurifai::http

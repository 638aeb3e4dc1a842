#include "http/translation.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>

#include "http/sentences.hpp"

namespace segurifai::http {

namespace {

std::atomic<std::uint64_t> g_untranslated{0};

constexpr std::size_t kHolesMax = 4;

struct Filled {
    const Sentence* sentence = nullptr;
    std::array<std::string_view, kHolesMax> holes{};
};

/// Whether `text` is `pattern` with something in place of each {}; each takes as little as can be.
bool fits(std::string_view pattern, std::string_view text,
          std::array<std::string_view, kHolesMax>& holes) {
    for (std::size_t hole = 0;; ++hole) {
        const std::size_t mark = pattern.find("{}");
        if (mark == std::string_view::npos) return pattern == text;
        if (hole == kHolesMax || !text.starts_with(pattern.substr(0, mark))) return false;
        text.remove_prefix(mark);
        pattern.remove_prefix(mark + 2);
        const std::string_view next = pattern.substr(0, pattern.find("{}"));
        const bool is_last = next.size() == pattern.size();
        std::size_t end = text.find(next);
        if (is_last)
            end = text.ends_with(next) ? text.size() - next.size() : std::string_view::npos;
        const bool may_be_empty = next.starts_with('\'');  // what was sent, between quotes
        if (end == std::string_view::npos || (end == 0 && !may_be_empty)) return false;
        holes[hole] = text.substr(0, end);
        text.remove_prefix(end);
    }
}

std::optional<Filled> find_sentence(std::string_view english) {
    Filled filled;
    for (const Sentence& sentence : sentences()) {
        if (sentence.english.front() != english.front() && sentence.english.front() != '{')
            continue;
        if (!fits(sentence.english, english, filled.holes)) continue;
        filled.sentence = &sentence;
        return filled;
    }
    return std::nullopt;
}

}  // namespace

SaidFault said_in_spanish(std::string_view english) {
    const auto found = english.empty() ? std::nullopt : find_sentence(english);
    if (!found) {
        g_untranslated.fetch_add(1, std::memory_order_relaxed);
        return {.text = std::string(english)};
    }
    SaidFault said{.code = found->sentence->code};
    std::string_view spanish = found->sentence->spanish;
    for (std::size_t hole = 0;; ++hole) {
        const std::size_t mark = spanish.find("{}");
        said.text += spanish.substr(0, mark);
        if (mark == std::string_view::npos) return said;
        said.text += found->holes.at(hole);
        spanish.remove_prefix(mark + 2);
    }
}

SaidFault said_in_english(std::string_view english) {
    SaidFault said{.text = std::string(english)};
    if (english.empty()) return said;
    if (const auto found = find_sentence(english)) said.code = found->sentence->code;
    return said;
}

std::uint64_t untranslated() noexcept {
    return g_untranslated.load(std::memory_order_relaxed);
}

}  // namespace segurifai::http

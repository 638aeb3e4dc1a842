#include "http/negotiation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace segurifai::http {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Cuts what stands before `mark` off `rest`.
std::string_view cut(std::string_view& rest, char mark) noexcept {
    const std::size_t at = rest.find(mark);
    const std::string_view piece = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + 1);
    return trimmed(piece);
}

/// "0.85" in thousandths; 0 for what is no weight.
int thousandths(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return 0;
    int value = (text[0] - '0') * 1'000;
    if (text.size() == 1) return value;
    if (text[1] != '.') return 0;
    int unit = 100;
    for (const char c : text.substr(2)) {
        if (c < '0' || c > '9') return 0;
        value += (c - '0') * unit;
        unit /= 10;
    }
    return std::min(value, 1'000);
}

/// One element of Accept or Accept-Language with its weight.
struct Range {
    std::string_view name;
    int weight = 1'000;
};

Range range_of(std::string_view element) noexcept {
    Range range{cut(element, ';')};
    while (!element.empty()) {
        const std::string_view parameter = cut(element, ';');
        if (parameter.size() >= 2 && lower(parameter[0]) == 'q' && parameter[1] == '=')
            range.weight = thousandths(parameter.substr(2));
    }
    return range;
}

/// The weight that the ranges of `accept` give a media type: the most specific one counts.
int weight_of(std::string_view accept, std::string_view type) noexcept {
    const std::string_view main = type.substr(0, type.find('/'));
    int best = 0;
    int best_rank = 0;
    while (!accept.empty()) {
        const Range range = range_of(cut(accept, ','));
        int rank = 0;
        if (same(range.name, type))
            rank = 3;
        else if (range.name.ends_with("/*") &&
                 same(range.name.substr(0, range.name.size() - 2), main))
            rank = 2;
        else if (range.name == "*/*")
            rank = 1;
        if (rank > best_rank || (rank == best_rank && rank > 0 && range.weight > best)) {
            best = range.weight;
            best_rank = rank;
        }
    }
    return best;
}

bool has_charset_of_ours(std::string_view parameters) noexcept {
    while (!parameters.empty()) {
        std::string_view parameter = cut(parameters, ';');
        if (parameter.empty()) continue;
        const std::string_view name = cut(parameter, '=');
        if (!same(name, "charset")) continue;
        if (!same(parameter, "utf-8") && !same(parameter, "\"utf-8\"")) return false;
    }
    return true;
}

}  // namespace

Language language_of(std::optional<std::string_view> accept_language) noexcept {
    if (!accept_language) return Language::kSpanish;
    // -1 = not named: "*" then speaks for it.
    std::array<int, 2> weights{-1, -1};
    int other = 0;
    std::string_view rest = *accept_language;
    while (!rest.empty()) {
        const Range range = range_of(cut(rest, ','));
        const std::string_view main = range.name.substr(0, range.name.find('-'));
        if (same(main, "es")) weights[0] = std::max(weights[0], range.weight);
        if (same(main, "en")) weights[1] = std::max(weights[1], range.weight);
        if (range.name == "*") other = range.weight;
    }
    for (int& weight : weights)
        if (weight < 0) weight = other;
    return weights[1] > weights[0] ? Language::kEnglish : Language::kSpanish;
}

std::string_view code_of(Language language) noexcept {
    return language == Language::kSpanish ? "es" : "en";
}

Accepted accepted_of(std::optional<std::string_view> accept) noexcept {
    if (!accept || *accept == "*/*" || *accept == "application/json") return {};
    Accepted accepted;
    const int json = weight_of(*accept, "application/json");
    // Named itself: "*/*" asks for the plain shape.
    bool names_problem = false;
    accepted.any = false;
    for (std::string_view rest = *accept; !rest.empty();) {
        const Range range = range_of(cut(rest, ','));
        accepted.any = accepted.any || range.weight > 0;
        names_problem =
            names_problem || (range.weight > 0 && same(range.name, "application/problem+json"));
    }
    accepted.json = json > 0 || names_problem;
    if (names_problem) accepted.problem = ProblemShape::kRfc9457;
    return accepted;
}

bool accepts(std::optional<std::string_view> accept, std::string_view type) noexcept {
    if (!accept) return true;
    return weight_of(*accept, type.substr(0, type.find(';'))) > 0;
}

bool is_media_of(const Route& route, std::string_view content_type) noexcept {
    std::string_view parameters = content_type;
    const std::string_view type = cut(parameters, ';');
    if (route.options.media == Media::kMultipart)
        return same(type, "multipart/form-data") && !parameters.empty();
    const bool is_patch = route.method == Method::kPatch;
    const bool is_json =
        same(type, "application/json") || (is_patch && same(type, "application/merge-patch+json"));
    return is_json && has_charset_of_ours(parameters);
}

}  // namespace segurifai::http

#include "model/validators.hpp"

#include <algorithm>

#include "base/phone.hpp"

namespace segurifai::model::validators {
namespace {

constexpr std::size_t kEmailSizeMax = 254;     // RFC 5321 §4.5.3.1.3, less the angle brackets
constexpr std::size_t kLocalPartSizeMax = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t kLabelSizeMax = 63;      // RFC 1035 §2.3.4

constexpr bool is_letter(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_label(std::string_view label) noexcept {
    return !label.empty() && label.size() <= kLabelSizeMax && label.front() != '-' &&
           label.back() != '-' && std::all_of(label.begin(), label.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '-';
           });
}

/// Labels joined by points; at least `labels_min` of them.
bool is_host(std::string_view host, int labels_min) noexcept {
    int labels = 0;
    for (;;) {
        const std::size_t point = host.find('.');
        if (!is_label(host.substr(0, point))) return false;
        ++labels;
        if (point == std::string_view::npos) return labels >= labels_min;
        host.remove_prefix(point + 1);
    }
}

bool is_email(std::string_view text) noexcept {
    const std::size_t at = text.find('@');
    if (at == std::string_view::npos || text.size() > kEmailSizeMax) return false;
    const std::string_view local = text.substr(0, at);
    const std::string_view host = text.substr(at + 1);
    constexpr std::string_view kMarks = ".!#$%&'*+/=?^_`{|}~-";  // RFC 5322 atext, and the point
    if (local.empty() || local.size() > kLocalPartSizeMax || local.front() == '.' ||
        local.back() == '.' || local.find("..") != std::string_view::npos)
        return false;
    for (const char c : local)
        if (!is_letter(c) && !is_digit(c) && kMarks.find(c) == std::string_view::npos) return false;
    return is_host(host, 2) && !is_digit(host.back());
}

bool is_url(std::string_view text) noexcept {
    if (text.starts_with("https://"))
        text.remove_prefix(8);
    else if (text.starts_with("http://"))
        text.remove_prefix(7);
    else
        return false;
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '<' ||
            c == '>' || c == '\\' || c == '^' || c == '`' || c == '{' || c == '|' || c == '}')
            return false;
    std::string_view host = text.substr(0, text.find_first_of("/?#"));
    if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
        const std::string_view port = host.substr(colon + 1);
        if (port.empty() || port.size() > 5 || !std::all_of(port.begin(), port.end(), is_digit))
            return false;
        host = host.substr(0, colon);
    }
    return is_host(host, 1);  // names and passwords before an '@' are refused by this too
}

/// Reads canonical JSON: no spaces, so an array of strings is strings and commas.
bool is_array_of_strings(std::string_view text) noexcept {
    if (text == "[]") return true;
    if (text.size() < 4 || text.front() != '[' || text.back() != ']') return false;
    std::size_t at = 1;
    for (;;) {
        if (text[at] != '"') return false;
        ++at;
        while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
        if (at + 1 >= text.size()) return false;
        const char next = text[at + 1];
        at += 2;
        if (next == ']') return at == text.size();
        if (next != ',' || at >= text.size()) return false;
    }
}

}  // namespace

std::optional<std::string> email(const sql::Value& value) {
    if (is_email(value.as_text())) return std::nullopt;
    return "Must be an e-mail address.";
}

std::optional<std::string> phone(const sql::Value& value) {
    const std::string_view text = value.as_text();
    if (const auto parsed = Phone::parse(text); parsed && parsed->text() == text)
        return std::nullopt;
    return "Must be a telephone number of Guatemala, written +502XXXXXXXX.";
}

std::optional<std::string> url(const sql::Value& value) {
    if (is_url(value.as_text())) return std::nullopt;
    return "Must be an address that begins with https:// or http://.";
}

std::optional<std::string> url_or_empty(const sql::Value& value) {
    return value.as_text().empty() ? std::nullopt : url(value);
}

std::optional<std::string> strings(const sql::Value& value) {
    if (is_array_of_strings(value.as_text())) return std::nullopt;
    return "Must be a JSON array of strings.";
}

}  // namespace segurifai::model::validators

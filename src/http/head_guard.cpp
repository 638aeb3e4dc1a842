#include "http/head_guard.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace segurifai::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kVersionBytes = 8;  // "HTTP/1.1"
constexpr std::size_t kHostBytesMax = 255;
constexpr std::size_t kPortDigitsMax = 5;
constexpr std::size_t kLengthDigitsMax = 18;  // fits a signed 64-bit number

enum Class : std::uint8_t { kToken = 1, kValue = 2, kTarget = 4, kName = 8, kDigit = 16 };

constexpr std::array<std::uint8_t, 256> classes() {
    std::array<std::uint8_t, 256> made{};
    constexpr std::string_view token = "!#$%&'*+-.^_`|~";
    constexpr std::string_view not_in_target = "\"#<>\\";
    for (unsigned c = 0; c < 256; ++c) {
        const char letter = static_cast<char>(c);
        const bool digit = c >= '0' && c <= '9';
        const bool alnum = digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        std::uint8_t bits = 0;
        if (alnum || (c != 0 && token.contains(letter))) bits |= kToken;
        if (c == '\t' || (c >= 0x20 && c != 0x7F)) bits |= kValue;
        if (c > 0x20 && c < 0x7F && !not_in_target.contains(letter)) bits |= kTarget;
        if (alnum || letter == '-' || letter == '.' || letter == '_') bits |= kName;
        if (digit) bits |= kDigit;
        made[c] = bits;
    }
    return made;
}
constexpr auto kClasses = classes();

bool all(std::string_view text, Class which) noexcept {
    std::uint8_t bits = which;
    for (const char c : text) bits &= kClasses[static_cast<unsigned char>(c)];
    return bits != 0;
}

std::string_view trimmed(std::string_view text) noexcept {
    const auto space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

/// "http://" or "https://": its length; 0 for anything else.
std::size_t scheme_size(std::string_view target) noexcept {
    for (const std::string_view scheme : {"http://", "https://"})
        if (same_word(target.substr(0, scheme.size()), scheme)) return scheme.size();
    return 0;
}

constexpr Refused kRequestLineTooLong{414, "target_too_long", "the request line is over its limit"};

/// The most bytes of a request line: the longest method, target and version, two spaces and a CR.
constexpr std::size_t request_line_max(const HeadLimits& limits) noexcept {
    return kMethodBytesMax + limits.target_bytes_max + kVersionBytes + 3;
}

}  // namespace

bool same_word(std::string_view a, std::string_view lower) noexcept {
    return std::ranges::equal(a, lower, [](char x, char y) {
        return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + ('a' - 'A')) : x) == y;
    });
}

bool is_host(std::string_view text) noexcept {
    if (text.empty() || text.size() > kHostBytesMax) return false;
    std::size_t end = 0;
    if (text.front() == '[') {
        end = text.find(']');
        if (end == std::string_view::npos || end < 3) return false;
        const std::string_view inside = text.substr(1, end - 1);
        if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos)
            return false;
        ++end;
    } else {
        end = std::min(text.find(':'), text.size());
        if (end == 0 || !all(text.substr(0, end), kName)) return false;
    }
    const std::string_view port = text.substr(end);
    if (port.empty()) return true;
    return port.front() == ':' && port.size() > 1 && port.size() <= 1 + kPortDigitsMax &&
           all(port.substr(1), kDigit);
}

std::string_view origin_form(std::string_view target) noexcept {
    const std::size_t scheme = scheme_size(target);
    if (scheme == 0) return target;
    return target.substr(std::min(target.find('/', scheme), target.size()));
}

void HeadGuard::reset() noexcept {
    *this = HeadGuard(limits_);
}

bool HeadGuard::refuse(const Refused& why) noexcept {
    refused_ = why;
    return false;
}

HeadGuard::State HeadGuard::scan(std::string_view head) noexcept {
    if (refused_.status != 0) return State::kRefused;
    if (facts_.size != 0) return State::kComplete;
    for (;;) {
        const void* found = scanned_ < head.size()
                                ? std::memchr(head.data() + scanned_, '\n', head.size() - scanned_)
                                : nullptr;
        if (found == nullptr) {
            scanned_ = head.size();
            return partial_line(head) ? State::kMore : State::kRefused;
        }
        const auto feed = static_cast<std::size_t>(static_cast<const char*>(found) - head.data());
        const std::string_view line = head.substr(line_at_, feed - line_at_);
        const bool first = line_at_ == 0;
        if (first && !request_line_so_far(line)) return State::kRefused;
        if (feed >= limits_.head_bytes_max && !(first && line.size() > limits_.target_bytes_max))
            refuse(kHeadTooLarge);
        else if (line.empty() || line.back() != '\r')
            refuse(malformed("a line that does not end in CR LF"));
        else if (line.size() == 1 && first)
            refuse(malformed("an empty line before the request"));
        else if (line.size() == 1)
            finish(head);
        else if (first)
            request_line(line.substr(0, line.size() - 1));
        else
            field_line(head, line.substr(0, line.size() - 1));
        if (refused_.status != 0) return State::kRefused;
        line_at_ = scanned_ = feed + 1;
        if (line.size() == 1) {
            facts_.size = feed + 1;
            return State::kComplete;
        }
    }
}

/// What can be said of the request line before it has ended: it may be over its limit, or no HTTP
/// at all (TLS sent to the wrong port would else wait for its time limit). Asked when it has ended,
/// too, so that the answer is the same however the line arrived.
bool HeadGuard::request_line_so_far(std::string_view line) noexcept {
    if (!line.empty() && !all(line.substr(0, 1), kToken))
        return refuse(malformed("no method at the beginning"));
    if (line.size() > request_line_max(limits_)) return refuse(kRequestLineTooLong);
    return true;
}

bool HeadGuard::partial_line(std::string_view head) noexcept {
    if (line_at_ == 0 && !request_line_so_far(head)) return false;
    if (head.size() >= limits_.head_bytes_max) return refuse(kHeadTooLarge);
    return true;
}

bool HeadGuard::request_line(std::string_view line) noexcept {
    const std::size_t method_end = std::min(line.find(' '), line.size());
    const std::string_view method = line.substr(0, method_end);
    if (method.empty() || method.size() > kMethodBytesMax || !all(method, kToken))
        return refuse(malformed("a method that is no token"));
    std::string_view rest = line.substr(std::min(method_end + 1, line.size()));
    const std::size_t target_end = std::min(rest.find(' '), rest.size());
    if (target_end > limits_.target_bytes_max)
        return refuse({414, "target_too_long", "the target is over its limit"});
    const std::string_view version = rest.substr(std::min(target_end + 1, rest.size()));
    if (version == "HTTP/1.1")
        facts_.http11 = true;
    else if (version != "HTTP/1.0")
        return refuse(malformed("a version that is neither HTTP/1.1 nor HTTP/1.0"));
    const std::string_view where = rest.substr(0, target_end);
    if (where.empty() || !all(where, kTarget))
        return refuse(malformed("a target that is empty or has forbidden bytes"));
    return target(method, where);
}

bool HeadGuard::target(std::string_view method, std::string_view target) noexcept {
    if (target.front() == '/') return true;
    if (target == "*")
        return method == "OPTIONS" || refuse(malformed("\"*\" is for OPTIONS alone"));
    const std::size_t scheme = scheme_size(target);
    if (scheme == 0) return refuse(malformed("a target that is no path"));
    const std::size_t slash = target.find('/', scheme);
    if (slash == std::string_view::npos)
        return refuse(malformed("an absolute target without a path"));
    authority_ = {method.size() + 1 + scheme, slash - scheme};
    return is_host(target.substr(scheme, slash - scheme)) ||
           refuse(malformed("an absolute target with a bad authority"));
}

bool HeadGuard::field_line(std::string_view head, std::string_view line) noexcept {
    if (line.front() == ' ' || line.front() == '\t') return refuse(malformed("a folded field"));
    if (++fields_ > limits_.fields_max)
        return refuse({431, "headers_too_large", "more fields than the limit"});
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return refuse(malformed("a field without a colon"));
    const std::string_view name = line.substr(0, colon);
    if (name.empty() || !all(name, kToken))
        return refuse(malformed("a field name that is no token"));
    const std::string_view value = line.substr(colon + 1);
    if (!all(value, kValue)) return refuse(malformed("a control character in a field"));
    const std::string_view content = trimmed(value);
    if (name.size() == 4 && same_word(name, "host")) {
        ++hosts_;
        host_ = {static_cast<std::size_t>(content.data() - head.data()), content.size()};
        if (hosts_ > 1) return refuse(malformed("more than one Host"));
        return is_host(content) || refuse(malformed("a Host that is no host"));
    }
    return framing_field(name, content);
}

bool HeadGuard::framing_field(std::string_view name, std::string_view value) noexcept {
    switch (name.size()) {
        case 6:
            if (same_word(name, "expect") && same_word(value, "100-continue"))
                facts_.expect_continue = true;
            return true;
        case 10:
            if (!same_word(name, "connection")) return true;
            for (std::string_view rest = value; !rest.empty();) {
                const std::size_t comma = std::min(rest.find(','), rest.size());
                const std::string_view option = trimmed(rest.substr(0, comma));
                if (same_word(option, "close")) facts_.close = true;
                if (same_word(option, "keep-alive")) facts_.keep_alive = true;
                rest.remove_prefix(std::min(comma + 1, rest.size()));
            }
            return true;
        case 14: return !same_word(name, "content-length") || content_length(value);
        case 17:
            if (!same_word(name, "transfer-encoding")) return true;
            if (facts_.chunked) return refuse(malformed("more than one Transfer-Encoding"));
            if (value != "chunked")
                return refuse(malformed("a Transfer-Encoding that is not \"chunked\""));
            facts_.chunked = true;
            return true;
        default: return true;
    }
}

bool HeadGuard::content_length(std::string_view value) noexcept {
    if (facts_.has_length) return refuse(malformed("more than one Content-Length"));
    if (value.empty() || value.size() > kLengthDigitsMax || !all(value, kDigit) ||
        (value.size() > 1 && value.front() == '0'))
        return refuse(malformed("a Content-Length that is no plain number"));
    facts_.has_length = true;
    for (const char digit : value)
        facts_.length = facts_.length * 10 + static_cast<std::uint64_t>(digit - '0');
    return true;
}

bool HeadGuard::finish(std::string_view head) noexcept {
    if (facts_.chunked && facts_.has_length)
        return refuse(malformed("Transfer-Encoding and Content-Length"));
    if (facts_.chunked && !facts_.http11) return refuse(malformed("Transfer-Encoding in HTTP/1.0"));
    if (facts_.http11 && hosts_ != 1) return refuse(malformed("HTTP/1.1 without a Host"));
    if (authority_.size != 0 && hosts_ != 0) {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        };
        if (!std::ranges::equal(authority_.of(head), host_.of(head), {}, lower, lower))
            return refuse(malformed("a target for another host than Host"));
    }
    return true;
}

}  // namespace segurifai::http

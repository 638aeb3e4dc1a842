#include "base/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

namespace segurifai {
namespace {

/// The longest number in canonical form; what has more digits is refused.
constexpr std::size_t kNumberSizeMax = 400;

/// A JSON number without exponent and without the sign of a zero, its digits after the point kept:
/// "1.50e1" becomes "15.0". So PostgreSQL's jsonb writes it too. Empty when it would be too long.
std::string plain_number(std::string_view token) {
    const bool negative = token.starts_with('-');
    const std::string_view magnitude = token.substr(negative ? 1 : 0);
    const std::size_t e = magnitude.find_first_of("eE");
    const std::string_view mantissa = magnitude.substr(0, e);
    const std::size_t point = mantissa.find('.');
    std::string digits(mantissa.substr(0, point));
    std::ptrdiff_t whole = std::ssize(digits);  // digits before the point
    if (point != std::string_view::npos) digits += mantissa.substr(point + 1);
    if (e != std::string_view::npos) {
        std::string_view exponent_text = magnitude.substr(e + 1);
        if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
        int exponent = 0;
        const char* const begin = exponent_text.data();
        const char* const end = begin + exponent_text.size();
        if (std::from_chars(begin, end, exponent).ec != std::errc()) return {};
        if (std::abs(exponent) > static_cast<int>(kNumberSizeMax)) return {};
        whole += exponent;
        if (whole > std::ssize(digits))
            digits.append(static_cast<std::size_t>(whole) - digits.size(), '0');
        if (whole < 1) {
            digits.insert(0, static_cast<std::size_t>(1 - whole), '0');
            whole = 1;
        }
    }
    const std::size_t before = static_cast<std::size_t>(whole);
    const std::size_t zeros = std::min(digits.find_first_not_of('0'), before - 1);
    std::string plain = digits.substr(zeros, before - zeros);
    if (digits.size() > before) plain += '.' + digits.substr(before);
    const bool zero = digits.find_first_not_of('0') == std::string::npos;
    if (negative && !zero) plain.insert(plain.begin(), '-');
    return plain.size() > kNumberSizeMax ? std::string() : plain;
}

/// Rebuilds a document in canonical form while Boost.JSON's parser walks it. Keeps one frame per
/// open array or object; a finished value is appended to the frame below.
class Canonicaliser {
public:
    // The names and limits below are what basic_parser asks of its handler.
    static constexpr std::size_t max_object_size = 10'000;
    static constexpr std::size_t max_array_size = 100'000;
    static constexpr std::size_t max_key_size = 1'000;
    static constexpr std::size_t max_string_size = kJsonBytesMax;

    using error_code = boost::json::error_code;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return open(); }
    bool on_object_end(std::size_t, error_code& error) {
        Frame frame = std::move(frames_.back());
        frames_.pop_back();
        std::sort(frame.members.begin(), frame.members.end());
        std::string text = "{";
        for (std::size_t i = 0; i < frame.members.size(); ++i) {
            if (i > 0 && frame.members[i].first == frame.members[i - 1].first) {
                duplicate_ = true;
                error = boost::json::error::syntax;
                return false;
            }
            if (i > 0) text += ',';
            append_json_string(text, frame.members[i].first);
            text += ':';
            text += frame.members[i].second;
        }
        text += '}';
        return value(std::move(text));
    }
    bool on_array_begin(error_code&) { return open(); }
    bool on_array_end(std::size_t, error_code&) {
        const Frame frame = std::move(frames_.back());
        frames_.pop_back();
        std::string text = "[";
        for (std::size_t i = 0; i < frame.members.size(); ++i) {
            if (i > 0) text += ',';
            text += frame.members[i].second;
        }
        text += ']';
        return value(std::move(text));
    }
    bool on_key_part(boost::json::string_view part, std::size_t, error_code&) {
        part_.append(part.data(), part.size());
        return true;
    }
    bool on_key(boost::json::string_view part, std::size_t, error_code& error) {
        part_.append(part.data(), part.size());
        frames_.back().key = std::exchange(part_, {});
        return storable(frames_.back().key, error);
    }
    bool on_string_part(boost::json::string_view part, std::size_t, error_code&) {
        part_.append(part.data(), part.size());
        return true;
    }
    bool on_string(boost::json::string_view part, std::size_t, error_code& error) {
        part_.append(part.data(), part.size());
        const std::string whole = std::exchange(part_, {});
        if (!storable(whole, error)) return false;
        std::string text;
        append_json_string(text, whole);
        return value(std::move(text));
    }
    bool on_number_part(boost::json::string_view part, error_code&) {
        part_.append(part.data(), part.size());
        return true;
    }
    bool on_int64(std::int64_t, boost::json::string_view part, error_code& error) {
        return number(part, error);
    }
    bool on_uint64(std::uint64_t, boost::json::string_view part, error_code& error) {
        return number(part, error);
    }
    bool on_double(double, boost::json::string_view part, error_code& error) {
        return number(part, error);
    }
    bool on_bool(bool b, error_code&) { return value(b ? "true" : "false"); }
    bool on_null(error_code&) { return value("null"); }
    bool on_comment_part(boost::json::string_view, error_code&) { return false; }
    bool on_comment(boost::json::string_view, error_code&) { return false; }

    [[nodiscard]] std::string take() { return std::move(result_); }
    [[nodiscard]] bool duplicate() const noexcept { return duplicate_; }
    [[nodiscard]] bool unstorable() const noexcept { return unstorable_; }
    [[nodiscard]] bool oversized() const noexcept { return oversized_; }

private:
    struct Frame {
        std::string key;
        std::vector<std::pair<std::string, std::string>> members;
    };

    bool open() {
        frames_.emplace_back();
        return true;
    }
    bool number(boost::json::string_view part, error_code& error) {
        part_.append(part.data(), part.size());
        std::string plain = plain_number(std::exchange(part_, {}));
        if (plain.empty()) {
            oversized_ = true;
            error = boost::json::error::syntax;
            return false;
        }
        return value(std::move(plain));
    }
    bool value(std::string text) {
        if (frames_.empty()) {
            result_ = std::move(text);
        } else {
            Frame& frame = frames_.back();
            frame.members.emplace_back(std::exchange(frame.key, {}), std::move(text));
        }
        return true;
    }
    bool storable(const std::string& text, error_code& error) {
        if (text.find('\0') == std::string::npos) return true;
        unstorable_ = true;
        error = boost::json::error::syntax;
        return false;
    }

    std::vector<Frame> frames_;
    std::string part_;
    std::string result_;
    bool duplicate_ = false;
    bool unstorable_ = false;
    bool oversized_ = false;
};

}  // namespace

Result<Json> Json::parse(std::string_view text) {
    if (text.size() > kJsonBytesMax) return fail(Code::kInvalid, "The JSON is over 1 MB.");
    boost::json::parse_options options;
    options.max_depth = kJsonDepthMax;
    boost::json::basic_parser<Canonicaliser> parser(options);
    boost::json::error_code error;
    const std::size_t used = parser.write_some(false, text.data(), text.size(), error);
    if (parser.handler().duplicate())
        return fail(Code::kInvalid, "A JSON object names one key twice.");
    if (parser.handler().unstorable())
        return fail(Code::kInvalid, "A JSON text holds the character U+0000.");
    if (parser.handler().oversized())
        return fail(Code::kInvalid, "A JSON number has more digits than can be stored.");
    if (error == boost::json::error::too_deep)
        return fail(Code::kInvalid, "The JSON is nested deeper than 32 levels.");
    if (error) return fail(Code::kInvalid, "The JSON is malformed.");
    const std::string_view rest = text.substr(used);
    if (rest.find_first_not_of(" \t\r\n") != std::string_view::npos)
        return fail(Code::kInvalid, "Something follows the JSON value.");
    return Json{parser.handler().take()};
}

JsonKind kind_of(const Json& json) noexcept {
    if (json.text.starts_with('[')) return JsonKind::kArray;
    if (json.text.starts_with('{')) return JsonKind::kObject;
    return JsonKind::kAny;
}

namespace {

constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
constexpr std::uint64_t kHigh = 0x80 * kOnes;

constexpr bool is_escaped(unsigned char c) noexcept {
    return c < 0x20 || c == '"' || c == '\\';
}

/// The first byte that is no ASCII, or U+0000. Most text has none: eight at a time.
const unsigned char* past_ascii(const unsigned char* at, const unsigned char* end) noexcept {
    for (std::uint64_t word = 0; end - at >= 8; at += 8) {
        std::memcpy(&word, at, 8);
        // A byte of zero borrows into its high bit; a byte past 127 has it.
        if (((word | (word - kOnes)) & kHigh) != 0) break;
    }
    while (at < end && *at != 0 && *at < 0x80) ++at;
    return at;
}

/// The first character from `at` on that JSON escapes; the size of the text where there is none.
/// Looks at eight together while none of them is one.
std::size_t next_escaped(std::string_view text, std::size_t at) noexcept {
    const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHigh; };
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + at, 8);
        const std::uint64_t control = (word - 0x20 * kOnes) & ~word & kHigh;
        const std::uint64_t found =
            control | has_zero(word ^ ('"' * kOnes)) | has_zero(word ^ ('\\' * kOnes));
        if (found != 0) break;
    }
    while (at < text.size() && !is_escaped(static_cast<unsigned char>(text[at]))) ++at;
    return at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view kHex = "0123456789abcdef";
    out += '"';
    std::size_t clean = 0;  // start of the run that needs no escape
    for (std::size_t i = next_escaped(text, 0); i < text.size(); i = next_escaped(text, i + 1)) {
        const auto c = static_cast<unsigned char>(text[i]);
        out.append(text, clean, i - clean);
        clean = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out += kHex[c >> 4];
                out += kHex[c & 0x0f];
        }
    }
    out.append(text, clean, text.size() - clean);
    out += '"';
}

void append_json_number(std::string& out, double value) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    out.append(buffer, end);
}

bool is_storable_text(std::string_view text) noexcept {
    const auto* at = reinterpret_cast<const unsigned char*>(text.data());
    const auto* const end = at + text.size();
    while ((at = past_ascii(at, end)) < end) {
        const unsigned char lead = *at;
        // Table 3-7 of the Unicode Standard: well-formed byte sequences.
        int follow = 0;
        unsigned char low = 0x80;
        unsigned char high = 0xbf;
        if (lead >= 0xc2 && lead <= 0xdf) {
            follow = 1;
        } else if (lead >= 0xe0 && lead <= 0xef) {
            follow = 2;
            if (lead == 0xe0) low = 0xa0;
            if (lead == 0xed) high = 0x9f;
        } else if (lead >= 0xf0 && lead <= 0xf4) {
            follow = 3;
            if (lead == 0xf0) low = 0x90;
            if (lead == 0xf4) high = 0x8f;
        } else {
            return false;
        }
        if (end - at <= follow || at[1] < low || at[1] > high) return false;
        for (int i = 2; i <= follow; ++i)
            if ((at[i] & 0xc0) != 0x80) return false;
        at += follow + 1;
    }
    return true;
}

std::size_t character_count(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    }));
}

}  // namespace segurifai

#include "http/percent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>

namespace segurifai::http {
namespace {

constexpr int kNoHex = -1;

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return kNoHex;
}

enum class Plus : std::uint8_t { kPlus, kSpace };

std::optional<std::string> decode(std::string_view encoded, Plus plus) {
    std::string decoded;
    decoded.reserve(encoded.size());
    const auto is_plain = [](char c) { return c != '%' && c != '+' && c != '\0'; };
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        const auto* const run = encoded.data() + i;
        const auto* const end = std::find_if_not(run, encoded.data() + encoded.size(), is_plain);
        decoded.append(run, end);
        i += static_cast<std::size_t>(end - run);
        if (i == encoded.size()) break;
        char c = encoded[i];
        if (c == '%') {
            if (encoded.size() - i < 3) return std::nullopt;
            const int high = hex_value(encoded[i + 1]);
            const int low = hex_value(encoded[i + 2]);
            if (high == kNoHex || low == kNoHex) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus == Plus::kSpace) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        decoded.push_back(c);
    }
    if (!is_utf8(decoded)) return std::nullopt;
    return decoded;
}

/// How much of `text` is ASCII, eight characters at a time.
std::size_t ascii_size(std::string_view text) noexcept {
    constexpr std::uint64_t kHigh = 0x8080'8080'8080'8080;
    std::size_t at = 0;
    for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
        std::memcpy(&word, text.data() + at, sizeof word);
        if ((word & kHigh) != 0) break;
    }
    return at;
}

/// The bytes of one character at the beginning of `text`; 0 when it is none.
std::size_t utf8_size(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const bool overlong = first == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = first == 0xED && byte(1) > 0x9F;
        return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const bool overlong = first == 0xF0 && byte(1) < 0x90;
        const bool above = first == 0xF4 && byte(1) > 0x8F;
        return tail(1) && tail(2) && tail(3) && !overlong && !above ? 4 : 0;
    }
    return 0;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        text.remove_prefix(ascii_size(text));
        if (text.empty()) break;
        const std::size_t size = utf8_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

Result<std::string> decode_segment(std::string_view encoded) {
    if (auto decoded = decode(encoded, Plus::kPlus)) return *std::move(decoded);
    return fail(Code::kInvalid, "The path is not percent-encoded UTF-8.");
}

Result<QueryPairs> decode_query(std::string_view encoded) {
    QueryPairs pairs;
    std::size_t place = 0;
    for (std::string_view rest = encoded; !rest.empty();) {
        const std::size_t end = std::min(rest.find('&'), rest.size());
        const std::string_view piece = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (piece.empty()) continue;
        if (++place > kQueryPairsMax)
            return fault({}, fmt::format("No more than {} parameters.", kQueryPairsMax));
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = decode(piece.substr(0, equals), Plus::kSpace);
        auto value = decode(piece.substr(std::min(equals + 1, piece.size())), Plus::kSpace);
        if (!name || name->empty())
            return fault({}, fmt::format("The name of parameter {} is not valid.", place));
        if (!value) return fault(*std::move(name), "Not percent-encoded UTF-8.");
        pairs.emplace_back(*std::move(name), *std::move(value));
    }
    return pairs;
}

}  // namespace segurifai::http

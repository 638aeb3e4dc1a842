#include "http/percent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/json.hpp"

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
    if (!is_storable_text(decoded)) return std::nullopt;
    return decoded;
}

}  // namespace

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

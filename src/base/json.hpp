#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace segurifai {

/// Limits on every JSON text that comes from outside (API §1.1).
inline constexpr std::size_t kJsonDepthMax = 32;
inline constexpr std::size_t kJsonBytesMax = 1'000'000;

/// A JSON document kept as text in canonical form: no spaces, object members sorted by key, no
/// duplicate keys, numbers without exponent and with the digits they were written with. The same
/// document has the same text on both engines.
struct Json {
    std::string text = "null";

    /// Checks and canonicalises. Fails with kInvalid on anything that is not one strict JSON value
    /// (RFC 8259), on a duplicate key, on invalid UTF-8, on U+0000 (which PostgreSQL cannot hold)
    /// and past the limits above.
    [[nodiscard]] static Result<Json> parse(std::string_view text);

    friend bool operator==(const Json&, const Json&) = default;
};

enum class JsonKind : std::uint8_t { kAny, kArray, kObject };

/// The kind of a canonical document, read from its first character.
[[nodiscard]] JsonKind kind_of(const Json& json) noexcept;

/// Appends `text` to `out` as a JSON string, quotes included. `text` is valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Appends a number in the shortest form that reads back equal; null for NaN and infinity.
void append_json_number(std::string& out, double value);

/// True when `text` is well-formed UTF-8 without U+0000: what both engines store alike.
[[nodiscard]] bool is_storable_text(std::string_view text) noexcept;

/// How many characters (code points) a well-formed UTF-8 text has.
[[nodiscard]] std::size_t character_count(std::string_view text) noexcept;

}  // namespace segurifai

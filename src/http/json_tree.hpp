#pragma once

#include <cstdint>
#include <forward_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::http {

/// The most values one document may hold.
inline constexpr std::size_t kJsonNodesMax = 200'000;

/// One value of a document. The values within an array or object follow it, up to `end`.
struct JsonNode {
    enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

    Kind kind = Kind::kNull;
    bool truth = false;          ///< of a boolean
    std::uint32_t end = 0;       ///< the index after the last value within
    std::uint32_t count = 0;     ///< elements or members
    std::string_view key = {};   ///< its name, for the member of an object
    std::string_view text = {};  ///< a number as it was written; a string, decoded
};

/// A JSON document as it came: numbers as text, members in their order and as often as they were
/// given. What it says about them is for the reader to judge. Borrows from the text it was read of.
class JsonTree {
public:
    /// Strict RFC 8259 in UTF-8: refuses kParseError for anything else, for more than 32 levels and
    /// past the limits above, and kPayloadTooLarge for more than 1 MB.
    [[nodiscard]] static Result<JsonTree> parse(std::string_view json);

    /// The value at `index`; the whole document is at 0.
    [[nodiscard]] const JsonNode& operator[](std::size_t index) const { return nodes_[index]; }

    /// Appends the value at `index` as JSON without spaces, members and numbers as they came.
    void append_json(std::string& out, std::size_t index) const;

private:
    class Builder;

    std::vector<JsonNode> nodes_;
    std::forward_list<std::string> texts_;  ///< those that are not in the document as they are
};

}  // namespace segurifai::http

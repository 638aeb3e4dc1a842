#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "http/shape.hpp"

namespace segurifai::http {

inline constexpr std::size_t kQueryPairsMax = 100;

/// Decodes one segment of a path ("caf%C3%A9", without '/'). kInvalid for a '%' without two
/// hexadecimal digits, %00, and what is no UTF-8. '+' stays '+'.
[[nodiscard]] Result<std::string> decode_segment(std::string_view encoded);

/// Decodes a query into its pairs, in order ("a=1&b" is a="1", b=""); '+' is a space. kInvalid, one
/// fault naming the pair by its place, as above and for an empty name; and for more pairs than
/// kQueryPairsMax. Empty pieces ("a=1&&b=2") are skipped.
[[nodiscard]] Result<QueryPairs> decode_query(std::string_view encoded);

}  // namespace segurifai::http

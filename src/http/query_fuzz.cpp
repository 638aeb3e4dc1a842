// Hostile queries and paths: whatever is decoded is UTF-8 without NUL and no longer than it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.hpp"
#include "http/percent.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace segurifai::http;  // NOLINT: a program of its own
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto bad = [size](std::string_view decoded) {
        return decoded.size() > size || !segurifai::is_storable_text(decoded);
    };
    if (const auto segment = decode_segment(text); segment && bad(*segment)) std::abort();
    const auto pairs = decode_query(text);
    if (!pairs) return 0;
    if (pairs->size() > kQueryPairsMax) std::abort();
    for (const auto& [name, value] : *pairs)
        if (name.empty() || bad(name) || bad(value)) std::abort();
    return 0;
}

#include "apps/promotions/plan_ids.hpp"

#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>

namespace segurifai::promotions {
namespace {

constexpr const char* kNotIds = "Must be a JSON array of ids of service plans, such as [1,3].";

}  // namespace

std::optional<std::string> plan_ids_fault(const sql::Value& value) {
    // Canonical JSON has no spaces, so an array of whole numbers is digits and commas.
    std::string_view text = value.as_text();
    if (text == "[]") return std::nullopt;
    if (text.size() < 3 || text.front() != '[' || text.back() != ']') return kNotIds;
    const char* at = text.data() + 1;
    const char* const end = text.data() + text.size() - 1;
    std::set<std::int32_t> seen;
    for (;;) {
        std::int32_t id = 0;
        const auto [next, error] = std::from_chars(at, end, id);
        if (error != std::errc() || id < 1) return kNotIds;
        if (!seen.insert(id).second)
            return "Names the plan " + std::to_string(id) + " twice: name each plan once.";
        if (next == end) return std::nullopt;
        if (*next != ',') return kNotIds;
        at = next + 1;
    }
}

}  // namespace segurifai::promotions

#include "sql/sqlite/quick_glob.hpp"

#include <optional>

namespace segurifai::sql::sqlite {
namespace {

constexpr std::size_t kPatternSizeMax = 50'000;  ///< SQLITE_MAX_LIKE_PATTERN_LENGTH

// The patterns of our CHECK constraints (migrate/ddl_sqlite.cpp). Others, and texts that do not
// fit these, are SQLite's to judge.
constexpr std::string_view kDashes =
    "\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?-\?\?\?\?\?\?\?\?\?\?\?\?";
constexpr std::string_view kNoHex = "*[^0-9a-f]*";
constexpr std::string_view kDate = "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]";
constexpr std::string_view kInstant =
    "[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9] "
    "[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]";

/// Whether each letter is from the one in its place of `low` to the one in `high`. Looks at all of
/// them at once, without a way out at each.
bool is_between(std::string_view text, std::string_view low, std::string_view high) noexcept {
    if (text.size() != low.size()) return false;
    bool good = true;
    for (std::size_t i = 0; i < text.size(); ++i) good &= text[i] >= low[i] && text[i] <= high[i];
    return good;
}

bool is_plain_with_dashes(std::string_view text) noexcept {
    if (text.size() != kDashes.size()) return false;
    bool good = text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';
    for (const char c : text)
        good &= (static_cast<unsigned char>(c) - 1U) < 0x7fU;  // no NUL, no part of a longer letter
    return good;
}

bool is_hex(std::string_view text) noexcept {
    bool good = true;
    for (const char c : text) good &= (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return good;
}

void glob(sqlite3_context* context, int, sqlite3_value** values) noexcept {
    const auto text_of = [](sqlite3_value* value) {
        return reinterpret_cast<const char*>(sqlite3_value_text(value));
    };
    const auto size_of = [](sqlite3_value* value) {
        return static_cast<std::size_t>(sqlite3_value_bytes(value));
    };
    const char* const pattern = text_of(values[0]);
    const char* const text = text_of(values[1]);
    if (pattern == nullptr || text == nullptr) return;  // NULL
    const std::size_t pattern_size = size_of(values[0]);
    if (pattern_size > kPatternSizeMax)
        return sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1);
    const auto known = quick_glob({pattern, pattern_size}, {text, size_of(values[1])});
    const bool matches = known ? *known : sqlite3_strglob(pattern, text) == 0;
    sqlite3_result_int(context, matches ? 1 : 0);
}

}  // namespace

std::optional<bool> quick_glob(std::string_view pattern, std::string_view text) noexcept {
    if (pattern == kDashes && is_plain_with_dashes(text)) return true;
    if (pattern == kNoHex && is_hex(text)) return false;
    if (pattern == kInstant &&
        is_between(text, "0000-00-00 00:00:00.000000", "9999-19-39 29:59:59.999999"))
        return true;
    if (pattern == kDate && is_between(text, "0000-00-00", "9999-19-39")) return true;
    return std::nullopt;
}

int register_quick_glob(sqlite3* db) noexcept {
    return sqlite3_create_function_v2(db, "glob", 2,
                                      SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                      nullptr, &glob, nullptr, nullptr, nullptr);
}

}  // namespace segurifai::sql::sqlite

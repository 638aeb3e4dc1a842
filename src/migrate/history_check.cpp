#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "migrate/route.hpp"

namespace segurifai::migrate {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
    Lines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

/// Lengths of the longest common subsequences of the tails of `a` and `b`; migrations are short.
std::vector<std::vector<std::size_t>> common_tails(const Lines& a, const Lines& b) {
    std::vector<std::vector<std::size_t>> common(a.size() + 1,
                                                 std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = a.size(); i-- > 0;)
        for (std::size_t j = b.size(); j-- > 0;)
            common[i][j] = a[i] == b[j] ? common[i + 1][j + 1] + 1
                                        : std::max(common[i + 1][j], common[i][j + 1]);
    return common;
}

}  // namespace

std::string line_difference(std::string_view before, std::string_view after) {
    const Lines a = lines_of(before);
    const Lines b = lines_of(after);
    const auto common = common_tails(a, b);
    std::string text;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        if (i < a.size() && j < b.size() && a[i] == b[j]) {
            text += fmt::format("  {}\n", a[i]);
            ++i;
            ++j;
        } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
            text += fmt::format("- {}\n", a[i++]);
        } else {
            text += fmt::format("+ {}\n", b[j++]);
        }
    }
    return text;
}

Result<void> check_recorded(const MigrationGraph& graph,
                            const std::vector<AppliedMigration>& recorded) {
    std::set<MigrationId> replaced;
    for (const Migration& migration : graph.in_order())
        replaced.insert(migration.replaces.begin(), migration.replaces.end());
    std::vector<std::string> unknown;
    Error changed{.code = Code::kConflict,
                  .message =
                      "Migrations that are applied here were changed afterwards; take the "
                      "change back and put it into a new migration."};
    for (const AppliedMigration& one : recorded) {
        const Migration* migration = graph.find(one.id);
        if (migration == nullptr) {
            if (!replaced.contains(one.id)) unknown.push_back(one.id.to_string());
        } else if (checksum(*migration) != one.checksum) {
            changed.faults.push_back(
                {one.id.to_string(),
                 "\n" + line_difference(one.canonical, canonical_text(*migration))});
        }
    }
    if (!unknown.empty())
        return fail(Code::kConflict,
                    fmt::format("The database has migrations this program does not know: {}. Use "
                                "the version of segurifai that made them, or a newer one.",
                                fmt::join(unknown, ", ")));
    if (!changed.faults.empty()) return std::unexpected(std::move(changed));
    return {};
}

}  // namespace segurifai::migrate

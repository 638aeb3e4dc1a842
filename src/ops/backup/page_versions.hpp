#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace segurifai::backup {

/// What one version of a page has that the version before has not. A commit changes a few rows of
/// a page, and busy pages come again with each commit: they are told by their changes.
///
///   u16 count, and so many times: u16 offset, u16 size, bytes
///
/// Appends them to `out`. False, and nothing appended, when that would be longer than half of the
/// page. Both are of one size, a multiple of 8.
[[nodiscard]] bool put_changes(std::string& out, std::string_view before, std::string_view after);
/// Takes them off the front of `rest` and makes them in `page`. False when they are not such.
[[nodiscard]] bool apply_changes(std::string_view& rest, std::string& page);

/// The last versions of the pages that passed in a file last, as many as fit into some megabytes:
/// who reads the file remembers the same ones as who wrote it, if both ask for the same.
class PageVersions {
public:
    explicit PageVersions(std::uint32_t page_size);

    /// The last version of the page, which is then the last that passed; nothing when it is not
    /// remembered.
    [[nodiscard]] std::string* find(std::uint32_t number);
    void remember(std::uint32_t number, std::string_view content);

private:
    struct Version {
        std::uint32_t number = 0;
        std::string content;
    };

    std::size_t count_max_;
    std::list<Version> versions_;  ///< the one that passed last first
    std::unordered_map<std::uint32_t, std::list<Version>::iterator> by_number_;
};

}  // namespace segurifai::backup

#include "ops/backup/page_versions.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "ops/backup/bytes.hpp"

namespace segurifai::backup {
namespace {

/// Part of the format: a reader with another number would remember other pages. A busy database
/// changes two or three thousand pages again and again.
constexpr std::size_t kRememberedBytes = 16U << 20U;
/// Changes are looked for and told by words: a run ends where one is equal.
constexpr std::size_t kWordBytes = 8;
/// Most of a page is equal, which is seen fastest in blocks.
constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kRunHeadBytes = 2 * sizeof(std::uint16_t);

/// A size that is known lets the comparison be a few instructions.
template <std::size_t kSize>
bool is_equal(std::string_view before, std::string_view after, std::size_t offset) noexcept {
    return std::memcmp(before.data() + offset, after.data() + offset, kSize) == 0;
}

/// From `offset` on, where the first word is that differs; the size when none does.
std::size_t next_difference(std::string_view before, std::string_view after,
                            std::size_t offset) noexcept {
    const std::size_t size = after.size();
    while (offset < size) {
        if (offset % kBlockBytes == 0 && offset + kBlockBytes <= size &&
            is_equal<kBlockBytes>(before, after, offset)) {
            offset += kBlockBytes;
            continue;
        }
        if (!is_equal<kWordBytes>(before, after, offset)) return offset;
        offset += kWordBytes;
    }
    return size;
}

}  // namespace

bool put_changes(std::string& out, std::string_view before, std::string_view after) {
    const std::size_t start = out.size();
    std::uint16_t count = 0;
    put(out, count);
    for (std::size_t at = next_difference(before, after, 0); at < after.size();
         at = next_difference(before, after, at)) {
        const std::size_t from = at;
        while (at < after.size() && !is_equal<kWordBytes>(before, after, at)) at += kWordBytes;
        if (out.size() - start + kRunHeadBytes + (at - from) > after.size() / 2) {
            out.resize(start);
            return false;
        }
        put(out, static_cast<std::uint16_t>(from));
        put(out, static_cast<std::uint16_t>(at - from));
        out += after.substr(from, at - from);
        ++count;
    }
    std::memcpy(out.data() + start, &count, sizeof count);
    return true;
}

bool apply_changes(std::string_view& rest, std::string& page) {
    if (rest.size() < sizeof(std::uint16_t)) return false;
    for (auto count = take<std::uint16_t>(rest); count > 0; --count) {
        if (rest.size() < kRunHeadBytes) return false;
        const std::size_t offset = take<std::uint16_t>(rest);
        const std::size_t size = take<std::uint16_t>(rest);
        if (size > rest.size() || offset + size > page.size()) return false;
        page.replace(offset, size, rest.substr(0, size));
        rest.remove_prefix(size);
    }
    return true;
}

PageVersions::PageVersions(std::uint32_t page_size)
    : count_max_(std::max<std::size_t>(1, kRememberedBytes / page_size)) {}

std::string* PageVersions::find(std::uint32_t number) {
    const auto found = by_number_.find(number);
    if (found == by_number_.end()) return nullptr;
    versions_.splice(versions_.begin(), versions_, found->second);
    return &found->second->content;
}

void PageVersions::remember(std::uint32_t number, std::string_view content) {
    if (std::string* last = find(number); last != nullptr) {
        *last = content;
        return;
    }
    if (versions_.size() < count_max_) {
        versions_.emplace_front();
    } else {  // the one that passed longest ago gives its place
        versions_.splice(versions_.begin(), versions_, std::prev(versions_.end()));
        by_number_.erase(versions_.front().number);
    }
    versions_.front().number = number;
    versions_.front().content = content;
    by_number_[number] = versions_.begin();
}

}  // namespace segurifai::backup

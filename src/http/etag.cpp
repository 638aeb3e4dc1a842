#include "http/etag.hpp"

#define XXH_INLINE_ALL  // the library's way to be inlined
#include <xxhash.h>

#include "http/call.hpp"
#include "security/encoding.hpp"

namespace segurifai::http {

namespace {

/// Whether `list` ("a", W/"b") holds `tag`. Anything that is no list of tags holds nothing more.
bool holds(std::string_view list, std::string_view tag, bool weak_counts) noexcept {
    if (list == "*") return true;
    while (!list.empty()) {
        const std::size_t start = list.find_first_not_of(" \t,");
        if (start == std::string_view::npos) return false;
        list.remove_prefix(start);
        const bool is_weak = list.starts_with("W/");
        if (is_weak) list.remove_prefix(2);
        if (!list.starts_with('"')) return false;
        const std::size_t end = list.find('"', 1);
        if (end == std::string_view::npos) return false;
        if (list.substr(0, end + 1) == tag && (weak_counts || !is_weak)) return true;
        list.remove_prefix(end + 1);
    }
    return false;
}

}  // namespace

bool matches_strongly(std::string_view if_match, std::string_view tag) noexcept {
    return holds(if_match, tag, false);
}

bool matches_weakly(std::string_view if_none_match, std::string_view tag) noexcept {
    return holds(if_none_match, tag, true);
}

std::string etag_of(std::string_view representation) {
    // 128 bits of a fast hash, the same on every node. Only the editors of a row could profit from
    // two versions of it with one tag, and they may write what they want anyway.
    XXH128_canonical_t digest;
    XXH128_canonicalFromHash(&digest, XXH3_128bits(representation.data(), representation.size()));
    std::string tag(2 + security::base64url_size(sizeof digest.digest), '"');
    security::base64url_write(digest.digest, tag.data() + 1);
    return tag;
}

}  // namespace segurifai::http

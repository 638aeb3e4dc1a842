#include "http/shape_text.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <stdexcept>

namespace segurifai::http {
namespace {

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";

/// Below U+0300 every character is its own NFC: the lead bytes of those above are 0xCC and more.
constexpr unsigned char kComposingLead = 0xcc;

std::string_view trimmed(std::string_view text) noexcept {
    for (;;) {
        if (text.starts_with(' ') || text.starts_with('\n'))
            text.remove_prefix(1);
        else if (text.starts_with(kNoBreakSpace))
            text.remove_prefix(kNoBreakSpace.size());
        else
            break;
    }
    for (;;) {
        if (text.ends_with(' ') || text.ends_with('\n'))
            text.remove_suffix(1);
        else if (text.ends_with(kNoBreakSpace))
            text.remove_suffix(kNoBreakSpace.size());
        else
            break;
    }
    return text;
}

/// Whether any character of it can be seen: none of zero width, no space of whatever width, nothing
/// that only directs others.
bool shows(std::string_view text) noexcept {
    const auto* const bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    const auto size = static_cast<utf8proc_ssize_t>(text.size());
    for (utf8proc_ssize_t at = 0; at < size;) {
        utf8proc_int32_t character = 0;
        const utf8proc_ssize_t read = utf8proc_iterate(bytes + at, size - at, &character);
        if (read <= 0) return true;  // ill-formed: for others to tell
        at += read;
        const utf8proc_property_t* const property = utf8proc_get_property(character);
        if (property->ignorable) continue;
        switch (property->category) {
            case UTF8PROC_CATEGORY_CC:
            case UTF8PROC_CATEGORY_CF:
            case UTF8PROC_CATEGORY_ZS:
            case UTF8PROC_CATEGORY_ZL:
            case UTF8PROC_CATEGORY_ZP: break;
            default: return true;
        }
    }
    return false;
}

/// C0 but the line feed, DEL and C1 (U+0080 to U+009F, which begin with 0xC2 in UTF-8).
bool has_control(std::string_view text) noexcept {
    unsigned char before = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return true;
        if (before == 0xc2 && byte < 0xa0) return true;
        before = byte;
    }
    return false;
}

}  // namespace

std::optional<std::string_view> tidy_text(std::string_view text, std::string& buffer) {
    text = trimmed(text);
    if (has_control(text)) return std::nullopt;
    if (!shows(text)) return std::string_view();
    bool composed = true;
    for (const char c : text) composed = composed && static_cast<unsigned char>(c) < kComposingLead;
    if (composed) return text;

    utf8proc_uint8_t* made = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &made,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(made, &std::free);
    // Well-formed UTF-8 has a normal form; the only failure left is the want of memory.
    if (size < 0) throw std::runtime_error(utf8proc_errmsg(size));
    buffer.assign(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
    return buffer;
}

}  // namespace segurifai::http

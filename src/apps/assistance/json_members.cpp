#include "apps/assistance/json_members.hpp"

#include <algorithm>

namespace segurifai::assistance {
namespace {

/// The place behind the JSON string that begins at `at`.
std::size_t past_string(std::string_view text, std::size_t at) noexcept {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.size();
}

/// The place behind the value that begins at `at`: the comma or brace of the object around it.
std::size_t past_value(std::string_view text, std::size_t at) noexcept {
    int depth = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '"') {
            at = past_string(text, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) return at;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
    }
    return text.size();
}

/// Calls `visit(name, value)` for each member, the name without its quotes, until it says false.
template <class Visit>
void each_member(std::string_view object, Visit visit) {
    std::size_t at = 1;
    while (at < object.size() && object[at] == '"') {
        const std::size_t name_end = past_string(object, at);
        const std::string_view name = object.substr(at + 1, name_end - at - 2);
        const std::size_t value_at = name_end + 1;
        const std::size_t value_end = past_value(object, value_at);
        if (!visit(name, object.substr(value_at, value_end - value_at))) return;
        at = value_end + 1;
    }
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
    if (out.size() > 1) out += ',';
    out += '"';
    out += name;
    out += "\":";
    out += value;
}

}  // namespace

JsonMembers::JsonMembers(std::string_view object) : size_(object.size()) {
    if (object.size() > 2) members_.reserve(16);  // hardly ever more
    each_member(object, [&](std::string_view name, std::string_view value) {
        members_.push_back({name, value});
        return true;
    });
}

std::string_view JsonMembers::member_of(std::string_view name) const noexcept {
    const auto found = std::ranges::find(members_, name, &Member::name);
    return found != members_.end() ? found->value : std::string_view();
}

std::string JsonMembers::only(std::span<const std::string_view> names) const {
    std::string out = "{";
    out.reserve(size_);
    std::size_t next = 0;
    for (const auto& [name, value] : members_) {
        while (next < names.size() && names[next] < name) ++next;
        if (next == names.size()) break;
        if (names[next] == name) append_member(out, name, value);
    }
    out += '}';
    return out;
}

std::string_view member_of(std::string_view object, std::string_view name) noexcept {
    std::string_view found;
    each_member(object, [&](std::string_view member, std::string_view value) {
        if (member < name) return true;  // they are sorted
        if (member == name) found = value;
        return false;
    });
    return found;
}

std::string_view text_of(std::string_view object, std::string_view name) noexcept {
    const std::string_view value = member_of(object, name);
    if (value.size() < 2 || value.front() != '"' || value.find('\\') != std::string_view::npos)
        return {};
    return value.substr(1, value.size() - 2);
}

std::string only(std::string_view object, std::span<const std::string_view> names) {
    return JsonMembers(object).only(names);
}

std::string without_member(std::string_view object, std::string_view name) {
    std::string out = "{";
    each_member(object, [&](std::string_view member, std::string_view value) {
        if (member != name) append_member(out, member, value);
        return true;
    });
    out += '}';
    return out;
}

std::string with_member(std::string_view object, std::string_view name, std::string_view value) {
    std::string out = "{";
    bool written = false;
    each_member(object, [&](std::string_view member, std::string_view its_value) {
        if (!written && member >= name) {
            append_member(out, name, value);
            written = true;
        }
        if (member != name) append_member(out, member, its_value);
        return true;
    });
    if (!written) append_member(out, name, value);
    out += '}';
    return out;
}

}  // namespace segurifai::assistance

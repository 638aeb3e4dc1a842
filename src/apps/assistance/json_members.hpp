#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The top members of a JSON object in canonical form (base/json.hpp), found without building a
/// tree: a request's metadata is looked into at every read.
namespace segurifai::assistance {

/// All of them, found in one walk: for who looks for several.
class JsonMembers {
public:
    /// `object` outlives this.
    explicit JsonMembers(std::string_view object);

    // As the functions of these names below.
    [[nodiscard]] std::string_view member_of(std::string_view name) const noexcept;
    [[nodiscard]] std::string only(std::span<const std::string_view> names) const;

private:
    struct Member {
        std::string_view name;
        std::string_view value;
    };
    std::size_t size_;  ///< of the object's text
    std::vector<Member> members_;
};

/// The member's value as it is written ("\"TOW\"", "{…}"); empty when there is none.
[[nodiscard]] std::string_view member_of(std::string_view object, std::string_view name) noexcept;

/// The member's text, when it is one and holds nothing escaped; else empty. For codes and dates.
[[nodiscard]] std::string_view text_of(std::string_view object, std::string_view name) noexcept;

/// The object with that member, instead of the one of that name, in canonical form. `value` is
/// canonical JSON.
[[nodiscard]] std::string with_member(std::string_view object, std::string_view name,
                                      std::string_view value);

/// The object without that member, in canonical form.
[[nodiscard]] std::string without_member(std::string_view object, std::string_view name);

/// The object with these members only, in canonical form. `names` are sorted.
[[nodiscard]] std::string only(std::string_view object, std::span<const std::string_view> names);

}  // namespace segurifai::assistance

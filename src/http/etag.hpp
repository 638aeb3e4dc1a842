#pragma once

#include <string_view>

/// Entity tags and the two conditions that name them (RFC 9110 §8.8.3, §13.1).
namespace segurifai::http {

/// Whether If-Match names `tag` ("*" names every tag). Weak tags in it name nothing: the comparison
/// is the strong one.
[[nodiscard]] bool matches_strongly(std::string_view if_match, std::string_view tag) noexcept;

/// Whether If-None-Match names `tag`, weak or not.
[[nodiscard]] bool matches_weakly(std::string_view if_none_match, std::string_view tag) noexcept;

}  // namespace segurifai::http

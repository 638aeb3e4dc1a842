#pragma once

#include <span>
#include <string_view>

namespace segurifai::http {

/// A sentence about a field in both languages, with {} for what varies, in the same order.
struct Sentence {
    std::string_view english;
    std::string_view spanish;
    std::string_view code = "invalid";  ///< the word for programs in problem+json
};

/// All of them. Where two fit a text, the first counts.
[[nodiscard]] std::span<const Sentence> sentences() noexcept;

}  // namespace segurifai::http

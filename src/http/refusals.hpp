#pragma once

#include <span>
#include <string_view>

#include "base/error.hpp"

namespace segurifai::http {

/// What a refusal means over HTTP and what is said of it (API §1.5).
struct RefusalMeaning {
    Refusal refusal;
    int status;
    std::string_view code;  ///< never changes with the language
    std::string_view spanish;
    std::string_view english;
    int retry_after = 0;  ///< seconds, when the refusal says none itself; 0 = no header
};

[[nodiscard]] const RefusalMeaning& meaning_of(Refusal refusal) noexcept;

/// All of them, in the order of Refusal: for the documentation.
[[nodiscard]] std::span<const RefusalMeaning> refusal_meanings() noexcept;

/// The one with that code, or nullptr.
[[nodiscard]] const RefusalMeaning* find_refusal(std::string_view code) noexcept;

/// What an error that is not about fields means. nullptr for a defect of ours, which is a 500.
[[nodiscard]] const RefusalMeaning* meaning_of(const Error& error) noexcept;

/// Whether an error is answered as faults of fields (400): kInvalid, and a value that another row
/// has or that points at no row.
[[nodiscard]] bool is_of_fields(const Error& error) noexcept;

}  // namespace segurifai::http

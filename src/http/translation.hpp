#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace segurifai::http {

/// A sentence about a field, as it is said to people.
struct SaidFault {
    std::string text;
    std::string_view code = "invalid";  ///< a word for programs: "required", "too_long" …
};

/// The Spanish for an English sentence about a field. Sentences stand in one table with {} for
/// what varies; one that does not stays English and is counted.
[[nodiscard]] SaidFault said_in_spanish(std::string_view english);

/// The English sentence with its word for programs.
[[nodiscard]] SaidFault said_in_english(std::string_view english);

/// How many sentences had no Spanish since start: a number above 0 is a gap in the table.
[[nodiscard]] std::uint64_t untranslated() noexcept;

}  // namespace segurifai::http

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sql/value.hpp"

namespace segurifai::users {

/// What stands in place of the telephone number of an archived account (RULES §1): this prefix,
/// then 18 characters of a-z and 2-7 made by chance. 20 characters, so it fits the column, stays
/// unique, and can be neither dialled nor guessed.
inline constexpr std::string_view kArchivedPhonePrefix = "A-";
inline constexpr std::size_t kArchivedPhoneSize = 20;

/// The validator of an account's telephone: "+502XXXXXXXX", or the placeholder above.
[[nodiscard]] std::optional<std::string> account_phone_fault(const sql::Value& value);

}  // namespace segurifai::users

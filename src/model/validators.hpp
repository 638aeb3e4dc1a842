#pragma once

#include <optional>
#include <string>

#include "sql/value.hpp"

/// Ready-made validators of columns: name one in `.validate = validators::email`. Each looks at a
/// value of its type that is not NULL and says in one sentence what is wrong with it.
namespace segurifai::model::validators {

/// An e-mail address as mail really uses them: 254 characters at most, ASCII, one '@', 1 to 64
/// characters before it, after it a host name of at least two labels.
[[nodiscard]] std::optional<std::string> email(const sql::Value& value);

/// "+502XXXXXXXX", the form of RULES §0.
[[nodiscard]] std::optional<std::string> phone(const sql::Value& value);

/// An absolute http or https address with a host.
[[nodiscard]] std::optional<std::string> url(const sql::Value& value);

/// The same, or the empty text: for columns whose default is ''.
[[nodiscard]] std::optional<std::string> url_or_empty(const sql::Value& value);

/// A JSON array that holds nothing but strings.
[[nodiscard]] std::optional<std::string> strings(const sql::Value& value);

}  // namespace segurifai::model::validators

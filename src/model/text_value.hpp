#pragma once

#include <optional>
#include <string_view>

#include "model/column.hpp"
#include "sql/value.hpp"

namespace segurifai::model {

/// Reads a value of `column` from text as people and URLs write it: "true", "-12", "39.90",
/// "2026-02-03", "2026-02-03T18:04:05Z", a UUID, any text. Nothing when it is not of the
/// column's type. Texts and JSON are borrowed from `text`; JSON must be canonical already.
///
/// Only the type is looked at; Validation knows the column's own rules.
[[nodiscard]] std::optional<sql::Value> parse_value(const Column& column, std::string_view text);

/// "a whole number between -2147483648 and 2147483647": what parse_value() wants, for messages.
[[nodiscard]] std::string_view expectation(const Column& column) noexcept;

}  // namespace segurifai::model

#pragma once

#include <optional>
#include <string_view>

#include "model/column.hpp"
#include "sql/value.hpp"

/// Single values as JSON writes them (API §1.4), for whatever reads a document of described values.
namespace segurifai::model {

/// Decimals of this scale are coordinates: numbers in JSON, where other decimals are strings.
inline constexpr int kCoordinateScale = 6;

/// "a string that holds a UUID": how a value of `column` is written in JSON, for messages.
[[nodiscard]] std::string_view json_form(const Column& column) noexcept;

/// The value a JSON string holds; nothing when it is none of the column's type. Texts are borrowed
/// and taken as they are. Not for JSON columns.
[[nodiscard]] std::optional<sql::Value> value_of_json_string(const Column& column,
                                                             std::string_view text);

/// The value a JSON number holds, from its characters; nothing as above. Coordinates have at most
/// six decimals.
[[nodiscard]] std::optional<sql::Value> value_of_json_number(const Column& column,
                                                             std::string_view text);

/// The name of a member that is not known, short enough for its fault: whole characters, at most
/// 64 bytes.
[[nodiscard]] std::string_view shown_name(std::string_view name) noexcept;

}  // namespace segurifai::model

#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "http/shape.hpp"
#include "model/table.hpp"

namespace segurifai::http {

/// JSON schemas, in the dialect of OpenAPI 3.1.
[[nodiscard]] boost::json::object schema_of_column(const model::Column& column);
[[nodiscard]] boost::json::object schema_of_row(const model::Table& table,
                                                std::string_view leave_out);
[[nodiscard]] boost::json::object schema_of_shape(const Shape& shape);

}  // namespace segurifai::http

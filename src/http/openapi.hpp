#pragma once

#include <boost/json/value.hpp>
#include <span>
#include <string>
#include <string_view>

#include "http/permission.hpp"
#include "http/route.hpp"

namespace segurifai::http {

struct OpenApiOptions {
    std::string_view title;
    std::string_view version;
    std::string_view description;
};

/// The OpenAPI 3.1 document of the routes: made from the declarations that serve them, so that it
/// cannot differ from what is served. The routes' operations all have a permission row.
[[nodiscard]] boost::json::value openapi_document(std::span<const Route> routes,
                                                  std::span<const Permission> permissions,
                                                  const OpenApiOptions& options);

/// Who may call an operation, in words: "member (own)", "OPERATIONS".
[[nodiscard]] std::string who_in_words(std::uint16_t who);

/// The JSON schema of a value (OpenAPI 3.1 dialect), shapes by reference.
[[nodiscard]] boost::json::object schema_of(const FieldType& type, const FieldOptions& options);

/// Any JSON document as YAML 1.2, in block style.
[[nodiscard]] std::string to_yaml(const boost::json::value& document);

}  // namespace segurifai::http

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/shape.hpp"
#include "model/validation.hpp"

namespace segurifai::http {

/// A column of a row as it is written.
struct ShownColumn {
    std::string key;  ///< "\"plan_id\":"
    const model::Column* column;
};

/// What is worked out of a field once.
struct FieldPlan {
    const Field* field = nullptr;
    std::string key;                    ///< "\"reason\":"; empty for a row
    bool is_read = false;               ///< neither a row nor read_only
    bool is_required = false;           ///< neither an optional nor a Maybe
    const FieldType* scalar = nullptr;  ///< the innermost one; nullptr when it is a struct or a row
    std::vector<model::Column> column;  ///< one: `scalar` with the field's options, as a column is
    std::optional<model::Validation> rules;  ///< of `column`, at 0
    std::vector<ShownColumn> columns;        ///< of a row
};

struct ShapePlan {
    std::vector<FieldPlan> fields;  ///< in the order of the shape
};

/// The plan of a shape, made at the first call and kept as long as the program. Thread-safe.
[[nodiscard]] const ShapePlan& plan_of(const Shape& shape);

/// The plan of a field by itself.
[[nodiscard]] FieldPlan plan_field(const Field& field);

}  // namespace segurifai::http

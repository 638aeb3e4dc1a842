#pragma once

#include "model/description.hpp"
#include "model/statements.hpp"
#include "model/validation.hpp"

namespace segurifai::model {

/// What is worked out of a table's description once and then used by every call: its rules and
/// its statements. Immutable.
struct TablePlan {
    explicit TablePlan(const Table& described)
        : table(described), validation(described), statements(described) {}

    const Table& table;
    Validation validation;
    TableStatements statements;
};

/// The plan of a table, made at the first call and kept as long as the program. Thread-safe.
/// `table` lives as long as the program too, as every table_of<T>() does.
[[nodiscard]] const TablePlan& plan_of(const Table& table);

template <Described T>
[[nodiscard]] const TablePlan& plan_of() {
    static const TablePlan& plan = plan_of(table_of<T>());
    return plan;
}

}  // namespace segurifai::model

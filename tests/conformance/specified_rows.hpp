#pragma once

#include <map>
#include <string>

#include "conformance/specification.hpp"
#include "sql/session.hpp"

namespace segurifai::conformance {

/// A cell to be written: a typed value that owns its characters.
using Cells = std::map<std::string, sql::OwnedValue>;

/// The value of a column of `type` that stands for `number`; text types write it in digits.
[[nodiscard]] sql::OwnedValue number_value(const SpecifiedColumn& column, double number);
[[nodiscard]] sql::OwnedValue text_value(const SpecifiedColumn& column, const std::string& text);
[[nodiscard]] sql::OwnedValue null_value(const SpecifiedColumn& column);

/// Inserts valid rows made from the specification alone. Rows with another `serial` share no
/// unique value; each parent table gets one row per maker, which its children share.
class RowMaker {
public:
    RowMaker(sql::Session& session, int serial) : session_(session), serial_(serial) {}

    /// The valid row of a table, its parents inserted. Throws when a parent is refused.
    [[nodiscard]] Cells cells(const SpecifiedTable& table);

    /// Inserts a row; the key that the database gave it is in `cells` afterwards.
    [[nodiscard]] Result<void> insert(const SpecifiedTable& table, Cells& cells);

private:
    [[nodiscard]] sql::OwnedValue valid_value(const SpecifiedTable& table,
                                              const SpecifiedColumn& column);
    [[nodiscard]] sql::OwnedValue parent_key(const SpecifiedTable& parent);

    sql::Session& session_;
    int serial_;
    std::map<std::string, sql::OwnedValue> parents_;
};

}  // namespace segurifai::conformance

#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace segurifai::conformance {

/// The specification in its machine form, read from schema.json; what RULES §0 adds to it comes
/// from empty_text_defaults.json and rules.json. Knows nothing of our descriptions.
struct SpecifiedColumn {
    std::string name;
    std::string type;  ///< "VARCHAR(20)"
    bool null = false;
    bool primary_key = false;
    std::string references;  ///< the parent table, or empty
    std::vector<std::string> choices;
    std::optional<std::string> preset;  ///< the default as text: "true", "50", "[]", "PENDING"
    std::optional<double> min;
    std::optional<double> max;
    bool cascade = false;  ///< a part: goes with its parent
    int length = 0;        ///< of VARCHAR and CHAR
    int scale = 0;         ///< of DECIMAL

    [[nodiscard]] bool is(std::string_view prefix) const { return type.starts_with(prefix); }
    [[nodiscard]] bool has_range() const { return min || max; }
};

/// Columns that an index has; unique or not; its physical name where the specification gives one.
struct SpecifiedIndex {
    std::vector<std::string> columns;
    bool unique = false;
    std::string name;
};

struct SpecifiedTable {
    std::string app;
    std::string name;
    std::vector<SpecifiedColumn> columns;
    std::vector<SpecifiedIndex> indexes;  ///< each set of columns once

    [[nodiscard]] const SpecifiedColumn& column(const std::string& column) const;
    [[nodiscard]] std::vector<std::vector<std::string>> uniques() const;
};

struct Specification {
    std::vector<SpecifiedTable> tables;
    std::size_t listed_indexes = 0;
    std::size_t performance_indexes = 0;

    [[nodiscard]] const SpecifiedTable& table(const std::string& name) const;
};

/// Read once. Throws std::runtime_error when the files are not what they should be.
[[nodiscard]] const Specification& specification();

}  // namespace segurifai::conformance

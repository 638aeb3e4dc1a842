#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "model/column.hpp"

namespace segurifai::model {

/// An index over columns of one table. Its physical name is `<table>_<name>`, because the
/// specification repeats names across tables.
struct Index {
    static constexpr std::size_t kColumnsMax = 4;

    std::string_view name;
    std::array<std::string_view, kColumnsMax> columns{};  ///< in order; the rest is empty
    bool unique = false;
    std::string_view where = {};  ///< predicate of a partial index, in the SQL both engines speak
};

/// A rule over several columns of one row, in the SQL both engines speak. Its physical name is
/// `<table>_<name>`.
struct Check {
    std::string_view name;
    std::string_view expression;
};

struct TableOptions {
    std::uint16_t number = 0;  ///< stable for ever, unique over all apps
    std::string_view app;
    std::string_view name;
    Retention retention = Retention::kUnset;
    /// PostgreSQL: native daily range partitions by this column; it joins the primary key there.
    std::string_view partition_by = {};
    /// kSession and kLocationHistory: the column from which the time of keeping counts.
    std::string_view retained_from = {};
    std::string_view help = {};
};

/// A table as data.
struct Table {
    std::uint16_t number = 0;
    std::string_view app;
    std::string_view name;
    Retention retention = Retention::kUnset;
    std::string_view partition_by;
    std::string_view retained_from;
    std::string_view help;
    std::span<const Column> columns;
    std::span<const Index> indexes;
    std::span<const Check> checks;

    /// The column of that name, or nullptr.
    [[nodiscard]] const Column* find(std::string_view column) const noexcept;
    /// The single-column primary key. Every description has exactly one.
    [[nodiscard]] const Column& primary_key() const noexcept;
};

/// The physical name of an index or constraint: `<table>_<name>`.
[[nodiscard]] std::string physical_name(std::string_view table, std::string_view name);

/// The physical name of the unique index of a unique column.
[[nodiscard]] std::string unique_index_name(const Table& table, const Column& column);

}  // namespace segurifai::model

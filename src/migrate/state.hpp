#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/column.hpp"
#include "model/table.hpp"

namespace segurifai::migrate {

/// A column's default as a migration file states it; decimals, words and JSON are text.
using PresetState = std::variant<std::monostate, bool, std::int64_t, std::string>;

struct ForeignKeyState {
    std::string table;
    std::string column;  ///< the parent's primary key
    model::OnDelete on_delete = model::OnDelete::kRestrict;

    friend bool operator==(const ForeignKeyState&, const ForeignKeyState&) = default;
};

/// What the database knows of a column. (Personal-data tags, retention, validators and help are
/// no part of it: changing them is no migration.)
struct ColumnState {
    std::uint16_t number = 0;  ///< stable: a rename keeps it
    std::string name;
    model::Type type = model::Type::kText;
    int length = 0;
    int precision = 0;
    int scale = 0;
    bool null = false;
    bool primary_key = false;
    bool identity = false;
    PresetState preset = {};
    std::vector<std::string> choices = {};
    std::string min = {};
    std::string max = {};
    JsonKind json = JsonKind::kAny;
    std::optional<ForeignKeyState> references = {};

    friend bool operator==(const ColumnState&, const ColumnState&) = default;
};

/// An index or a unique rule (always a unique index here), with its physical name.
struct IndexState {
    std::string name;
    std::vector<std::string> columns;
    bool unique = false;
    std::string where = {};

    friend bool operator==(const IndexState&, const IndexState&) = default;
};

/// A table check, with its physical name and SQL that both engines speak.
struct CheckState {
    std::string name;
    std::string expression;

    friend bool operator==(const CheckState&, const CheckState&) = default;
};

struct TableState {
    std::uint16_t number = 0;  ///< stable: a rename or a move to another app keeps it
    std::string app;
    std::string name;
    std::string partition_by = {};         ///< PostgreSQL: daily range partitions by this column
    std::vector<ColumnState> columns;      ///< ordered by number
    std::vector<IndexState> indexes = {};  ///< ordered by name
    std::vector<CheckState> checks = {};   ///< ordered by name

    [[nodiscard]] const ColumnState* find_column(std::string_view name) const noexcept;
    [[nodiscard]] const ColumnState* find_column(std::uint16_t number) const noexcept;
    [[nodiscard]] const IndexState* find_index(std::string_view name) const noexcept;
    [[nodiscard]] const CheckState* find_check(std::string_view name) const noexcept;
    [[nodiscard]] const ColumnState& primary_key() const;

    friend bool operator==(const TableState&, const TableState&) = default;
};

/// The whole schema at one point of its history, by table number.
struct SchemaState {
    std::map<std::uint16_t, TableState> tables;

    [[nodiscard]] const TableState* find(std::string_view name) const noexcept;
    [[nodiscard]] TableState* find(std::string_view name) noexcept;

    friend bool operator==(const SchemaState&, const SchemaState&) = default;
};

/// What the descriptions of the program say the schema is.
[[nodiscard]] SchemaState state_of(std::span<const model::Table* const> tables);
[[nodiscard]] TableState state_of(const model::Table& table,
                                  std::span<const model::Table* const> all);

/// Table numbers with parents before children; self references do not count. Tables within a
/// cycle come in number order (descriptions with cycles do not start).
[[nodiscard]] std::vector<std::uint16_t> in_foreign_key_order(const SchemaState& schema);

}  // namespace segurifai::migrate

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/table.hpp"
#include "sql/statement.hpp"

namespace segurifai::model {

/// A statement made from a description, with a number for the connections' caches. The Statement
/// it gives borrows from it.
class GeneratedStatement {
public:
    GeneratedStatement() = default;
    GeneratedStatement(std::string name, std::string sqlite, std::string postgres, bool point);

    [[nodiscard]] sql::Statement on(sql::Engine engine) const noexcept {
        return {name_, engine == sql::Engine::kSqlite ? sqlite_ : postgres_, id_, point_};
    }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }

private:
    std::string name_;
    std::string sqlite_;
    std::string postgres_;
    std::uint32_t id_ = 0;
    bool point_ = false;
};

/// The statements that every table has, made once from its description, each named
/// `<table>.<what>`, which is its metric.
///
/// Parameters come in the order of the table's columns, the primary key last where it says which
/// row. Statements that give rows select the table's columns in their order.
class TableStatements {
public:
    explicit TableStatements(const Table& table);
    TableStatements(const TableStatements&) = delete;
    TableStatements& operator=(const TableStatements&) = delete;

    /// A read by a unique column or index.
    struct Lookup {
        std::vector<std::size_t> columns;  ///< their positions; parameters in this order
        GeneratedStatement statement;
    };

    /// An update of some columns: made at run time, because there are too many sets to keep.
    struct PartialUpdate {
        std::string text;
        std::vector<std::size_t> columns;  ///< parameters in this order, then the key
    };

    GeneratedStatement insert;         ///< every column but an identity, which it gives back
    GeneratedStatement insert_whole;   ///< every column: to bring rows back as they were
    GeneratedStatement insert_absent;  ///< as insert; 0 rows when a unique column has the row
    GeneratedStatement find;           ///< by the key
    GeneratedStatement update;         ///< every column but the key, by the key
    GeneratedStatement remove;         ///< by the key
    GeneratedStatement all;            ///< every row, in the order of the key
    std::vector<Lookup> lookups;       ///< by unique columns, and unique indexes of whole tables
    GeneratedStatement list;           ///< names the statements a Filter makes; all rows
    GeneratedStatement count;          ///< the number of all rows

    /// The lookup by one column, or nullptr when the column is not unique by itself.
    [[nodiscard]] const Lookup* find_by(std::string_view column) const noexcept;

    /// `columns` are positions in the table; the columns that a write stamps join by themselves,
    /// the key does not.
    [[nodiscard]] PartialUpdate update_of(std::span<const std::size_t> columns) const;

    /// Every statement above, for the test that prepares them all.
    [[nodiscard]] std::vector<sql::Statement> every(sql::Engine engine) const;

    [[nodiscard]] const Table& table() const noexcept { return table_; }
    [[nodiscard]] std::size_t key() const noexcept { return key_; }
    [[nodiscard]] bool has_identity() const noexcept { return identity_; }
    /// The positions whose values insert and update take.
    [[nodiscard]] const std::vector<std::size_t>& inserted() const noexcept { return inserted_; }
    [[nodiscard]] const std::vector<std::size_t>& updated() const noexcept { return updated_; }
    /// `"a", "b", "c"`: what a statement selects to give rows.
    [[nodiscard]] const std::string& column_list() const noexcept { return column_list_; }

private:
    [[nodiscard]] GeneratedStatement make(std::string_view what, std::string text,
                                          bool point) const;
    void make_inserts();
    void make_updates();
    void make_reads();
    void add_lookup(std::string_view what, std::vector<std::size_t> columns);
    [[nodiscard]] std::string update_text(std::span<const std::size_t> columns) const;

    const Table& table_;
    std::size_t key_ = 0;
    bool identity_ = false;
    std::vector<std::size_t> inserted_;
    std::vector<std::size_t> updated_;
    std::string column_list_;
};

}  // namespace segurifai::model

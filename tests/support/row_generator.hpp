#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/table.hpp"
#include "sql/session.hpp"
#include "sql/value.hpp"

namespace segurifai::testing {

/// Makes rows that a description allows: for filling every table of a database, parents first.
/// The same seed makes the same rows.
class RowGenerator {
public:
    explicit RowGenerator(std::uint64_t seed) : random_(seed) {}

    /// One row of `table`, a value per column in the description's order. Identity keys count up
    /// from 1; foreign keys point at rows made before (a required one without a parent throws:
    /// generate in foreign-key order); unique columns never repeat; about one in four nullable
    /// columns is NULL.
    [[nodiscard]] std::vector<sql::OwnedValue> row(const model::Table& table);

    /// Inserts `rows` rows into each of `tables` (given parents first), through bulk_insert.
    void fill(sql::Session& session, std::span<const model::Table* const> tables, int rows);

private:
    [[nodiscard]] sql::OwnedValue value(const model::Table& table, const model::Column& column);
    [[nodiscard]] sql::OwnedValue plain(const model::Column& column);
    [[nodiscard]] sql::OwnedValue text(const model::Column& column);
    [[nodiscard]] std::int64_t between(std::int64_t low, std::int64_t high);
    [[nodiscard]] bool repeats_unique_index(const model::Table& table,
                                            const std::vector<sql::OwnedValue>& row);

    /// Whether SQLite finds the table's checks true for the row.
    [[nodiscard]] bool passes_checks(const model::Table& table,
                                     const std::vector<sql::OwnedValue>& row);

    std::mt19937_64 random_;
    std::unique_ptr<sql::Session> judge_;  ///< an empty database in memory that evaluates checks
    std::int64_t serial_ = 0;              ///< makes unique values unique
    std::map<std::string, std::vector<sql::OwnedValue>, std::less<>> keys_;  ///< by table
    std::map<std::string, std::map<std::string, bool>> seen_;  ///< unique index → joined values
};

}  // namespace segurifai::testing

#pragma once

#include <map>
#include <string>
#include <vector>

#include "migrate/physical.hpp"
#include "migrate/step.hpp"

namespace segurifai::migrate {

/// Steps of one migration and how they are remembered.
struct StepOptions {
    LiveTables live = {};
    Burial burial = {};
    bool remember = false;  ///< also write tombstones down; needs the bookkeeping's tables
};

/// Carries `operations` out on `physical` and says by which statements.
[[nodiscard]] Result<std::vector<Step>> write_steps(sql::Engine engine,
                                                    const std::vector<Operation>& operations,
                                                    PhysicalSchema& physical,
                                                    const StepOptions& options);

/// SQLite: native statements where they leave the text a fresh table would have; everything else
/// is gathered into one rebuild of each table.
class SqliteSteps {
public:
    explicit SqliteSteps(const PhysicalSchema& physical) : physical_(physical) {}

    [[nodiscard]] Result<void> add(const Change& change);
    void remember(std::string sql);
    /// Ends what was gathered; the steps are complete.
    [[nodiscard]] std::vector<Step> finish();

private:
    /// A table that will be rebuilt: what it is now, and what its new columns are made of.
    struct Gathered {
        TableState actual;
        std::map<std::uint16_t, std::string> sources;  ///< new column's number → SQL over `actual`
        std::vector<std::string> about;
        std::string when_null;
    };

    void push(std::string about, const std::string& table, std::string sql);
    Gathered& gather(const TableState& before, const std::string& about);
    void rename(const Change& change);
    void bury_table(const Change& change);
    void revive_table(const Change& change);
    void add_column(const Change& change);
    void rename_column(const Change& change);
    [[nodiscard]] Result<void> alter_column(const Change& change);
    void bury_column(const Change& change);
    void revive_column(const Change& change);
    void change_index(const Change& change);
    void drop_actual_index(const Change& change, const std::string& index);
    void rebuild(std::uint16_t number);
    void rebuild_all();

    const PhysicalSchema& physical_;
    std::map<std::uint16_t, Gathered> gathered_;
    std::vector<Step> steps_;
};

/// PostgreSQL: every operation by ALTER TABLE; on big tables in the forms that let traffic pass.
class PostgresSteps {
public:
    PostgresSteps(const PhysicalSchema& physical, const LiveTables& live)
        : live_(live), start_(physical.schema()) {}

    [[nodiscard]] Result<void> add(const Change& change);
    void remember(std::string sql);
    [[nodiscard]] std::vector<Step> finish() { return std::move(steps_); }

private:
    /// A column on its way from one definition to another, on a table named `table`.
    struct Alteration {
        const TableState& table;
        const ColumnState& from;
        const ColumnState& to;
        const PresetState& fill;
        const std::string& about;
        std::string when_null = {};
    };

    Step& push(std::string about, const std::string& table, Lock lock, std::string sql);
    [[nodiscard]] bool is_big(const TableState& table) const;

    void create_table(const Change& change);
    void rename_table(const Change& change);
    void rename_constraints(const TableState& from, const TableState& to, const std::string& about);
    void rename_partitions(const TableState& before, const TableState& after,
                           const std::string& about);
    void bury_table(const Change& change);
    [[nodiscard]] Result<void> revive_table(const Change& change);
    void add_column(const Change& change);
    void rename_column(const TableState& before, const ColumnState& from, const ColumnState& to,
                       const std::string& about);
    [[nodiscard]] Result<void> alter_column(const Alteration& alteration);
    [[nodiscard]] Result<void> change_type(const Alteration& alteration);
    void require(const Alteration& alteration);
    void fill_in_batches(const Alteration& alteration, const std::string& fill);
    void bury_column(const Change& change);
    [[nodiscard]] Result<void> revive_column(const Change& change);
    void add_index(const TableState& table, const IndexState& index, const std::string& about);
    void drop_index(const TableState& table, const std::string& index, const std::string& about);
    void add_check(const TableState& table, const CheckState& check, const std::string& about);
    void add_key(const TableState& table, const ColumnState& column, const std::string& about);
    void drop_constraint(const TableState& table, const std::string& name,
                         const std::string& about);
    void validate(const TableState& table, const std::string& name, const std::string& about);

    const LiveTables& live_;
    SchemaState start_;  ///< by what names the tables were known when rows were counted
    std::vector<Step> steps_;
};

}  // namespace segurifai::migrate

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "migrate/autodetector.hpp"
#include "migrate/executor.hpp"
#include "migrate/migration.hpp"
#include "sql/session.hpp"
#include "support/databases.hpp"

namespace segurifai::testing {

/// A history of migrations of one app, "shop", grown by a test: 0001, 0002 …
class History {
public:
    /// A migration of these operations on top of the newest.
    void add(std::vector<migrate::Operation> operations);
    void add_all(std::vector<std::vector<migrate::Operation>> migrations);
    /// The migration that leads to `wanted`. False when nothing differs.
    bool lead_to(const migrate::SchemaState& wanted);

    [[nodiscard]] std::size_t size() const noexcept { return migrations_.size(); }
    [[nodiscard]] std::string name(std::size_t number) const;  ///< from 1
    [[nodiscard]] const migrate::MigrationGraph& graph() const { return graph_; }
    /// The schema after the first `count` migrations.
    [[nodiscard]] migrate::SchemaState state(std::size_t count) const;
    void drop_last();

private:
    std::vector<migrate::Migration> migrations_;
    migrate::MigrationGraph graph_;
};

/// A database with a history, both of a test.
class Installation {
public:
    explicit Installation(sql::Engine engine);

    [[nodiscard]] sql::Session& session() { return *session_; }
    [[nodiscard]] const TestDatabase& database() const { return database_; }
    [[nodiscard]] migrate::Executor executor(migrate::ExecutorOptions options = {});
    /// Migrates to the state after `count` migrations; 0 is "zero".
    [[nodiscard]] Result<void> go_to(std::size_t count, migrate::ExecutorOptions options = {});
    /// Ends the session, for a fork(): neither engine's connection may be carried through one.
    void disconnect() { session_.reset(); }
    void connect();
    /// Makes the database empty again, quicker than a new one.
    void empty();

    /// Fills every table with rows that its rules allow, children pointing at parents.
    void fill(const migrate::SchemaState& schema, int rows = 6);
    /// Every row of every table as text, in the order of the keys.
    [[nodiscard]] std::string rows(const migrate::SchemaState& schema);
    /// What differs from a database made at once from `schema`; empty when nothing.
    [[nodiscard]] std::string drift(const migrate::SchemaState& schema);

    History history;
    ManualClock clock{Instant{1'780'000'000'000'000}};

private:
    TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
    SeededRandom random_{7};
};

/// A value of a column for the row `row` (from 1), as a literal.
[[nodiscard]] std::string example(sql::Engine engine, const migrate::SchemaState& schema,
                                  const migrate::TableState& table,
                                  const migrate::ColumnState& column, int row);

}  // namespace segurifai::testing

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "migrate/migration.hpp"
#include "migrate/step.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

class Lease;
class PhysicalSchema;
class Runner;
class Standing;
struct Work;

enum class Direction : std::uint8_t { kForwards, kBackwards };

/// What the database remembers of a migration that was applied.
struct AppliedMigration {
    MigrationId id;
    Instant applied_at;
    std::string checksum;
    std::string canonical;  ///< its operations as they were, for the diff when history changed
};

/// Where `migrate` is to go: everything (no app), an app's newest, a named one, or "zero".
struct Target {
    std::string app;
    std::string name;
};

struct PlannedMigration {
    const Migration* migration = nullptr;
    Direction direction = Direction::kForwards;
    Safety safety = Safety::kLossless;
};

/// What somebody watching a long migration is told.
struct Progress {
    std::string_view migration;
    std::string_view step;
    std::size_t step_number = 0;  ///< from 1
    std::size_t step_count = 0;
    std::int64_t rows_done = 0;  ///< of a batched step
};

struct ExecutorOptions {
    bool fake = false;          ///< record without running
    bool fake_initial = false;  ///< record an initial migration whose tables are all there
    bool accept_data_loss = false;
    std::int64_t online_from_rows = 10'000;
    std::chrono::milliseconds lock_timeout{200};  ///< a lock is tried this long …
    int lock_attempts = 50;                       ///< … this often, with pauses
    std::chrono::seconds lease{30};               ///< renewed while running
    std::chrono::seconds lease_wait{60};          ///< for another runner to finish
    std::chrono::hours tombstone_ttl{24 * 30};
    std::function<void(const Progress&)> on_progress = {};
    std::function<void()> on_waiting = {};  ///< once, when another runner has the lease
};

/// Carries migrations out on one database. One runner at a time (a lease row); every step is
/// journalled, so that after a kill the next run resumes or cleans up by itself.
class Executor {
public:
    Executor(sql::Session& session, const MigrationGraph& graph, Clock& clock, Random& random,
             ExecutorOptions options = {});

    /// What is applied, oldest first. Does not create anything: a new database has nothing.
    [[nodiscard]] Result<std::vector<AppliedMigration>> applied();

    /// Refuses history that changed since it was applied (kConflict with the diff), and applied
    /// migrations this program does not know.
    [[nodiscard]] Result<void> check_history();

    [[nodiscard]] Result<std::vector<PlannedMigration>> plan(const Target& target);

    /// The steps one planned migration would run now, tombstones considered.
    [[nodiscard]] Result<std::vector<Step>> steps(const PlannedMigration& planned);

    /// Runs the plan. kConflict: history changed, lease held, lossy without accept_data_loss.
    [[nodiscard]] Result<std::vector<PlannedMigration>> migrate(const Target& target);

    /// A dropped table or column that is still kept.
    struct Tombstone {
        std::int64_t id = 0;
        std::string table;           ///< its name when it lived
        std::string column;          ///< empty: the whole table
        std::string physical_table;  ///< where the data is now
        std::string physical_column;
        MigrationId migration;
        Instant buried_at;
        Instant keep_until;
    };
    [[nodiscard]] Result<std::vector<Tombstone>> tombstones();
    /// Ends tombstones whose time is over, or all of them. Returns those it ended.
    [[nodiscard]] Result<std::vector<Tombstone>> purge(bool all);

private:
    struct Known;  ///< what the database remembers, read at once
    [[nodiscard]] Result<Known> read();
    [[nodiscard]] Result<void> check_safety(const std::vector<PlannedMigration>& planned) const;
    [[nodiscard]] Result<PhysicalSchema> physical_schema(const Known& known);
    [[nodiscard]] Result<Work> work_for(const PlannedMigration& planned, const Standing& standing,
                                        PhysicalSchema& physical, const LiveTables& live);
    [[nodiscard]] Result<std::vector<PlannedMigration>> carry_out(const Target& target,
                                                                  Lease& lease);
    [[nodiscard]] Result<void> finish_journal(Runner& runner);
    [[nodiscard]] Result<void> record_squashed(const Standing& standing);
    [[nodiscard]] Result<void> run_fresh(std::vector<PlannedMigration>& planned, Standing& standing,
                                         PhysicalSchema& physical, Runner& runner);
    [[nodiscard]] Result<void> run_one(const PlannedMigration& planned, Standing& standing,
                                       PhysicalSchema& physical, const LiveTables& live,
                                       Runner& runner);
    [[nodiscard]] Result<bool> is_there_already(const Migration& migration,
                                                const Standing& standing);
    [[nodiscard]] Result<void> check_tables_of(const Migration& migration,
                                               const Standing& standing);
    [[nodiscard]] Result<void> make_partitions(const SchemaState& schema);

    sql::Session& session_;
    const MigrationGraph& graph_;
    Clock& clock_;
    Random& random_;
    ExecutorOptions options_;
};

}  // namespace segurifai::migrate

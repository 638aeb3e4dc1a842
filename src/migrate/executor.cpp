#include "migrate/executor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "migrate/bookkeeping.hpp"
#include "migrate/ddl.hpp"
#include "migrate/inspect.hpp"
#include "migrate/lease.hpp"
#include "migrate/live_tables.hpp"
#include "migrate/partitions.hpp"
#include "migrate/route.hpp"
#include "migrate/runner.hpp"
#include "migrate/step_writer.hpp"

namespace segurifai::migrate {
namespace {

/// So many migrations of a new database share a transaction: PostgreSQL remembers a lock for each
/// table and index made in it.
constexpr std::size_t kTogetherMax = 64;
/// Partitions are made for yesterday, for rows that come late, and this far ahead.
constexpr int kPartitionDaysAhead = 14;

}  // namespace

struct Executor::Known {
    bool exists = false;
    std::vector<AppliedMigration> recorded;
    std::vector<migrate::Tombstone> tombstones;
    std::optional<bookkeeping::Journal> journal;
};

Executor::Executor(sql::Session& session, const MigrationGraph& graph, Clock& clock, Random& random,
                   ExecutorOptions options)
    : session_(session),
      graph_(graph),
      clock_(clock),
      random_(random),
      options_(std::move(options)) {}

Result<Executor::Known> Executor::read() {
    Known known;
    SEGURIFAI_TRY_AS(known.exists, bookkeeping::exists(session_));
    if (!known.exists) return known;
    SEGURIFAI_TRY_AS(known.recorded, bookkeeping::load_applied(session_));
    SEGURIFAI_TRY_AS(known.tombstones, load_tombstones(session_));
    SEGURIFAI_TRY_AS(known.journal, bookkeeping::load_journal(session_));
    return known;
}

Result<std::vector<AppliedMigration>> Executor::applied() {
    SEGURIFAI_TRY_AS(const bool exists, bookkeeping::exists(session_));
    if (!exists) return std::vector<AppliedMigration>();
    return bookkeeping::load_applied(session_);
}

Result<void> Executor::check_history() {
    SEGURIFAI_TRY_AS(const auto recorded, applied());
    return check_recorded(graph_, recorded);
}

Result<std::vector<PlannedMigration>> Executor::plan(const Target& target) {
    SEGURIFAI_TRY_AS(const auto recorded, applied());
    SEGURIFAI_TRY(check_recorded(graph_, recorded));
    return route_to(graph_, Standing(graph_, recorded), target);
}

Result<PhysicalSchema> Executor::physical_schema(const Known& known) {
    const Standing standing(graph_, known.recorded);
    SEGURIFAI_TRY_AS(SchemaState logical, graph_.state_after(standing.done()));
    return PhysicalSchema(std::move(logical), known.tombstones);
}

Result<Work> Executor::work_for(const PlannedMigration& planned, const Standing& standing,
                                PhysicalSchema& physical, const LiveTables& live) {
    const Migration& migration = *planned.migration;
    const sql::Engine engine = session_.engine();
    const Instant now = clock_.now();
    Work work{.migration = &migration, .direction = planned.direction};
    std::vector<Operation> operations = migration.operations;
    if (planned.direction == Direction::kBackwards) {
        Standing without = standing;
        without.set(migration.id, false);
        for (const MigrationId& part : migration.replaces) without.set(part, false);
        SEGURIFAI_TRY_AS(const SchemaState before, graph_.state_after(without.done()));
        SEGURIFAI_TRY_AS(operations, reversed(migration, before));
        work.record = bookkeeping::forget_sql(engine, migration.id);
    } else {
        work.record = bookkeeping::record_sql(engine, migration, now);
    }
    const Instant keep_until{now.micros +
                             std::chrono::microseconds(options_.tombstone_ttl).count()};
    const StepOptions options{
        .live = live, .burial = {migration.id, now, keep_until}, .remember = true};
    auto steps = write_steps(engine, operations, physical, options);
    if (!steps) {
        Error error = std::move(steps).error();
        error.message = fmt::format("Migration {}: {}", migration.id.to_string(), error.message);
        return std::unexpected(std::move(error));
    }
    work.steps = *std::move(steps);
    return work;
}

Result<std::vector<Step>> Executor::steps(const PlannedMigration& planned) {
    SEGURIFAI_TRY_AS(const Known known, read());
    Standing standing(graph_, known.recorded);
    // As it will stand when the plan has come to this one.
    const MigrationId& id = planned.migration->id;
    if (planned.direction == Direction::kForwards) {
        for (const MigrationId& needed : graph_.ancestors(id)) standing.set(needed, true);
    } else {
        for (const MigrationId& dependent : graph_.descendants(id)) standing.set(dependent, false);
    }
    SEGURIFAI_TRY_AS(SchemaState logical, graph_.state_after(standing.done()));
    PhysicalSchema physical(std::move(logical), known.tombstones);
    SEGURIFAI_TRY_AS(const LiveTables live, live_tables(session_, options_.online_from_rows));
    SEGURIFAI_TRY_AS(Work work, work_for(planned, standing, physical, live));
    return std::move(work.steps);
}

Result<void> Executor::check_safety(const std::vector<PlannedMigration>& planned) const {
    if (options_.fake) return {};
    std::vector<std::string> lossy;
    for (const PlannedMigration& one : planned) {
        if (one.safety == Safety::kIrreversible && one.direction == Direction::kBackwards)
            return fail(Code::kConflict,
                        fmt::format("Migration {} cannot be undone; restore a backup to go back "
                                    "before it.",
                                    one.migration->id.to_string()));
        if (one.safety != Safety::kLossless)
            lossy.push_back(
                fmt::format("{} ({})", one.migration->id.to_string(), label(one.safety)));
    }
    if (lossy.empty() || options_.accept_data_loss) return {};
    return fail(
        Code::kConflict,
        fmt::format("These migrations lose data or cannot be undone: {}. Look at 'segurifai "
                    "migrate --plan' and add --accept-data-loss to go on.",
                    fmt::join(lossy, ", ")));
}

Result<std::vector<PlannedMigration>> Executor::migrate(const Target& target) {
    SEGURIFAI_TRY_AS(const Known known, read());
    SEGURIFAI_TRY(check_recorded(graph_, known.recorded));
    const Standing standing(graph_, known.recorded);
    SEGURIFAI_TRY_AS(auto planned, route_to(graph_, standing, target));
    SEGURIFAI_TRY(check_safety(planned));
    if (planned.empty() && !known.journal && standing.unrecorded().empty()) {
        if (session_.engine() == sql::Engine::kPostgres) {
            SEGURIFAI_TRY_AS(const SchemaState schema, graph_.state_after(standing.done()));
            SEGURIFAI_TRY(make_partitions(schema));
        }
        return planned;
    }
    if (!known.exists) SEGURIFAI_TRY(bookkeeping::create(session_));
    Lease lease(session_, clock_, random_, options_.lease);
    SEGURIFAI_TRY(lease.take(options_.lease_wait, options_.on_waiting));
    auto done = carry_out(target, lease);
    lease.give_back();
    return done;
}

/// With the lease. Everything is read again: another runner may have worked until now.
Result<std::vector<PlannedMigration>> Executor::carry_out(const Target& target, Lease& lease) {
    Runner runner(session_, clock_, random_, lease, options_);
    SEGURIFAI_TRY(finish_journal(runner));
    SEGURIFAI_TRY_AS(const Known known, read());
    SEGURIFAI_TRY(check_recorded(graph_, known.recorded));
    Standing standing(graph_, known.recorded);
    SEGURIFAI_TRY(record_squashed(standing));
    SEGURIFAI_TRY_AS(auto planned, route_to(graph_, standing, target));
    SEGURIFAI_TRY(check_safety(planned));
    SEGURIFAI_TRY_AS(PhysicalSchema physical, physical_schema(known));
    const bool fresh = known.recorded.empty() && known.tombstones.empty() && !options_.fake &&
                       !options_.fake_initial;
    if (fresh) {
        SEGURIFAI_TRY(run_fresh(planned, standing, physical, runner));
    } else {
        SEGURIFAI_TRY_AS(const LiveTables live, live_tables(session_, options_.online_from_rows));
        for (const PlannedMigration& one : planned)
            SEGURIFAI_TRY(run_one(one, standing, physical, live, runner));
    }
    SEGURIFAI_TRY(make_partitions(physical.schema()));
    return planned;
}

Result<void> Executor::finish_journal(Runner& runner) {
    SEGURIFAI_TRY_AS(const auto journal, bookkeeping::load_journal(session_));
    if (!journal) return {};
    const Migration* migration = graph_.find(journal->migration);
    if (migration == nullptr || checksum(*migration) != journal->checksum)
        return fail(Code::kConflict,
                    fmt::format("Migration {} was interrupted on this database and has changed "
                                "since; run 'segurifai migrate' with the version that began it.",
                                journal->migration.to_string()));
    const sql::Engine engine = session_.engine();
    return runner.resume(*journal, journal->direction == Direction::kForwards
                                       ? bookkeeping::record_sql(engine, *migration, clock_.now())
                                       : bookkeeping::forget_sql(engine, migration->id));
}

/// A squashed migration whose parts are all applied takes their place in the record.
Result<void> Executor::record_squashed(const Standing& standing) {
    if (standing.unrecorded().empty()) return {};
    const sql::Engine engine = session_.engine();
    std::string script;
    for (const Migration* squashed : standing.unrecorded()) {
        for (const MigrationId& part : squashed->replaces)
            script += bookkeeping::forget_sql(engine, part) + ";\n";
        script += bookkeeping::record_sql(engine, *squashed, clock_.now()) + ";\n";
    }
    SEGURIFAI_TRY(session_.begin());
    if (auto done = session_.script(script); !done) {
        session_.rollback();
        return done;
    }
    return session_.commit();
}

Result<void> Executor::run_fresh(std::vector<PlannedMigration>& planned, Standing& standing,
                                 PhysicalSchema& physical, Runner& runner) {
    const LiveTables nothing_yet;
    std::size_t at = 0;
    while (at < planned.size()) {
        const std::size_t end = std::min(planned.size(), at + kTogetherMax);
        PhysicalSchema ahead = physical;
        std::vector<Work> works;
        for (std::size_t i = at; i < end; ++i) {
            SEGURIFAI_TRY_AS(Work work, work_for(planned[i], standing, ahead, nothing_yet));
            works.push_back(std::move(work));
        }
        SEGURIFAI_TRY_AS(const bool together, runner.run_together(works));
        if (!together) {  // one by one, to keep what works and to say what does not
            for (std::size_t i = at; i < planned.size(); ++i)
                SEGURIFAI_TRY(run_one(planned[i], standing, physical, nothing_yet, runner));
            return {};
        }
        physical = std::move(ahead);
        for (; at < end; ++at) standing.set(planned[at].migration->id, true);
    }
    return {};
}

Result<void> Executor::run_one(const PlannedMigration& planned, Standing& standing,
                               PhysicalSchema& physical, const LiveTables& live, Runner& runner) {
    const bool forwards = planned.direction == Direction::kForwards;
    bool fake = options_.fake;
    if (options_.fake_initial && forwards && !fake) {
        SEGURIFAI_TRY_AS(fake, is_there_already(*planned.migration, standing));
    }
    SEGURIFAI_TRY_AS(Work work, work_for(planned, standing, physical, live));
    if (fake) work.steps.clear();
    SEGURIFAI_TRY(runner.run(work));
    standing.set(planned.migration->id, forwards);
    return {};
}

/// Whether a migration that does nothing but make tables makes tables that are all there, as it
/// would make them. Some of them, or others of the same name: nobody can know what to do.
Result<bool> Executor::is_there_already(const Migration& migration, const Standing& standing) {
    std::size_t made = 0;
    std::vector<std::string> missing;
    for (const Operation& operation : migration.operations) {
        const CreateTable* create = std::get_if<CreateTable>(&operation);
        if (create == nullptr) return false;
        ++made;
        const bool sqlite = session_.engine() == sql::Engine::kSqlite;
        const std::string name = sqlite ? create->table.name : sql::quoted(create->table.name);
        const sql::Value value = sql::Value::text(name);
        SEGURIFAI_TRY_AS(
            const auto found,
            session_.one_integer(
                sqlite ? "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1"
                       : "SELECT 1 WHERE to_regclass($1) IS NOT NULL",
                {&value, 1}));
        if (!found) missing.push_back(create->table.name);
    }
    if (made == 0 || missing.size() == made) return false;
    if (missing.empty()) {
        SEGURIFAI_TRY(check_tables_of(migration, standing));
        return true;
    }
    return fail(Code::kConflict,
                fmt::format("Some tables of {} are there and some are not ({}); make the missing "
                            "ones by hand, or drop the others, and try again.",
                            migration.id.to_string(), fmt::join(missing, ", ")));
}

/// Compares the tables a migration makes with those of the same names, as `checkdb` does.
Result<void> Executor::check_tables_of(const Migration& migration, const Standing& standing) {
    std::vector<MigrationId> applied = standing.done();
    applied.push_back(migration.id);
    SEGURIFAI_TRY_AS(const SchemaState schema, graph_.state_after(applied));
    SEGURIFAI_TRY_AS(LiveSchema should, expected(session_, schema));
    SEGURIFAI_TRY_AS(LiveSchema live, inspect(session_));
    std::set<std::string> made;
    for (const Operation& operation : migration.operations)
        made.insert(std::get<CreateTable>(operation).table.name);
    const auto other = [&](const auto& table) { return !made.contains(table.first); };
    std::erase_if(should.tables, other);
    std::erase_if(live.tables, other);
    const auto drift = compare(live, should);
    if (drift.empty()) return {};
    Error error{
        .code = Code::kConflict,
        .message = fmt::format("The tables of {} are there, but not as it makes them; bring "
                               "them to that form, or rename them, and try again.",
                               migration.id.to_string())};
    for (const Drift& one : drift) error.faults.push_back({one.table, one.what});
    return std::unexpected(std::move(error));
}

Result<void> Executor::make_partitions(const SchemaState& schema) {
    if (session_.engine() == sql::Engine::kSqlite) return {};
    const std::int64_t micros = clock_.now().micros;
    const auto today = static_cast<std::int32_t>(
        (micros - (micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay) / kMicrosPerDay);
    for (const auto& [number, table] : schema.tables)
        if (!ddl::is_tombstone(number))
            SEGURIFAI_TRY(ensure_partitions(session_, table, Date{today - 1},
                                            Date{today + kPartitionDaysAhead}));
    return {};
}

Result<std::vector<Executor::Tombstone>> Executor::tombstones() {
    SEGURIFAI_TRY_AS(const Known known, read());
    SEGURIFAI_TRY_AS(const PhysicalSchema physical, physical_schema(known));
    std::vector<Tombstone> told;
    for (const migrate::Tombstone& one : known.tombstones) {
        const bool column = one.kind == migrate::Tombstone::Kind::kColumn;
        Tombstone entry{.id = one.id,
                        .table = one.table.name,
                        .physical_table = one.physical,
                        .migration = one.migration,
                        .buried_at = one.buried_at,
                        .keep_until = one.keep_until};
        if (column) {
            const auto holder = physical.schema().tables.find(one.holder);
            entry.column = one.table.columns.front().name;
            entry.physical_column = one.physical;
            entry.physical_table =
                holder == physical.schema().tables.end() ? std::string() : holder->second.name;
        }
        told.push_back(std::move(entry));
    }
    return told;
}

Result<std::vector<Executor::Tombstone>> Executor::purge(bool all) {
    SEGURIFAI_TRY_AS(const bool exists, bookkeeping::exists(session_));
    if (!exists) return std::vector<Tombstone>();
    Lease lease(session_, clock_, random_, options_.lease);
    SEGURIFAI_TRY(lease.take(options_.lease_wait, options_.on_waiting));
    Runner runner(session_, clock_, random_, lease, options_);
    SEGURIFAI_TRY(finish_journal(runner));
    SEGURIFAI_TRY_AS(auto ending, tombstones());
    if (!all)
        std::erase_if(ending, [&](const Tombstone& one) { return one.keep_until > clock_.now(); });
    const bool sqlite = session_.engine() == sql::Engine::kSqlite;
    // Columns first: a table's tombstone takes its columns' with it.
    std::ranges::sort(ending, {},
                      [](const Tombstone& one) { return std::pair(one.column.empty(), one.id); });
    const Migration purge{.id = {"segurifai", "purge"}};
    for (const Tombstone& one : ending) {
        const std::string table = sql::quoted(one.physical_table);
        std::string sql = "DROP TABLE " + table;
        if (!one.column.empty())
            sql = fmt::format("ALTER TABLE {} DROP COLUMN {}", table,
                              sql::quoted(one.physical_column));
        Work work{.migration = &purge};
        work.steps.push_back({.about = "end the tombstone of " + one.table +
                                       (one.column.empty() ? "" : "." + one.column),
                              .sql = std::move(sql),
                              .table = one.physical_table,
                              .lock = Lock::kAccessExclusive,
                              .rewrites = sqlite && !one.column.empty()});
        work.record = fmt::format("DELETE FROM segurifai_tombstone WHERE id = {0}", one.id);
        if (one.column.empty())
            work.record += fmt::format(" OR holder = {}", ddl::kTombstoneNumber + one.id);
        SEGURIFAI_TRY(runner.run(work));
    }
    return ending;
}

}  // namespace segurifai::migrate

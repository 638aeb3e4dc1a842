#include "migrate/step_writer.hpp"

namespace segurifai::migrate {
namespace {

/// What the bookkeeping has to know of a change to tombstones.
std::vector<std::string> records_of(sql::Engine engine, const Change& change) {
    if (!change.tombstone) return {};
    const Tombstone& tombstone = *change.tombstone;
    switch (change.kind) {
        case Change::Kind::kBuryColumn: return {remember_sql(engine, tombstone)};
        case Change::Kind::kBuryTable:
            return {move_sql(change.before.number, change.after.number),
                    remember_sql(engine, tombstone)};
        case Change::Kind::kReviveTable:
            return {move_sql(change.before.number, change.after.number), forget_sql(tombstone)};
        default: return {forget_sql(tombstone)};
    }
}

template <class Writer>
Result<std::vector<Step>> write(Writer writer, sql::Engine engine,
                                const std::vector<Operation>& operations, PhysicalSchema& physical,
                                const StepOptions& options) {
    for (const Operation& operation : operations) {
        SEGURIFAI_TRY_AS(const Change change, physical.apply(operation, options.burial));
        SEGURIFAI_TRY(writer.add(change));
        if (!options.remember) continue;
        for (std::string& record : records_of(engine, change)) writer.remember(std::move(record));
    }
    return writer.finish();
}

}  // namespace

std::string_view label(Lock lock) noexcept {
    switch (lock) {
        case Lock::kNone: return "none";
        case Lock::kRowExclusive: return "ROW EXCLUSIVE";
        case Lock::kShareUpdateExclusive: return "SHARE UPDATE EXCLUSIVE";
        case Lock::kShare: return "SHARE";
        case Lock::kShareRowExclusive: return "SHARE ROW EXCLUSIVE";
        case Lock::kAccessExclusive: return "ACCESS EXCLUSIVE";
    }
    return "none";
}

Result<std::vector<Step>> write_steps(sql::Engine engine, const std::vector<Operation>& operations,
                                      PhysicalSchema& physical, const StepOptions& options) {
    if (engine == sql::Engine::kSqlite)
        return write(SqliteSteps(physical), engine, operations, physical, options);
    return write(PostgresSteps(physical, options.live), engine, operations, physical, options);
}

Result<std::vector<Step>> steps_for(sql::Engine engine, const std::vector<Operation>& operations,
                                    const SchemaState& before, const LiveTables& live) {
    PhysicalSchema physical(before);
    return write_steps(engine, operations, physical, {.live = live});
}

}  // namespace segurifai::migrate

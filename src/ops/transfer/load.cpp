#include "ops/transfer/load.hpp"

#include <iterator>
#include <set>

#include "migrate/partitions.hpp"
#include "migrate/state.hpp"
#include "ops/transfer/diagnosis.hpp"
#include "ops/transfer/intake.hpp"

namespace segurifai::transfer {
namespace {

using Spools = std::map<const model::Table*, Spool>;

/// The rows of a spool as a bulk insert takes them.
sql::BulkSource rows_of(Spool& spool, const LoadOptions& options, std::string_view table) {
    return [&spool, &options, table,
            rows = std::int64_t{0}](std::vector<sql::Value>& row) mutable -> Result<bool> {
        std::int64_t place = 0;
        constexpr std::int64_t kProgressRows = 1'000;
        if (++rows % kProgressRows == 0 && options.on_progress) options.on_progress(table, rows);
        return spool.next(place, row);
    };
}

/// The UTC day of an instant.
Date day_of(Instant instant) {
    const std::int64_t before_1970 = instant.micros < 0 ? kMicrosPerDay - 1 : 0;
    return Date{static_cast<std::int32_t>((instant.micros - before_1970) / kMicrosPerDay)};
}

/// PostgreSQL: the days that rows of a partitioned table fall on get their partitions, and no other
/// day: a transaction can make a few thousand before the server runs out of locks, and one wrong
/// year in a row must not ask for all the days between.
Result<void> make_room(sql::Session& session, const model::Registry& registry,
                       const model::Table& table, Spool& spool) {
    if (table.partition_by.empty() || session.engine() != sql::Engine::kPostgres) return {};
    const auto column =
        static_cast<std::size_t>(table.find(table.partition_by) - table.columns.data());
    SEGURIFAI_TRY(spool.rewind());
    std::int64_t place = 0;
    std::vector<sql::Value> row;
    std::set<Date> days;
    while (true) {
        SEGURIFAI_TRY_AS(const bool more, spool.next(place, row));
        if (!more) break;
        days.insert(day_of(row[column].as_instant()));
    }
    const migrate::TableState state = migrate::state_of(table, registry.tables());
    for (auto first = days.begin(); first != days.end();) {
        Date last = *first;
        auto after = std::next(first);
        while (after != days.end() && after->days == last.days + 1) last = *after++;
        SEGURIFAI_TRY(migrate::ensure_partitions(session, state, *first, last));
        first = after;
    }
    return {};
}

/// The counter of an identity column goes behind the greatest key. (SQLite's AUTOINCREMENT does
/// so by itself.)
Result<void> move_counter(sql::Session& session, const model::Table& table) {
    const model::Column& key = table.primary_key();
    if (!key.identity || session.engine() != sql::Engine::kPostgres) return {};
    const std::string sequence =
        "pg_get_serial_sequence(" +
        sql::literal(session.engine(), sql::Value::text(sql::quoted(table.name))) + ", " +
        sql::literal(session.engine(), sql::Value::text(key.name)) + ")";
    const std::string column = sql::quoted(key.name);
    const auto moved =
        session.run("SELECT setval(" + sequence + ", max(" + column + ")) FROM " +
                    sql::quoted(table.name) + " HAVING max(" + column + ") IS NOT NULL");
    if (!moved) return std::unexpected(moved.error());
    return {};
}

Result<void> insert_table(sql::Session& session, const model::Registry& registry,
                          const model::Table& table, Spool& spool, const LoadOptions& options) {
    SEGURIFAI_TRY(make_room(session, registry, table, spool));
    std::vector<sql::BulkColumn> columns;
    for (const model::Column& column : table.columns)
        columns.push_back({std::string(column.name), column.value_type()});
    SEGURIFAI_TRY(spool.rewind());
    const auto inserted =
        session.bulk_insert(table.name, columns, rows_of(spool, options, table.name));
    if (!inserted) return std::unexpected(inserted.error());
    return move_counter(session, table);
}

/// Writes everything in one transaction, parents first. Rows of one table may still come before
/// the row of the same table that they point at: PostgreSQL looks at the end of the statement,
/// SQLite is asked to look at the end of the transaction.
Result<void> insert_all(sql::Session& session, const model::Registry& registry, Spools& spools,
                        const LoadOptions& options) {
    SEGURIFAI_TRY(session.begin());
    const auto inserted = [&]() -> Result<void> {
        if (session.engine() == sql::Engine::kSqlite)
            SEGURIFAI_TRY(session.script("PRAGMA defer_foreign_keys = ON"));
        for (const model::Table* table : registry.tables())
            if (const auto spool = spools.find(table); spool != spools.end())
                SEGURIFAI_TRY(insert_table(session, registry, *table, spool->second, options));
        return session.commit();
    }();
    if (!inserted) session.rollback();
    return inserted;
}

bool is_about_rows(Code code) {
    return code == Code::kUniqueViolation || code == Code::kForeignKeyViolation ||
           code == Code::kCheckViolation || code == Code::kNotNullViolation;
}

}  // namespace

Result<std::vector<TableCount>> load(sql::Session& session, const model::Registry& registry,
                                     std::span<const Source> sources, const LoadOptions& options) {
    FaultList faults(sources, options.faults_max);
    Intake intake(registry, sources, options, faults);
    SEGURIFAI_TRY(intake.read());
    if (!faults.empty()) return std::unexpected(faults.take());

    if (const auto done = insert_all(session, registry, intake.spools(), options); !done) {
        if (!is_about_rows(done.error().code)) return std::unexpected(done.error());
        // The database named one row at most; look for all of them before anybody has to retry.
        SEGURIFAI_TRY(diagnose(session, registry, intake.spools(), faults));
        return std::unexpected(faults.empty() ? done.error() : faults.take());
    }
    std::vector<TableCount> counts;
    for (const model::Table* table : registry.tables())
        if (const auto spool = intake.spools().find(table); spool != intake.spools().end())
            counts.push_back({std::string(table->name), spool->second.rows()});
    return counts;
}

}  // namespace segurifai::transfer

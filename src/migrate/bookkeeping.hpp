#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"
#include "migrate/executor.hpp"
#include "migrate/step.hpp"
#include "sql/session.hpp"

/// The tables in which a database remembers its migrations. Their names begin with `segurifai_`,
/// and they are no part of the described schema.
namespace segurifai::migrate::bookkeeping {

[[nodiscard]] Result<bool> exists(sql::Session& session);
/// Makes the tables where they are missing. Idempotent.
[[nodiscard]] Result<void> create(sql::Session& session);

/// What is applied, oldest first.
[[nodiscard]] Result<std::vector<AppliedMigration>> load_applied(sql::Session& session);
/// The statements that write down and forget that a migration is applied.
[[nodiscard]] std::string record_sql(sql::Engine engine, const Migration& migration, Instant at);
[[nodiscard]] std::string forget_sql(sql::Engine engine, const MigrationId& id);

/// A migration that was begun step by step and not ended: what a killed runner leaves behind.
struct Journal {
    MigrationId migration;
    Direction direction = Direction::kForwards;
    std::string checksum;  ///< of the migration
    struct Entry {
        Step step;
        bool started = false;
        bool finished = false;
    };
    std::vector<Entry> entries;
};
/// The open journal; there is at most one, because one runner works at a time.
[[nodiscard]] Result<std::optional<Journal>> load_journal(sql::Session& session);
/// The statements of a journal; positions count from 0.
[[nodiscard]] std::string open_journal_sql(sql::Engine engine, const Journal& journal);
[[nodiscard]] std::string started_sql(sql::Engine engine, std::size_t position, Instant at);
[[nodiscard]] std::string finished_sql(sql::Engine engine, std::size_t position, Instant at);
[[nodiscard]] std::string close_journal_sql();

}  // namespace segurifai::migrate::bookkeeping

#pragma once

#include "base/error.hpp"
#include "cli/command.hpp"
#include "cli/examination/findings.hpp"
#include "sql/session.hpp"

/// What 'segurifai check' and 'segurifai doctor' look at, a function each. None changes anything.
/// What cannot be looked at is a finding, too; an error that is returned is a finding of its area.
namespace segurifai::cli {

/// An installation that is looked at.
struct Examination {
    const Given& given;
    const Context& context;
    const sql::DatabaseUrl& database;
    Findings& findings;
};

// Without a database.

/// Owner, room, and whether the database lies on the same disk.
Result<void> examine_data_folder(const Examination& examination);
/// Files that others can read, and what is no part of production.
Result<void> examine_files(const Examination& examination);
Result<void> examine_secrets(const Examination& examination);
/// What may be switched on for measuring or trying, and not for working.
Result<void> examine_switches(const Examination& examination);
/// Whether a server runs on the data folder, and how many files it may open.
Result<void> examine_server(const Examination& examination);
/// The repository and what is in it; without a server, too. On PostgreSQL it opens the database.
Result<void> examine_backups(const Examination& examination);

// With a session that may read.

/// What the engine is and how it is set; with --full every page of an SQLite file is compared.
Result<void> examine_engine(const Examination& examination, sql::Session& session);
/// Migrations that are missing or changed, and differences between tables and descriptions.
Result<void> examine_schema(const Examination& examination, sql::Session& session);

// With a session, where every table is there.

Result<void> examine_people(const Examination& examination, sql::Session& session);
/// Dead letters, a schedule that nobody keeps, retention that is overdue.
Result<void> examine_jobs(const Examination& examination, sql::Session& session);
/// Events that nobody was told.
Result<void> examine_outbox(const Examination& examination, sql::Session& session);
/// The last closed month of the audit log, and months that should be closed.
Result<void> examine_audit(const Examination& examination, sql::Session& session);
/// The clock against the database's own and against what was written last.
Result<void> examine_clock(const Examination& examination, sql::Session& session);

}  // namespace segurifai::cli

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <thread>

#include "cli/examination/engines.hpp"
#include "ops/pgbackrest/cluster.hpp"
#include "sql/database.hpp"

namespace segurifai::cli {
namespace {

constexpr std::string_view kDatabase = "database";
constexpr std::int64_t kVersionTested = 150'000;  // server_version_num
// Three for reads, two for streams, two for groups of commits, as sql/postgres/lane.cpp opens them.
constexpr std::int64_t kConnectionsOfAThread = 7;

/// A setting that loses or damages rows when it is not so.
struct Setting {
    std::string_view name;
    std::string_view wanted;
    Level level;
    std::string_view otherwise;  ///< what happens then
    std::string_view command;
};
constexpr std::array kSettings{
    Setting{"fsync", "on", Level::kFault, "a crash of the machine damages the database",
            "segurifai dbshell -- \"ALTER SYSTEM SET fsync = 'on'\""},
    Setting{"full_page_writes", "on", Level::kFault, "a crash of the machine damages the database",
            "segurifai dbshell -- \"ALTER SYSTEM SET full_page_writes = 'on'\""},
    Setting{"synchronous_commit", "on", Level::kFault, "a crash loses what was acknowledged",
            "segurifai dbshell -- \"ALTER SYSTEM SET synchronous_commit = 'on'\""},
    Setting{"data_checksums", "on", Level::kWarning,
            "a disk that lies is not noticed; with the server stopped",
            "pg_checksums --enable --pgdata DATA_DIRECTORY"},
    Setting{"server_encoding", "UTF8", Level::kFault,
            "names cannot be stored; make the database anew",
            "createdb --encoding=UTF8 --template=template0 NAME"},
    Setting{"TimeZone", "UTC", Level::kFault,
            "something between here and the server drops what we ask it for (a pooler: let it "
            "pass 'options' on)",
            ""},
    Setting{"transaction_read_only", "off", Level::kFault,
            "nothing can be written (a standby, or default_transaction_read_only)", ""},
};

Result<void> examine_settings(const Examination& examination, sql::Session& session) {
    for (const Setting& setting : kSettings) {
        SEGURIFAI_TRY_AS(const auto value, session.one_text(fmt::format(
                                               "SELECT current_setting('{}')", setting.name)));
        if (value == setting.wanted) continue;
        // What is stricter than "on" is as good.
        if (setting.name == "synchronous_commit" && value != "off" && value != "local") continue;
        std::string what = fmt::format("{} is {}, not {}: {}.", setting.name, value.value_or(""),
                                       setting.wanted, setting.otherwise);
        std::string command(setting.command);
        if (setting.level == Level::kFault)
            examination.findings.fault(kDatabase, std::move(what), std::move(command));
        else
            examination.findings.warn(kDatabase, std::move(what), std::move(command));
    }
    return {};
}

/// Indexes over text are in the order of the library that was there when they were made.
Result<void> examine_collation(const Examination& examination, sql::Session& session) {
    SEGURIFAI_TRY_AS(
        const auto changed,
        session.one_text("SELECT datcollate || ' ' || datcollversion || ' before, ' || "
                         "pg_database_collation_actual_version(oid) || ' now' FROM pg_database "
                         "WHERE datname = current_database() AND datcollversion IS DISTINCT FROM "
                         "pg_database_collation_actual_version(oid)"));
    if (changed)
        examination.findings.fault(
            kDatabase,
            fmt::format("The order of text has changed under the indexes ({}): rows may not be "
                        "found.",
                        *changed),
            "segurifai dbshell -- 'REINDEX DATABASE' && segurifai dbshell -- \"ALTER DATABASE "
            "NAME REFRESH COLLATION VERSION\"");
    return {};
}

Result<void> examine_connections(const Examination& examination, sql::Session& session) {
    SEGURIFAI_TRY_AS(
        const auto may,
        session.one_integer("SELECT current_setting('max_connections')::int8 - "
                            "current_setting('superuser_reserved_connections')::int8"));
    const std::int64_t threads = std::max(1U, std::thread::hardware_concurrency()) + 1;
    const sql::DatabaseOptions options;
    const std::int64_t writers = std::max<std::int64_t>(threads, options.writer_connections);
    const std::int64_t needed = threads * kConnectionsOfAThread + writers;
    if (may.value_or(0) < needed)
        examination.findings.warn(
            kDatabase,
            fmt::format("{} connections are allowed, and one server on this machine may open {}.",
                        may.value_or(0), needed),
            fmt::format("segurifai dbshell -- 'ALTER SYSTEM SET max_connections = {}'",
                        needed + 20));
    return {};
}

Result<void> examine_archiving(const Examination& examination, sql::Session& session) {
    if (examination.context.settings.backups == "off") return {};  // a finding of its own
    SEGURIFAI_TRY_AS(const auto archiver, pgbackrest::archiver_of(session));
    if (!archiver.is_on)
        examination.findings.fault(kDatabase,
                                   "The server does not archive its log (archive_mode, "
                                   "archive_command): nothing since the last backup can be "
                                   "restored.",
                                   "segurifai backup setup");
    return {};
}

}  // namespace

Result<void> examine_postgres(const Examination& examination, sql::Session& session) {
    Findings& findings = examination.findings;
    SEGURIFAI_TRY_AS(const auto number,
                     session.one_integer("SELECT current_setting('server_version_num')::int8"));
    SEGURIFAI_TRY_AS(const auto version,
                     session.one_text("SELECT current_setting('server_version')"));
    if (number.value_or(0) < kVersionTested)
        findings.warn(kDatabase, fmt::format("PostgreSQL {} is older than any that was tried (15): "
                                             "upgrade it.",
                                             version.value_or("")));
    SEGURIFAI_TRY(examine_settings(examination, session));
    if (number.value_or(0) >= kVersionTested)  // before, databases had no such version
        SEGURIFAI_TRY(examine_collation(examination, session));
    SEGURIFAI_TRY(examine_connections(examination, session));
    SEGURIFAI_TRY(examine_archiving(examination, session));
    if (findings.is_well(kDatabase))
        findings.well(kDatabase,
                      fmt::format("PostgreSQL {} at {}, its settings as they should be.",
                                  version.value_or(""), examination.database.to_display()));
    return {};
}

}  // namespace segurifai::cli

#include "ops/pgbackrest/cluster.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "sql/row.hpp"

namespace segurifai::pgbackrest {
namespace {

constexpr std::int64_t kVersionFactor = 10'000;  // of server_version_num

Result<std::string> text_of(sql::Session& session, const std::string& expression) {
    SEGURIFAI_TRY_AS(const auto text,
                     session.one_text("SELECT COALESCE((" + expression + ")::text, '')"));
    return text.value_or("");
}

}  // namespace

Result<Cluster> cluster_of(sql::Session& session) {
    if (session.engine() != sql::Engine::kPostgres)
        return fail(Code::kUnsupported, "pgBackRest backs up PostgreSQL only.");
    Cluster cluster;
    SEGURIFAI_TRY_AS(cluster.data, text_of(session, "current_setting('data_directory')"));
    SEGURIFAI_TRY_AS(cluster.settings, text_of(session, "current_setting('config_file')"));
    SEGURIFAI_TRY_AS(cluster.socket,
                     text_of(session,
                             "trim(split_part(current_setting('unix_socket_directories'), ',', "
                             "1))"));
    SEGURIFAI_TRY_AS(const auto port, session.one_integer("SELECT current_setting('port')::int8"));
    // Whoever made the cluster, and under its own name (BOOTSTRAP_SUPERUSERID of pg_authid).
    SEGURIFAI_TRY_AS(cluster.user,
                     text_of(session, "(SELECT rolname FROM pg_roles WHERE oid = 10)"));
    SEGURIFAI_TRY_AS(cluster.database, text_of(session, "current_database()"));
    SEGURIFAI_TRY_AS(const auto version,
                     session.one_integer("SELECT current_setting('server_version_num')::int8"));
    SEGURIFAI_TRY_AS(const auto log_parts,
                     session.one_integer(
                         "SELECT 4294967296 / pg_size_bytes(current_setting('wal_segment_size'))"));
    cluster.log_parts = static_cast<std::uint64_t>(log_parts.value_or(256));
    cluster.port = static_cast<int>(port.value_or(0));
    cluster.programs =
        fmt::format("/usr/lib/postgresql/{}/bin", version.value_or(0) / kVersionFactor);
    if (cluster.socket.empty())
        return fail(Code::kUnsupported,
                    "The server has no socket (unix_socket_directories): pgBackRest needs one.");
    struct stat about{};
    if (stat(cluster.data.c_str(), &about) != 0)
        return fail(Code::kUnsupported,
                    fmt::format("{} is not on this machine, or not for us to see: run this where "
                                "the server runs, as its owner or as root.",
                                cluster.data.string()));
    cluster.owner = {.user = about.st_uid, .group = about.st_gid};
    return cluster;
}

Result<Archiver> archiver_of(sql::Session& session) {
    Archiver archiver;
    const auto integer = [&](const char* expression) -> Result<std::int64_t> {
        SEGURIFAI_TRY_AS(const auto value,
                         session.one_integer(std::string("SELECT (") + expression + ")::int8"));
        return value.value_or(0);
    };
    SEGURIFAI_TRY_AS(const std::int64_t on,
                     integer("SELECT CASE WHEN current_setting('archive_mode') <> 'off' AND "
                             "current_setting('archive_command') LIKE '%archive-push%' THEN 1 "
                             "ELSE 0 END"));
    SEGURIFAI_TRY_AS(archiver.failed, integer("SELECT failed_count FROM pg_stat_archiver"));
    SEGURIFAI_TRY_AS(const std::int64_t failing,
                     integer("SELECT CASE WHEN last_failed_time > "
                             "COALESCE(last_archived_time, '-infinity') THEN 1 ELSE 0 END "
                             "FROM pg_stat_archiver"));
    // A log file's name is its timeline, and where it begins in sixteen-megabyte steps (or what
    // wal_segment_size says). What was archived last may be a timeline's history or a backup's
    // label instead: then the next log file tells. In the file that is written now there are always
    // a few bytes, of an idle server, too: it goes when it is full, or by archive_timeout when
    // something was committed.
    SEGURIFAI_TRY_AS(
        archiver.bytes_waiting,
        integer("SELECT GREATEST(0, size * (div(pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0'), "
                "size) - 1) - (('x' || substr(last_archived_wal, 9, 8))::bit(32)::int8 * "
                "4294967296 + ('x' || substr(last_archived_wal, 17, 8))::bit(32)::int8 * size)) "
                "FROM pg_stat_archiver, "
                "pg_size_bytes(current_setting('wal_segment_size')) AS size "
                "WHERE last_archived_wal ~ '^[0-9A-F]{24}$'"));
    SEGURIFAI_TRY_AS(archiver.timeout_seconds,
                     integer("SELECT setting FROM pg_settings WHERE name = 'archive_timeout'"));
    SEGURIFAI_TRY_AS(const auto last,
                     session.one_integer("SELECT (EXTRACT(EPOCH FROM last_archived_time) * "
                                         "1000000)::int8 FROM pg_stat_archiver"));
    if (last) archiver.last = Instant{.micros = *last};
    SEGURIFAI_TRY_AS(archiver.started.micros,
                     integer("SELECT EXTRACT(EPOCH FROM pg_postmaster_start_time()) * 1000000"));
    archiver.is_on = on != 0;
    archiver.fails_now = failing != 0;
    return archiver;
}

}  // namespace segurifai::pgbackrest

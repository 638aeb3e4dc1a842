// A row by its primary key through the typed layer, beside bare loops on the same statement.

#include <libpq-fe.h>
#include <poll.h>
#include <sqlite3.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstring>

#include "measure.hpp"
#include "model/store.hpp"
#include "workload.hpp"

namespace segurifai::bench {
namespace {

constexpr std::int32_t kRows = 100'000;
constexpr std::size_t kReads = 200'000;
constexpr int kInFlight = 64;

/// Reads every key of its share, one after the other.
Task<void> read_share(sql::Database& database, std::span<const std::int32_t> keys,
                      std::size_t& found) {
    for (const std::int32_t key : keys) {
        const Id<Module> id{key};
        const auto module = co_await model::find<Module>(database, id);
        require(module.has_value(), module ? "" : describe(module.error()));
        if (*module && (*module)->id.value == key) ++found;
    }
}

double typed_reads(sql::Database& database, std::span<const std::int32_t> keys, int tasks) {
    boost::asio::io_context context(1);
    std::size_t found = 0;
    const std::size_t share = keys.size() / static_cast<std::size_t>(tasks);
    for (int task = 0; task < tasks; ++task)
        boost::asio::co_spawn(
            context,
            read_share(database, keys.subspan(static_cast<std::size_t>(task) * share, share),
                       found),
            [](const std::exception_ptr& failure) {
                if (failure) std::rethrow_exception(failure);
            });
    const double took = seconds([&] { context.run(); });
    require(found == share * static_cast<std::size_t>(tasks), "a row was not found");
    return static_cast<double>(found) / took;
}

std::string select_text(sql::Engine engine) {
    return std::string(model::plan_of<Module>().statements.find.on(engine).text);
}

/// The bare loop: the same statement, every column looked at, nothing copied.
double bare_sqlite_reads(const std::string& path, std::span<const std::int32_t> keys) {
    sqlite3* database = nullptr;
    require(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK,
            "sqlite3_open_v2");
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v3(database, select_text(sql::Engine::kSqlite).c_str(), -1,
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK,
            sqlite3_errmsg(database));
    std::size_t bytes = 0;
    std::size_t found = 0;
    const double took = seconds([&] {
        for (const std::int32_t key : keys) {
            sqlite3_bind_int(statement, 1, key);
            if (sqlite3_step(statement) == SQLITE_ROW) {
                ++found;
                for (int column = 0; column < sqlite3_column_count(statement); ++column) {
                    if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) {
                        bytes += static_cast<std::size_t>(sqlite3_column_int(statement, column));
                    } else {
                        (void)sqlite3_column_text(statement, column);
                        bytes += static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
                    }
                }
            }
            sqlite3_reset(statement);
        }
    });
    sqlite3_finalize(statement);
    sqlite3_close(database);
    require(found == keys.size() && bytes > 0, "a row was not found");
    return static_cast<double>(found) / took;
}

/// The bare pipelined loop: `kInFlight` selects on their way, a Sync after each so that one's
/// failure is not its neighbour's, binary answers, every value's length looked at.
double bare_postgres_reads(const std::string& uri, std::span<const std::int32_t> keys) {
    PGconn* connection = PQconnectdb(uri.c_str());
    require(PQstatus(connection) == CONNECTION_OK, PQerrorMessage(connection));
    PGresult* prepared =
        PQprepare(connection, "find", select_text(sql::Engine::kPostgres).c_str(), 1, nullptr);
    require(PQresultStatus(prepared) == PGRES_COMMAND_OK, PQerrorMessage(connection));
    PQclear(prepared);
    PQsetnonblocking(connection, 1);
    PQenterPipelineMode(connection);
    std::size_t sent = 0;
    std::size_t done = 0;
    std::size_t bytes = 0;
    const auto send = [&] {
        const std::uint32_t wire = htonl(static_cast<std::uint32_t>(keys[sent++]));
        const char* values[] = {reinterpret_cast<const char*>(&wire)};
        const int lengths[] = {4};
        const int formats[] = {1};
        PQsendQueryPrepared(connection, "find", 1, values, lengths, formats, 1);
        PQpipelineSync(connection);
    };
    const double took = seconds([&] {
        while (sent < kInFlight) send();
        while (done < keys.size()) {
            PQflush(connection);
            pollfd waiting{PQsocket(connection), POLLIN, 0};
            poll(&waiting, 1, 1'000);
            PQconsumeInput(connection);
            while (!PQisBusy(connection)) {
                PGresult* result = PQgetResult(connection);
                if (result == nullptr) {
                    if (done == keys.size()) break;
                    if (PQisBusy(connection)) break;
                    continue;
                }
                if (PQresultStatus(result) == PGRES_TUPLES_OK) {
                    for (int column = 0; column < PQnfields(result); ++column)
                        bytes += static_cast<std::size_t>(PQgetlength(result, 0, column));
                } else if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
                    ++done;
                    if (sent < keys.size()) send();
                }
                PQclear(result);
                if (done == keys.size()) break;
            }
        }
    });
    PQfinish(connection);
    require(bytes > 0, "no bytes");
    return static_cast<double>(keys.size()) / took;
}

/// What pgbench reaches with the same statement: "tps = 12345.6 (without …)".
double pgbench_reads(const std::string& uri, const std::string& script, int clients) {
    const std::string told =
        output_of("/usr/lib/postgresql/15/bin/pgbench -n -M prepared -T 3 -f " + script + " -c " +
                  std::to_string(clients) + " -j 2 '" + uri + "'");
    const auto at = told.find("tps = ");
    require(at != std::string::npos, told);
    return std::stod(told.substr(at + 6));
}

void sqlite_point_reads() {
    const Workplace place(sql::Engine::kSqlite);
    place.fill_modules(kRows);
    const auto keys = shuffled_keys(kRows, kReads);
    const auto database = place.database();
    measure(
        {.name = "Point read, SQLite inline, typed",
         .unit = "rows/s",
         .peer = "bare C loop, same statement",
         .ratio_min = 0.7},
        [&] { return typed_reads(*database, keys, 1); },
        [&] { return bare_sqlite_reads(place.url().location, keys); });
}

void postgres_point_reads() {
    const Workplace place(sql::Engine::kPostgres);
    place.fill_modules(kRows);
    const auto keys = shuffled_keys(kRows, kReads);
    const auto database = place.database();
    const auto ours = [&] { return typed_reads(*database, keys, kInFlight); };
    measure({.name = "Point read, PostgreSQL, 64 in flight, typed",
             .unit = "rows/s",
             .peer = "bare pipelined libpq loop, a Sync each",
             .ratio_min = 0.8},
            ours, [&] { return bare_postgres_reads(place.url().location, keys); });

    const std::string script = place.file("select.sql");
    std::string select = select_text(sql::Engine::kPostgres);
    select.replace(select.find("$1"), 2, ":id");
    std::FILE* file = std::fopen(script.c_str(), "w");
    std::fprintf(file, "\\set id random(1, %d)\n%s;\n", kRows, select.c_str());
    std::fclose(file);
    int best = 1;
    double best_rate = 0;
    for (const int clients : {1, 4, 8, 16, 32}) {
        const double rate = pgbench_reads(place.url().location, script, clients);
        if (rate > best_rate) {
            best_rate = rate;
            best = clients;
        }
    }
    measure({.name = "Point read, PostgreSQL, 64 in flight, typed",
             .unit = "rows/s",
             .peer = "pgbench -M prepared, same select, " + std::to_string(best) +
                     " clients (its best)"},
            ours, [&] { return pgbench_reads(place.url().location, script, best); });
}

}  // namespace
}  // namespace segurifai::bench

int main() {
    segurifai::bench::sqlite_point_reads();
    segurifai::bench::postgres_point_reads();
}

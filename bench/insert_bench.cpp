// Durable inserts by 64 writers, validation included, beside what the engines do bare.

#include <sqlite3.h>

#include <boost/asio/co_spawn.hpp>
#include <cstring>

#include "base/clock.hpp"
#include "measure.hpp"
#include "model/store.hpp"
#include "workload.hpp"

namespace segurifai::bench {
namespace {

constexpr int kWriters = 64;

Task<void> write_share(sql::Database& database, std::int32_t first, std::int32_t count) {
    SystemClock clock;
    for (std::int32_t number = first; number < first + count; ++number) {
        Module module = module_number(number);
        const auto inserted = co_await model::insert(database, clock, module);
        require(inserted.has_value(), inserted ? "" : describe(inserted.error()));
    }
}

/// Rows a second by `kWriters` tasks that each wait for their row to be durable.
double typed_inserts(sql::Database& database, std::int32_t rows) {
    boost::asio::io_context context(1);
    const std::int32_t share = rows / kWriters;
    for (int writer = 0; writer < kWriters; ++writer)
        boost::asio::co_spawn(context, write_share(database, writer * share + 1, share),
                              [](const std::exception_ptr& failure) {
                                  if (failure) std::rethrow_exception(failure);
                              });
    const double took = seconds([&] { context.run(); });
    return share * kWriters / took;
}

std::string insert_text(sql::Engine engine) {
    return std::string(model::plan_of<Module>().statements.insert.on(engine).text);
}

/// The values of the insert as SQLite stores them, made ready before the clock runs.
struct Ready {
    std::vector<std::string> texts;
    std::vector<std::int64_t> integers;
    std::vector<bool> is_text;
};

Ready ready_values(const Module& module) {
    Ready ready;
    const auto& plan = model::plan_of<Module>();
    for (const std::size_t position : plan.statements.inserted()) {
        const sql::Value value = plan.table.columns[position].load(&module);
        const bool number =
            value.type() == sql::ValueType::kInteger || value.type() == sql::ValueType::kBoolean;
        std::string text;
        if (value.type() == sql::ValueType::kInstant) {
            text.resize(Instant::kStoredSize);
            value.as_instant().write_stored(text.data());
        } else if (!number) {
            text = value.as_text();
        }
        ready.is_text.push_back(!number);
        ready.integers.push_back(number ? value.as_integer() : 0);
        ready.texts.push_back(std::move(text));
    }
    return ready;
}

/// The bare loop: one connection, the same statement, a COMMIT after every `group` rows.
double bare_sqlite_inserts(const std::string& path, std::int32_t rows, std::int32_t group) {
    sqlite3* database = nullptr;
    require(sqlite3_open(path.c_str(), &database) == SQLITE_OK, "sqlite3_open");
    for (const char* pragma : {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL",
                               "PRAGMA foreign_keys=ON", "PRAGMA busy_timeout=5000"})
        require(sqlite3_exec(database, pragma, nullptr, nullptr, nullptr) == SQLITE_OK, pragma);
    sqlite3_stmt* statement = nullptr;
    require(sqlite3_prepare_v3(database, insert_text(sql::Engine::kSqlite).c_str(), -1,
                               SQLITE_PREPARE_PERSISTENT, &statement, nullptr) == SQLITE_OK,
            sqlite3_errmsg(database));
    const Ready ready = ready_values(module_number(1));
    const double took = seconds([&] {
        for (std::int32_t row = 0; row < rows; ++row) {
            if (row % group == 0)
                sqlite3_exec(database, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
            for (std::size_t i = 0; i < ready.texts.size(); ++i) {
                const int parameter = static_cast<int>(i) + 1;
                if (ready.is_text[i])
                    sqlite3_bind_text(statement, parameter, ready.texts[i].data(),
                                      static_cast<int>(ready.texts[i].size()), SQLITE_STATIC);
                else
                    sqlite3_bind_int64(statement, parameter, ready.integers[i]);
            }
            int result = sqlite3_step(statement);
            while (result == SQLITE_ROW) result = sqlite3_step(statement);
            require(result == SQLITE_DONE, sqlite3_errmsg(database));
            sqlite3_reset(statement);
            if (row % group == group - 1 || row == rows - 1)
                require(sqlite3_exec(database, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK,
                        "COMMIT");
        }
    });
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return rows / took;
}

void sqlite_inserts() {
    constexpr std::int32_t kRows = 64'000;
    const Workplace place(sql::Engine::kSqlite);
    const auto database = place.database();
    (void)typed_inserts(*database, kRows);
    const auto stats = database->stats();
    const auto group = static_cast<std::int32_t>(
        stats.commits == 0 ? 1 : (stats.transactions + stats.commits - 1) / stats.commits);
    measure(
        {.name = "Durable insert, SQLite, 64 writers, validated",
         .unit = "rows/s",
         .peer = "bare C loop, a COMMIT each " + std::to_string(group) + " rows (our group)",
         .ratio_min = 0.7,
         .value_min = 50'000},
        [&] {
            place.empty_modules();
            return typed_inserts(*database, kRows);
        },
        [&] {
            place.empty_modules();
            return bare_sqlite_inserts(place.url().location, kRows, group);
        });
}

/// pgbench with the same statement, its values as literals of a prepared script.
double pgbench_inserts(const Workplace& place, const std::string& script, int clients) {
    const std::string told =
        output_of("/usr/lib/postgresql/15/bin/pgbench -n -M prepared -T 4 -f " + script + " -c " +
                  std::to_string(clients) + " -j 2 '" + place.url().location + "'");
    const auto at = told.find("tps = ");
    require(at != std::string::npos, told);
    return std::stod(told.substr(at + 6));
}

std::string pgbench_script(const Workplace& place) {
    const auto& plan = model::plan_of<Module>();
    const Module module = module_number(1);
    std::string text = insert_text(sql::Engine::kPostgres);
    // From the last parameter down, so that $1 does not match inside $10. The number of the row
    // stays a variable, so that the script is a prepared statement with a parameter.
    for (std::size_t i = plan.statements.inserted().size(); i > 0; --i) {
        const auto& column = plan.table.columns[plan.statements.inserted()[i - 1]];
        const std::string given = column.name == "orden"
                                      ? ":n"
                                      : sql::literal(sql::Engine::kPostgres, column.load(&module));
        const std::string parameter = "$" + std::to_string(i);
        text.replace(text.find(parameter), parameter.size(), given);
    }
    const std::string path = place.file("insert.sql");
    std::FILE* file = std::fopen(path.c_str(), "w");
    std::fprintf(file, "\\set n random(1, 100)\n%s;\n", text.c_str());
    std::fclose(file);
    return path;
}

void postgres_inserts() {
    constexpr std::int32_t kRows = 32'000;
    constexpr int kConnections = 8;
    const Workplace place(sql::Engine::kPostgres);
    sql::DatabaseOptions options;
    options.writer_connections = kConnections;
    const auto database = place.database(options);
    const std::string script = pgbench_script(place);
    measure(
        {.name = "Durable insert, PostgreSQL, 64 writers, 8 connections, validated",
         .unit = "rows/s",
         .peer = "pgbench -M prepared, same insert, 8 clients",
         .ratio_min = 0.8},
        [&] {
            place.empty_modules();
            return typed_inserts(*database, kRows);
        },
        [&] {
            place.empty_modules();
            return pgbench_inserts(place, script, kConnections);
        });
}

}  // namespace
}  // namespace segurifai::bench

int main() {
    segurifai::bench::sqlite_inserts();
    segurifai::bench::postgres_inserts();
}

// Migrations as whole processes, beside Django's on the same tables and the same 300 migrations.

#include <filesystem>
#include <fstream>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "measure.hpp"
#include "migrate/executor.hpp"
#include "migrate/migration.hpp"
#include "sql/session.hpp"
#include "support/postgres_cluster.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::bench {
namespace {

namespace fs = std::filesystem;
using namespace segurifai::migrate;

constexpr int kMany = 300;

ColumnState text_column(std::uint16_t number, std::string name, int length) {
    ColumnState column;
    column.number = number;
    column.name = std::move(name);
    column.type = model::Type::kVarchar;
    column.length = length;
    return column;
}

/// The same migration as bench/django/make_project's many_migration(number).
Operation many_operation(int number) {
    const int group = number / 10;
    const std::string table = "many_t" + std::to_string(group);
    switch (const int kind = number % 10) {
        case 0: {
            TableState made;
            made.number = static_cast<std::uint16_t>(group + 1);
            made.app = "many";
            made.name = table;
            ColumnState id;
            id.number = 1;
            id.name = "id";
            id.type = model::Type::kInteger;
            id.primary_key = id.identity = true;
            ColumnState count;
            count.number = 4;
            count.name = "n";
            count.type = model::Type::kInteger;
            count.preset = std::int64_t{0};
            made.columns = {id, text_column(2, "c1", 50), text_column(3, "c2", 50), count};
            return CreateTable{made};
        }
        case 7: return AddIndex{table, {table + "_n_idx", {"n"}}};
        case 8: return RenameColumn{table, "c1", "d1"};
        case 9: return AlterColumn{table, text_column(3, "c2", 100)};
        default: {
            auto column =
                text_column(static_cast<std::uint16_t>(10 + kind), "a" + std::to_string(kind), 40);
            column.preset = std::string("x");
            return AddColumn{table, column};
        }
    }
}

std::string many_name(int number) {
    std::string digits = std::to_string(number + 1);
    digits.insert(0, 4 - digits.size(), '0');
    return digits + "_step";
}

/// 300 migration files as text, so that reading them is part of the figure, as it is in a start.
std::vector<MigrationSource> many_sources() {
    std::vector<MigrationSource> sources;
    for (int number = 0; number < kMany; ++number) {
        Migration migration;
        migration.id = {"many", many_name(number)};
        if (number > 0) migration.depends = {{"many", many_name(number - 1)}};
        migration.operations = {many_operation(number)};
        sources.push_back({"many", migration.id.name, write_migration(migration)});
    }
    return sources;
}

void migrate_many(const sql::DatabaseUrl& url, const std::vector<MigrationSource>& sources) {
    std::vector<Migration> migrations;
    for (const auto& source : sources) {
        auto parsed = parse_migration(source);
        require(parsed.has_value(), parsed ? "" : describe(parsed.error()));
        migrations.push_back(std::move(*parsed));
    }
    const auto graph = MigrationGraph::make(std::move(migrations));
    require(graph.has_value(), graph ? "" : describe(graph.error()));
    const auto session = sql::open_session(url);
    require(session.has_value(), session ? "" : describe(session.error()));
    SystemClock clock;
    SystemRandom random;
    Executor executor(**session, *graph, clock, random);
    const auto done = executor.migrate({});
    require(done.has_value(), done ? "" : describe(done.error()));
    require(done->size() == kMany, "not all of the 300 migrations were applied");
}

/// What the figures share: a folder, a server, the program and a Django project.
class Bench {
public:
    Bench(fs::path program, fs::path schema) : program_(std::move(program)) {
        (void)output_of("bench/django/make_project " + django().string() + " " + schema.string());
        const std::string database = "DATABASE=sqlite:" + (folder_ / "unused.db").string();
        (void)output_of("cd " + django().string() + " && " + database +
                        " /usr/bin/python3 manage.py makemigrations users services providers "
                        "assistance paq_wallet gamification promotions");
    }

    void run() {
        from_nothing_sqlite();
        from_nothing_postgres();
        many_sqlite();
        many_postgres();
        quick_commands();
    }

private:
    [[nodiscard]] fs::path django() const { return folder_ / "django"; }

    [[nodiscard]] double ours(const std::string& arguments, const std::string& url) const {
        return seconds([&] {
            (void)output_of("SEGURIFAI_DATABASE_URL='" + url + "' " + program_.string() + " " +
                            arguments);
        });
    }
    [[nodiscard]] double theirs(const std::string& script, const std::string& arguments,
                                const std::string& database) const {
        return seconds([&] {
            (void)output_of("cd " + django().string() + " && DATABASE=" + database +
                            " /usr/bin/python3 " + script + " " + arguments);
        });
    }

    [[nodiscard]] std::string fresh_file(const char* name) const {
        const fs::path file = folder_ / name;
        for (const char* end : {"", "-wal", "-shm", "-journal"}) fs::remove(file.string() + end);
        return file.string();
    }
    [[nodiscard]] std::string fresh_database() {
        const std::string name = "bench" + std::to_string(++databases_);
        auto session = sql::open_session({sql::Engine::kPostgres, cluster_.url()});
        require(session.has_value(), session ? "" : describe(session.error()));
        const auto made = (*session)->script("CREATE DATABASE " + name);
        require(made.has_value(), made ? "" : describe(made.error()));
        return name;
    }
    [[nodiscard]] std::string django_postgres(const std::string& name) const {
        return "postgres:127.0.0.1:" + std::to_string(cluster_.port()) + ":" + name;
    }

    void from_nothing_sqlite() {
        measure(
            {.name = "migrate from nothing, SQLite, whole process",
             .unit = "s",
             .peer = "Django migrate, same 21 tables",
             .value_max = 0.5},
            [&] { return ours("migrate", "sqlite:///" + fresh_file("ours.db")); },
            [&] { return theirs("manage.py", "migrate", "sqlite:" + fresh_file("dj.db")); });
    }
    void from_nothing_postgres() {
        measure(
            {.name = "migrate from nothing, PostgreSQL, whole process",
             .unit = "s",
             .peer = "Django migrate, same 21 tables",
             .value_max = 1.5},
            [&] {
                const std::string name = fresh_database();
                return ours("migrate", cluster_.url(name));
            },
            [&] {
                const std::string name = fresh_database();
                return theirs("manage.py", "migrate", django_postgres(name));
            });
    }
    void many_sqlite() {
        const auto sources = many_sources();
        measure(
            {.name = "300 generated migrations from nothing, SQLite",
             .unit = "s",
             .peer = "Django migrate, same 300",
             .value_max = 1},
            [&] {
                const sql::DatabaseUrl url{sql::Engine::kSqlite, fresh_file("many.db")};
                return seconds([&] { migrate_many(url, sources); });
            },
            [&] { return theirs("manage_many.py", "migrate", "sqlite:" + fresh_file("dj.db")); });
    }
    void many_postgres() {
        const auto sources = many_sources();
        measure(
            {.name = "300 generated migrations from nothing, PostgreSQL",
             .unit = "s",
             .peer = "Django migrate, same 300",
             .value_max = 1},
            [&] {
                const sql::DatabaseUrl url{sql::Engine::kPostgres, cluster_.url(fresh_database())};
                return seconds([&] { migrate_many(url, sources); });
            },
            [&] {
                const std::string name = fresh_database();
                return theirs("manage_many.py", "migrate", django_postgres(name));
            });
    }
    void quick_commands() {
        const std::string mine = "sqlite:///" + fresh_file("quick.db");
        const std::string database = "sqlite:" + fresh_file("quick_django.db");
        (void)ours("migrate", mine);
        (void)theirs("manage.py", "migrate", database);
        for (const char* command : {"migrate", "showmigrations", "makemigrations --check"})
            measure(
                {.name = std::string(command) + " with nothing to do, SQLite, whole process",
                 .unit = "s",
                 .peer = std::string("Django ") + command,
                 .value_max = 0.020},
                [&] { return ours(command, mine); },
                [&] { return theirs("manage.py", command, database); });
    }

    testing::TemporaryFolder folder_;
    testing::PostgresCluster cluster_{testing::PostgresCluster::Durability::kFull};
    fs::path program_;
    int databases_ = 0;
};

}  // namespace
}  // namespace segurifai::bench

int main(int, char** argv) {
    const auto folder = std::filesystem::absolute(argv[0]).parent_path();
    segurifai::bench::Bench(folder / "segurifai", "tests/conformance/schema.json").run();
}

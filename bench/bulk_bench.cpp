// Bulk loads, beside the engines' own tools on the same rows.

#include "measure.hpp"
#include "workload.hpp"

namespace segurifai::bench {
namespace {

constexpr std::int32_t kRows = 200'000;

std::string table_name() {
    return std::string(model::table_of<Module>().name);
}

/// The rows as a CSV file in the form the engine's own tool reads, written by that tool.
void write_csv(const Workplace& place, const std::string& path) {
    place.fill_modules(kRows);
    const std::string& url = place.url().location;
    if (place.engine() == sql::Engine::kPostgres)
        (void)output_of("psql -q '" + url + "' -c \"\\copy " + table_name() + " TO '" + path +
                        "' WITH (FORMAT csv, HEADER true)\"");
    else
        (void)output_of("sqlite3 -csv -header " + url + " 'SELECT * FROM " + table_name() + "' > " +
                        path);
    place.empty_modules();
}

double bulk_insert(const Workplace& place, const std::vector<Module>& modules) {
    place.empty_modules();
    const auto session = place.session();
    const auto& table = model::table_of<Module>();
    std::vector<sql::BulkColumn> columns;
    for (const auto& column : table.columns)
        columns.push_back({std::string(column.name), column.value_type()});
    const double took = seconds([&] {
        const auto done = session->bulk_insert(
            table.name, columns,
            [&, at = std::size_t{0}](std::vector<sql::Value>& row) mutable -> Result<bool> {
                if (at == modules.size()) return false;
                row.clear();
                for (const auto& column : table.columns) row.push_back(column.load(&modules[at]));
                ++at;
                return true;
            });
        require(done.has_value(), done ? "" : describe(done.error()));
    });
    return kRows / took;
}

double by_shell(const Workplace& place, const std::string& command) {
    place.empty_modules();
    const double took = seconds([&] { (void)output_of(command); });
    const auto rows = place.session()->one_integer("SELECT count(*) FROM " + table_name());
    require(rows.has_value() && *rows == kRows, "the tool loaded another number of rows");
    return kRows / took;
}

void bulk(sql::Engine engine, const std::string& name, const std::string& peer) {
    const Workplace place(engine);
    const std::string csv = place.file("rows.csv");
    write_csv(place, csv);
    std::vector<Module> modules;
    for (std::int32_t number = 1; number <= kRows; ++number)
        modules.push_back(module_number(number));
    const std::string command =
        engine == sql::Engine::kPostgres
            ? "psql -q '" + place.url().location + "' -c \"\\copy " + table_name() + " FROM '" +
                  csv + "' WITH (FORMAT csv, HEADER true)\""
            : "sqlite3 -cmd 'PRAGMA synchronous=FULL' " + place.url().location +
                  " '.import --csv --skip 1 " + csv + " " + table_name() + "'";
    measure(
        {.name = name, .unit = "rows/s", .peer = peer, .ratio_min = 0.7},
        [&] { return bulk_insert(place, modules); }, [&] { return by_shell(place, command); });
}

}  // namespace
}  // namespace segurifai::bench

int main() {
    using segurifai::sql::Engine;
    segurifai::bench::bulk(Engine::kSqlite, "Bulk load, SQLite, 13 columns",
                           "sqlite3 shell .import");
    segurifai::bench::bulk(Engine::kPostgres, "Bulk load, PostgreSQL, 13 columns",
                           "psql \\copy from CSV");
}

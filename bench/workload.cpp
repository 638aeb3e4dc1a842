#include "workload.hpp"

#include <random>

#include "apps/registry.hpp"
#include "base/clock.hpp"
#include "measure.hpp"
#include "migrate/step.hpp"
#include "model/codec.hpp"
#include "model/plan.hpp"

namespace segurifai::bench {

Module module_number(std::int32_t number) {
    Module module;
    module.id.value = number;
    module.titulo = "Seguridad al volante, lección " + std::to_string(number);
    module.descripcion = "Qué hacer antes, durante y después de un percance en la carretera.";
    module.orden = number % 100;
    module.puntos_completar = 100;
    module.contenido =
        "Mantenga tres segundos de distancia con el vehículo de adelante, el doble bajo la lluvia "
        "o de noche. El cinturón va en la cadera y sobre el pecho, en todos los asientos. Si se "
        "detiene, encienda las luces de emergencia y espere fuera, detrás de la barrera.";
    module.video_url = "https://videos.example.gt/lecciones/" + std::to_string(number);
    module.created_at = module.updated_at = Instant{1'794'000'000'000'000 + number};
    return module;
}

Workplace::Workplace(sql::Engine engine) {
    if (engine == sql::Engine::kPostgres) {
        cluster_ =
            std::make_unique<testing::PostgresCluster>(testing::PostgresCluster::Durability::kFull);
        url_ = {engine, cluster_->socket_url()};
    } else {
        url_ = {engine, file("bench.db")};
    }
    const auto tables = apps::all_tables();
    const auto open = session();
    for (const auto& statement : migrate::create_statements(engine, migrate::state_of(tables))) {
        const auto made = open->script(statement);
        require(made.has_value(), made ? "" : describe(made.error()));
    }
}

std::unique_ptr<sql::Session> Workplace::session() const {
    auto opened = sql::open_session(url_);
    require(opened.has_value(), opened ? "" : describe(opened.error()));
    return std::move(*opened);
}

std::unique_ptr<sql::Database> Workplace::database(sql::DatabaseOptions options) const {
    auto opened = sql::open_database(url_, options);
    require(opened.has_value(), opened ? "" : describe(opened.error()));
    return std::move(*opened);
}

void Workplace::empty_modules() const {
    const auto done = session()->script(engine() == sql::Engine::kSqlite
                                            ? "DELETE FROM gamification_educationalmodule"
                                            : "TRUNCATE gamification_educationalmodule CASCADE");
    require(done.has_value(), done ? "" : describe(done.error()));
}

void Workplace::fill_modules(std::int32_t rows) const {
    const auto open = session();
    const auto& table = model::table_of<Module>();
    std::vector<sql::BulkColumn> columns;
    for (const auto& column : table.columns)
        columns.push_back({std::string(column.name), column.value_type()});
    Module module;
    const auto done = open->bulk_insert(
        table.name, columns, [&, number = 0](std::vector<sql::Value>& row) mutable -> Result<bool> {
            if (number == rows) return false;
            module = module_number(++number);
            row.clear();
            for (const auto& column : table.columns) row.push_back(column.load(&module));
            return true;
        });
    require(done.has_value(), done ? "" : describe(done.error()));
    const auto analysed = open->script("ANALYZE");
    require(analysed.has_value(), "ANALYZE");
}

std::vector<std::int32_t> shuffled_keys(std::int32_t rows, std::size_t count) {
    std::mt19937 random(7);
    std::uniform_int_distribution<std::int32_t> any(1, rows);
    std::vector<std::int32_t> keys(count);
    for (auto& key : keys) key = any(random);
    return keys;
}

}  // namespace segurifai::bench

#include "conformance/migrated_database.hpp"

#include <stdexcept>

#include "apps/registry.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"

namespace segurifai::conformance {

std::unique_ptr<testing::TestDatabase> migrated_database(sql::Engine engine) {
    auto database = std::make_unique<testing::TestDatabase>(engine);
    const auto session = database->session();
    const auto tables = apps::all_tables();
    for (const std::string& statement :
         migrate::create_statements(engine, migrate::state_of(tables)))
        if (const auto ran = session->script(statement); !ran)
            throw std::runtime_error(describe(ran.error()) + " in " + statement);
    return database;
}

}  // namespace segurifai::conformance

#include "conformance/migrated_database.hpp"

#include <stdexcept>

#include "apps/migrations.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "migrate/executor.hpp"

namespace segurifai::conformance {

std::unique_ptr<testing::TestDatabase> migrated_database(sql::Engine engine) {
    auto database = std::make_unique<testing::TestDatabase>(engine);
    const auto session = database->session();
    const auto history = apps::embedded_history();
    if (!history) throw std::runtime_error(describe(history.error()));
    SystemClock clock;
    SystemRandom random;
    migrate::Executor executor(*session, *history, clock, random);
    if (const auto done = executor.migrate({}); !done)
        throw std::runtime_error(describe(done.error()));
    return database;
}

}  // namespace segurifai::conformance

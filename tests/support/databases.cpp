#include "support/databases.hpp"

#include <stdexcept>

#include "support/postgres_cluster.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {

TestDatabase::TestDatabase(sql::Engine engine) : engine_(engine) {
    if (engine == sql::Engine::kSqlite)
        folder_ = std::make_unique<TemporaryFolder>();
    else
        postgres_ = std::make_unique<FreshPostgresDatabase>();
}

TestDatabase::~TestDatabase() = default;

sql::DatabaseUrl TestDatabase::url() const {
    if (engine_ == sql::Engine::kSqlite) return {engine_, (*folder_ / "test.db").string()};
    return {engine_, postgres_->url()};
}

std::unique_ptr<sql::Session> TestDatabase::session(const sql::SessionOptions& options) const {
    auto opened = sql::open_session(url(), options);
    if (!opened) throw std::runtime_error(describe(opened.error()));
    return std::move(*opened);
}

}  // namespace segurifai::testing

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "sql/engine.hpp"
#include "sql/session.hpp"

namespace segurifai::sql {

/// So that a failing test names its engine.
inline void PrintTo(Engine engine, std::ostream* out) {
    *out << name_of(engine);
}

}  // namespace segurifai::sql

namespace segurifai::testing {

class FreshPostgresDatabase;
class TemporaryFolder;

/// An empty database of either engine, gone with this object.
class TestDatabase {
public:
    explicit TestDatabase(sql::Engine engine);
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    [[nodiscard]] sql::DatabaseUrl url() const;
    [[nodiscard]] sql::Engine engine() const noexcept { return engine_; }
    /// A new session on it. Throws std::runtime_error when it does not open.
    [[nodiscard]] std::unique_ptr<sql::Session> session(
        const sql::SessionOptions& options = {}) const;

private:
    sql::Engine engine_;
    std::unique_ptr<TemporaryFolder> folder_;
    std::unique_ptr<FreshPostgresDatabase> postgres_;
};

/// "sqlite", "postgres": the instance's name in "Engines/StoresDates.KeepsADay/sqlite".
[[nodiscard]] inline std::string engine_name(const ::testing::TestParamInfo<sql::Engine>& info) {
    return std::string(sql::name_of(info.param));
}

}  // namespace segurifai::testing

/// Runs every TEST_P of `suite` (a ::testing::TestWithParam<sql::Engine>) on both engines.
#define SEGURIFAI_ON_BOTH_ENGINES(suite)                                                           \
    INSTANTIATE_TEST_SUITE_P(                                                                      \
        Engines, suite,                                                                            \
        ::testing::Values(::segurifai::sql::Engine::kSqlite, ::segurifai::sql::Engine::kPostgres), \
        ::segurifai::testing::engine_name)

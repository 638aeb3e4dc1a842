#pragma once

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "base/clock.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "store/every_type.hpp"
#include "support/databases.hpp"
#include "support/run_task.hpp"

namespace segurifai::testing {

inline constexpr std::array kStoreTables{&model::table_of<Place>(), &model::table_of<EveryType>()};

inline void must(const Result<void>& result) {
    if (!result) throw std::runtime_error(describe(result.error()));
}

/// A database of one engine with the tables of every_type.hpp, and a session on it.
class Store {
public:
    explicit Store(sql::Engine engine) : database_(engine), session_(database_.session()) {
        for (const std::string& statement :
             migrate::create_statements(engine, migrate::state_of(kStoreTables)))
            must(session_->script(statement));
    }

    [[nodiscard]] sql::Session& session() noexcept { return *session_; }
    [[nodiscard]] const TestDatabase& database() const noexcept { return database_; }
    [[nodiscard]] sql::Engine engine() const noexcept { return database_.engine(); }

private:
    TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
};

}  // namespace segurifai::testing

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "ops/retention/retention.hpp"
#include "retention/expectation.hpp"
#include "retention/history.hpp"
#include "support/databases.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {

/// A migrated database with a history in it, and the files of its documents.
class RetentionInstallation {
public:
    explicit RetentionInstallation(sql::Engine engine);

    /// Fills it; the second time, after emptying it.
    void load(const History& history);
    void hold(const std::vector<Hold>& holds);

    /// Runs a policy, or all of them in their order, at the clock's present.
    [[nodiscard]] Result<retention::Report> run(sql::Session& session, retention::Policy policy);
    [[nodiscard]] Result<void> run_all(sql::Session& session);
    [[nodiscard]] retention::Options options();

    [[nodiscard]] Content content() { return content_of(*session_, registry_); }
    [[nodiscard]] bool has_file(const std::string& path) const;
    [[nodiscard]] sql::Session& session() { return *session_; }
    [[nodiscard]] const model::Registry& registry() const { return registry_; }
    [[nodiscard]] TestDatabase& database() { return database_; }

    ManualClock clock{Instant{}};

private:
    model::Registry registry_;
    TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
    TemporaryFolder documents_;
};

}  // namespace segurifai::testing

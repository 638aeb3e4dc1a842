#include "retention/installation.hpp"

#include <filesystem>
#include <fstream>
#include <ranges>
#include <stdexcept>

#include "apps/registry.hpp"
#include "migrate/state.hpp"
#include "migrate/step.hpp"
#include "ops/retention/holds.hpp"

namespace segurifai::testing {
namespace {

void expect(const auto& result) {
    if (!result) throw std::runtime_error(describe(result.error()));
}

}  // namespace

RetentionInstallation::RetentionInstallation(sql::Engine engine)
    : registry_(*model::Registry::make(apps::all_tables())),
      database_(engine),
      session_(database_.session()) {
    const auto schema = migrate::state_of(registry_.tables());
    for (const std::string& statement : migrate::create_statements(engine, schema))
        expect(session_->script(statement));
}

void RetentionInstallation::load(const History& history) {
    for (const model::Table* table : registry_.tables() | std::views::reverse)
        expect(session_->run("DELETE FROM " + sql::quoted(table->name)));
    history.load(*session_);
    for (const History::Request& request : history.requests)
        for (const std::string& file : request.files) {
            const auto path = documents_.path() / file;
            std::filesystem::create_directories(path.parent_path());
            std::ofstream(path) << "picture";
        }
}

void RetentionInstallation::hold(const std::vector<Hold>& holds) {
    for (const Hold& hold : holds)
        expect(retention::place_hold(*session_, clock, hold.kind, hold.object, "court"));
}

retention::Options RetentionInstallation::options() {
    return {.registry = registry_,
            .clock = clock,
            .as_of = {},
            .dry_run = false,
            .documents_dir = documents_.path().string()};
}

Result<retention::Report> RetentionInstallation::run(sql::Session& session,
                                                     retention::Policy policy) {
    return retention::run(session, policy, options());
}

Result<void> RetentionInstallation::run_all(sql::Session& session) {
    for (const retention::Policy policy : retention::kPolicies) SEGURIFAI_TRY(run(session, policy));
    return {};
}

bool RetentionInstallation::has_file(const std::string& path) const {
    return std::filesystem::exists(documents_.path() / path);
}

}  // namespace segurifai::testing

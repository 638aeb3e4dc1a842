#include "cli/finish_restore.hpp"

#include <fmt/format.h>

#include "apps/users/erasure_list.hpp"
#include "apps/users/erasures.hpp"
#include "base/random.hpp"
#include "cli/installation_secrets.hpp"

namespace segurifai::cli {
namespace {

/// Without the list nothing tells who was erased since. Where the database itself knows of somebody
/// on it, the list is lost, and not one that was never begun.
Result<backup::StepDone> go_without_list(sql::Session& session, const std::string& list) {
    SEGURIFAI_TRY_AS(const bool is_there, backup::has_table(session, "users_archivedaccount"));
    std::int64_t listed = 0;
    if (is_there) {
        SEGURIFAI_TRY_AS(const auto accounts,
                         session.one_integer("SELECT COUNT(*) FROM users_archivedaccount WHERE "
                                             "listed_at IS NOT NULL"));
        listed = accounts.value_or(0);
    }
    if (listed > 0)
        return fail(Code::kCorrupt,
                    fmt::format("{} is missing, and {} accounts of this database stand on it: "
                                "people who were erased would be back. Bring it back from where "
                                "it is kept; where it is lost, an empty file says so.",
                                list, listed));
    return backup::StepDone{
        fmt::format("accounts are archived again (there is no list of erasures "
                    "at {})",
                    list)};
}

}  // namespace

Result<std::vector<backup::StepDone>> finish_restore(sql::Session& session,
                                                     const Context& context) {
    const Settings& settings = context.settings;
    SEGURIFAI_TRY_AS(auto done, backup::run_restore_steps(session, context.clock.now()));
    const auto list = settings.data_dir / users::kErasuresFile;
    if (!std::filesystem::exists(list)) {
        SEGURIFAI_TRY_AS(auto without, go_without_list(session, list.string()));
        done.push_back(std::move(without));
        SEGURIFAI_TRY(backup::settle(session));
        return done;
    }
    SystemRandom random;
    SEGURIFAI_TRY_AS(const security::Secrets secrets, secrets_to_write(settings));
    SEGURIFAI_TRY_AS(
        const auto applied,
        users::apply_erasures_blocking(session, context.clock, random, secrets, list.string()));
    if (applied.unreadable > 0)
        return fail(Code::kCorrupt,
                    fmt::format("{} lines of {} cannot be read: people who were erased would be "
                                "back.",
                                applied.unreadable, list.string()));
    done.push_back({"accounts are archived again", applied.archived});
    SEGURIFAI_TRY(backup::settle(session));
    done.push_back({"their keys are destroyed again", applied.destroyed});
    return done;
}

}  // namespace segurifai::cli

#include "cli/finish_restore.hpp"

#include <fmt/format.h>

#include "apps/users/erasure_list.hpp"
#include "apps/users/erasures.hpp"
#include "base/random.hpp"
#include "cli/installation_secrets.hpp"

namespace segurifai::cli {

Result<std::vector<backup::StepDone>> finish_restore(sql::Session& session,
                                                     const Context& context) {
    const Settings& settings = context.settings;
    SEGURIFAI_TRY_AS(auto done, backup::run_restore_steps(session, context.clock.now()));
    const auto list = settings.data_dir / users::kErasuresFile;
    if (!std::filesystem::exists(list)) {  // nobody was ever erased
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

#include "cli/finish_restore.hpp"

#include <fmt/format.h>

#include "apps/users/erasure_list.hpp"
#include "apps/users/erasures.hpp"
#include "base/random.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {

Result<std::vector<backup::StepDone>> finish_restore(sql::Session& session,
                                                     const Context& context) {
    const Settings& settings = context.settings;
    SEGURIFAI_TRY_AS(auto done, backup::run_restore_steps(session, context.clock.now()));
    const auto list = settings.data_dir / users::kErasuresFile;
    if (!std::filesystem::exists(list)) return done;  // nobody was ever erased
    SystemRandom random;
    SEGURIFAI_TRY_AS(const security::Secrets secrets,
                     settings.secret_key
                         ? security::secrets_from(settings.secret_key)
                         : security::load_or_make_secrets(settings.data_dir, random));
    SEGURIFAI_TRY_AS(
        const auto applied,
        users::apply_erasures_blocking(session, context.clock, random, secrets, list.string()));
    if (applied.unreadable > 0)
        return fail(Code::kCorrupt,
                    fmt::format("{} lines of {} cannot be read: people who were erased would be "
                                "back.",
                                applied.unreadable, list.string()));
    done.push_back({"accounts are archived again", applied.archived});
    done.push_back({"their keys are destroyed again", applied.destroyed});
    return done;
}

}  // namespace segurifai::cli

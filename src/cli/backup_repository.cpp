#include "cli/backup_repository.hpp"

#include <fmt/format.h>

#include "base/random.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {

Option repository_option() {
    return {.name = "--repository",
            .value = "PATH",
            .help = "the folder of the backups, instead of SEGURIFAI_BACKUP_REPOSITORY"};
}

Outcome<std::vector<security::SigningKey>> backup_keys(const Context& context) {
    const Settings& settings = context.settings;
    if (settings.secret_key) {
        SEGURIFAI_TRY_AS(const auto secrets, security::secrets_from(settings.secret_key));
        return secrets.backup_keys();
    }
    const auto path = settings.data_dir / security::kSecretsFileName;
    std::error_code unreadable;  // then reading it says why
    if (!std::filesystem::exists(path, unreadable) && !unreadable)
        return std::unexpected(Failure(
            Error{.code = Code::kNotFound,
                  .message =
                      fmt::format("There is no {}, and backups are sealed with its keys: put the "
                                  "installation's own there, or start its server once.",
                                  path.string())},
            Exit::kStorage));
    SystemRandom random;
    SEGURIFAI_TRY_AS(const auto secrets, security::load_or_make_secrets(settings.data_dir, random));
    return secrets.backup_keys();
}

std::filesystem::path repository_folder(const Given& given, const Context& context) {
    const auto path = given.value("--repository");
    return path ? std::filesystem::path(*path) : context.settings.repository();
}

Outcome<backup::Repository> open_repository(const Given& given, const Context& context,
                                            backup::Files& files) {
    SEGURIFAI_TRY_AS(auto keys, backup_keys(context));
    auto repository =
        backup::Repository::open(files, repository_folder(given, context), std::move(keys));
    if (repository) return std::move(*repository);
    const bool is_absent = repository.error().code == Code::kNotFound;
    Failure failure(std::move(repository).error());
    if (is_absent) failure.exit = Exit::kFaults;
    return std::unexpected(std::move(failure));
}

}  // namespace segurifai::cli

#include "cli/installation_secrets.hpp"

#include "base/random.hpp"
#include "security/secrets_file.hpp"

namespace segurifai::cli {

Result<security::Secrets> secrets_there_are(const Settings& settings) {
    if (settings.secret_key) return security::secrets_from(settings.secret_key);
    const auto masters =
        security::read_secrets_file(settings.data_dir / security::kSecretsFileName);
    if (!masters && masters.error().code == Code::kNotFound) return security::Secrets{};
    if (!masters) return std::unexpected(masters.error());
    return security::derive(*masters);
}

Result<security::Secrets> secrets_to_write(const Settings& settings) {
    if (settings.secret_key) return security::secrets_from(settings.secret_key);
    SystemRandom random;
    return security::load_or_make_secrets(settings.data_dir, random);
}

}  // namespace segurifai::cli

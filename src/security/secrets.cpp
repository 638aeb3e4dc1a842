#include "security/secrets.hpp"

#include <utility>

#include "security/master_key.hpp"
#include "security/secrets_file.hpp"

namespace segurifai::security {
namespace {

constexpr std::string_view kHowToMake =
    " Make one with: head -c 32 /dev/urandom | basenc --base64url | tr -d '='";

/// The keys of the variable's value; the first thing wrong with it otherwise.
Result<std::vector<MasterKey>> read_variable(std::string_view value) {
    const auto refuse = [](std::string_view what) {
        std::string sentence(kSecretKeyVariable);
        sentence.append(" ").append(what).append(".").append(kHowToMake);
        return fail(Code::kInvalid, std::move(sentence));
    };
    std::vector<MasterKey> masters;
    for (bool is_last = false; !is_last;) {
        const std::size_t comma = value.find(',');
        is_last = comma == std::string_view::npos;
        std::expected<std::string, std::string> bytes = read_master_key(value.substr(0, comma));
        if (!bytes) return refuse(bytes.error());
        MasterKey master(id_of(*bytes), std::move(*bytes));
        if (const auto weakness = weakness_of(master.bytes)) return refuse(*weakness);
        masters.push_back(std::move(master));
        if (masters.size() > kMasterKeysMax) return refuse("holds more than 16 keys");
        if (!is_last) value.remove_prefix(comma + 1);
    }
    return masters;
}

}  // namespace

Result<Secrets> secrets_from(const std::optional<std::string>& env_value) {
    prepare_sodium();
    if (!env_value) return fail(Code::kNotFound, "SEGURIFAI_SECRET_KEY is not set.");
    SEGURIFAI_TRY_AS(const std::vector<MasterKey> masters, read_variable(*env_value));
    return derive(masters);
}

Result<Secrets> load_or_make_secrets(const std::filesystem::path& data_dir, Random& random) {
    prepare_sodium();
    const std::filesystem::path path = data_dir / kSecretsFileName;
    Result<std::vector<MasterKey>> masters = read_secrets_file(path);
    if (!masters && masters.error().code == Code::kNotFound) {
        SEGURIFAI_TRY(make_secrets_file(path, random));
        masters = read_secrets_file(path);  // ours, or that of a process that was quicker
    }
    if (!masters) return std::unexpected(std::move(masters).error());
    return derive(*masters);
}

std::vector<std::string> secret_weaknesses(const std::optional<std::string>& env_value,
                                           const std::filesystem::path& data_dir) {
    prepare_sodium();
    if (env_value) {
        if (auto secrets = secrets_from(env_value); !secrets) return {secrets.error().message};
        return {};
    }
    const std::filesystem::path path = data_dir / kSecretsFileName;
    const Result<std::vector<MasterKey>> masters = read_secrets_file(path);
    if (!masters) return {describe(masters.error())};
    std::vector<std::string> weaknesses;
    if (const Result<Secrets> secrets = derive(*masters); !secrets)
        weaknesses.push_back(describe(secrets.error()));
    for (const MasterKey& master : *masters)
        if (const auto weakness = weakness_of(master.bytes))
            weaknesses.push_back("The key " + master.id + " of " + path.string() + " " + *weakness +
                                 "." + std::string(kHowToMake));
    return weaknesses;
}

}  // namespace segurifai::security

#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <string>
#include <vector>

#include "apps/permissions.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "http/router.hpp"
#include "security/secrets.hpp"
#include "server/routes.hpp"
#include "server/schema_check.hpp"

namespace segurifai::cli {

namespace {

using Findings = std::vector<std::string>;

/// Whether others than its owner may read a file or look into a folder.
bool is_open_to_others(const std::filesystem::path& path) {
    struct stat about{};
    return stat(path.c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0;
}

void check_files(const Settings& settings, const sql::DatabaseUrl& database, Findings& findings) {
    const auto& folder = settings.data_dir;
    std::vector<std::filesystem::path> secret{folder, folder / "messages.log",
                                              folder / "documents"};
    if (database.engine == sql::Engine::kSqlite)
        for (const std::string_view part : {"", "-wal", "-shm"})
            secret.emplace_back(database.location + std::string(part));
    for (const auto& path : secret)
        if (is_open_to_others(path))
            findings.push_back(
                fmt::format("{0} can be read by others; run: chmod go= {0}", path.string()));
    if (std::filesystem::exists(folder / "demo-passwords.txt"))
        findings.push_back(
            fmt::format("{} is here: demonstration accounts are no accounts for "
                        "production.",
                        (folder / "demo-passwords.txt").string()));
}

/// What may be switched on for measuring or trying, and not for working.
void check_switches(const Settings& settings, Findings& findings) {
    if (settings.rate_limits == "off")
        findings.push_back("SEGURIFAI_RATE_LIMITS is off: anybody may call as often as they like.");
    if (settings.backups == "off")
        findings.push_back("SEGURIFAI_BACKUPS is off: what is lost cannot be restored.");
    for (const std::string& origin : settings.cors_origins)
        if (!origin.starts_with("https://"))
            findings.push_back(
                fmt::format("SEGURIFAI_CORS_ORIGINS has {}, which is not https.", origin));
    for (const std::string& network : settings.trusted_proxies)
        if (network.ends_with("/0"))
            findings.push_back(
                "SEGURIFAI_TRUSTED_PROXIES believes everybody's X-Forwarded-For (a /0).");
}

constexpr std::array kPeople{
    std::pair("SELECT COUNT(*) FROM users_user WHERE email LIKE '%@demo.segurifai.example' "
              "AND is_active",
              "{} demonstration accounts are active."),
    std::pair("SELECT COUNT(*) FROM users_accountsettings WHERE must_change_password",
              "{} accounts still have the password that was made for them."),
};

Result<void> check_people(sql::Session& session, Findings& findings) {
    for (const auto& [query, sentence] : kPeople) {
        SEGURIFAI_TRY_AS(const auto count, session.one_integer(query));
        if (count.value_or(0) > 0) findings.push_back(fmt::format(fmt::runtime(sentence), *count));
    }
    SEGURIFAI_TRY_AS(const auto superusers,
                     session.one_integer("SELECT COUNT(*) FROM users_user WHERE is_superuser AND "
                                         "is_active"));
    if (superusers.value_or(0) == 0)
        findings.push_back("There is no superuser; run 'segurifai createsuperuser'.");
    return {};
}

Outcome<Exit> run_check(const Given& given, const Context& context) {
    Findings findings;
    if (const auto router = http::Router::make(server::all_routes(), apps::permissions()); !router)
        for (const Fault& fault : router.error().faults)
            findings.push_back(fmt::format("{}: {}", fault.path, fault.message));
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    SEGURIFAI_TRY_AS(const auto session, context.open(given, {.read_only = true}));
    SystemRandom random;
    if (const auto schema = server::check_schema(url, context.clock, random); !schema)
        findings.push_back(schema.error().message);
    if (given.has("--deploy")) {
        const auto weak =
            security::secret_weaknesses(context.settings.secret_key, context.settings.data_dir);
        findings.insert(findings.end(), weak.begin(), weak.end());
        check_files(context.settings, url, findings);
        check_switches(context.settings, findings);
        if (require_tables(*session, context.registry.tables()))
            SEGURIFAI_TRY(check_people(*session, findings));
    }
    for (const std::string& finding : findings) context.terminal.line(finding);
    if (findings.empty()) {
        context.terminal.line("Nothing is wrong.");
        return Exit::kOk;
    }
    context.terminal.warn(fmt::format("{} to put right.", findings.size()));
    return Exit::kFaults;
}

}  // namespace

Command check_command() {
    return {.name = "check",
            .summary = "Look for what is wrong before the server starts",
            .description =
                "Routes, permissions and migrations; with --deploy also what production refuses: "
                "weak or readable\nsecrets, files others can read, switches for measuring, "
                "demonstration accounts.",
            .options = {{.name = "--deploy", .help = "also what production refuses"},
                        database_option()},
            .examples = {{"segurifai check --deploy", "before the first start in production"}},
            .run = run_check};
}

}  // namespace segurifai::cli

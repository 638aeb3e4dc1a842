#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "apps/demo/load.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"

namespace segurifai::cli {

namespace {

/// Adds the passwords to a file that only its owner can read, durably: they are nowhere else.
Result<void> keep(const std::filesystem::path& path,
                  const std::vector<demo::Credential>& credentials) {
    std::string text;
    for (const demo::Credential& one : credentials)
        text +=
            fmt::format("{:<42} {:<13} {:<20} {}\n", one.email, one.phone, one.password, one.who);
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(Code::kPermission,
                    fmt::format("The passwords cannot be written to {} ({}).", path.string(),
                                std::generic_category().message(errno)));
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    const bool safe = fsync(file) == 0;
    close(file);
    if (written && safe) return {};
    return fail(Code::kDiskFull,
                fmt::format("The passwords cannot be written to {}.", path.string()));
}

Outcome<Exit> run_loaddemo(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    SEGURIFAI_TRY(context.settings.make_data_dir());
    const std::filesystem::path path = context.settings.data_dir / "demo-passwords.txt";
    SystemRandom random;
    auto keep_here = [&](const std::vector<demo::Credential>& made) { return keep(path, made); };
    SEGURIFAI_TRY_AS(const demo::LoadReport report,
                     demo::load_blocking(*session, context.clock, random, keep_here));
    context.terminal.line(fmt::format("{} people added, {} were there; {} prices added.",
                                      report.made.size(), report.present, report.prices));
    if (!report.made.empty())
        context.terminal.line(fmt::format("Their passwords are in {}.", path.string()));
    return Exit::kOk;
}

}  // namespace

Command loaddemo_command() {
    return {.name = "loaddemo",
            .summary = "Add people, units and prices to try the product with",
            .description =
                "For development and demonstrations, never for production. Every account gets a "
                "password of\nits own by chance; they are written once to demo-passwords.txt in "
                "the data folder, which only\nits owner can read. What is there already stays as "
                "it is.",
            .options = {database_option()},
            .examples = {{"segurifai loaddemo", "after migrate and loadreference"}},
            .run = run_loaddemo};
}

}  // namespace segurifai::cli

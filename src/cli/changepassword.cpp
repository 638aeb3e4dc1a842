#include <fmt/format.h>

#include "apps/users/account_commands.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "cli/password_entry.hpp"
#include "security/password.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_changepassword(const Given& given, const Context& context) {
    const std::string who = *given.argument("account");
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    SystemRandom random;
    SEGURIFAI_TRY_AS(const PasswordEntry entry, enter_password(given, context, random));
    SEGURIFAI_TRY_AS(const auto sentences,
                     users::password_sentences_blocking(*session, who, entry.password));
    if (!sentences.empty()) {
        std::string all = "The password cannot be used.";
        for (const std::string& sentence : sentences) all += " " + sentence;
        return wrong_use(all);
    }
    const std::string hash = security::hash_password_blocking(entry.password);
    SEGURIFAI_TRY(users::set_password_blocking(*session, context.clock, who, hash));
    context.terminal.line(
        fmt::format("The password of {} is changed, and every session has ended.", who));
    if (entry.made)
        context.terminal.line(fmt::format("Password, shown this once: {}", entry.password));
    return Exit::kOk;
}

}  // namespace

Command changepassword_command() {
    return {.name = "changepassword",
            .summary = "Give an account a new password and end its sessions",
            .description =
                "The password is typed unseen at a terminal, read with --password-stdin, or made "
                "by chance and\nshown once.",
            .arguments = {{.name = "account", .help = "its e-mail address or phone"}},
            .options = {password_stdin_option(), database_option()},
            .examples = {{"segurifai changepassword ana@empresa.gt", "asks for the password"}},
            .run = run_changepassword};
}

}  // namespace segurifai::cli

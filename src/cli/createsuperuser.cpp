#include <fmt/format.h>

#include "apps/users/account_commands.hpp"
#include "base/random.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/existing_tables.hpp"
#include "cli/password_entry.hpp"

namespace segurifai::cli {

namespace {

Outcome<Exit> run_createsuperuser(const Given& given, const Context& context) {
    const auto email = given.value("--email");
    const auto phone = given.value("--phone");
    if (!email || !phone)
        return wrong_use(
            "createsuperuser needs --email and --phone, for example --email ana@empresa.gt "
            "--phone 55512345.");
    SEGURIFAI_TRY_AS(const auto session, context.open(given));
    SEGURIFAI_TRY(require_tables(*session, context.registry.tables()));
    SystemRandom random;
    SEGURIFAI_TRY_AS(const PasswordEntry entry, enter_password(given, context, random));
    SEGURIFAI_TRY(
        users::create_superuser_blocking(*session, context.clock, random,
                                         {.email = *email,
                                          .phone = *phone,
                                          .first_name = given.value("--first-name").value_or(""),
                                          .last_name = given.value("--last-name").value_or(""),
                                          .password = entry.password,
                                          .must_change_password = entry.made}));
    context.terminal.line(fmt::format("{} may now sign in with every scope.", *email));
    if (entry.made)
        context.terminal.line(
            fmt::format("Password, shown this once and to be changed at the first sign-in: {}",
                        entry.password));
    return Exit::kOk;
}

}  // namespace

Command createsuperuser_command() {
    return {.name = "createsuperuser",
            .summary = "Make a member of staff with every scope",
            .description =
                "The password is typed unseen at a terminal, read with --password-stdin, or made "
                "by chance and\nshown once.",
            .options = {{.name = "--email", .value = "EMAIL", .help = "to sign in with"},
                        {.name = "--phone", .value = "PHONE", .help = "eight digits"},
                        {.name = "--first-name", .value = "NAME", .help = "first name"},
                        {.name = "--last-name", .value = "NAME", .help = "last name"},
                        password_stdin_option(),
                        database_option()},
            .examples = {{"segurifai createsuperuser --email ana@empresa.gt --phone 55512345",
                          "asks for the password"}},
            .run = run_createsuperuser};
}

}  // namespace segurifai::cli

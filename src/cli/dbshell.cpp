#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/shell_command.hpp"

namespace segurifai::cli {

namespace {

/// Becomes the client. Returns only when it could not be started.
Failure become(const ShellCommand& shell) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the program's only thread
    if (shell.password) setenv("PGPASSWORD", shell.password->c_str(), 1);
    std::vector<char*> arguments;
    for (const std::string& argument : shell.arguments)
        arguments.push_back(const_cast<char*>(argument.c_str()));  // execvp does not write to them
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());

    const std::string& client = shell.arguments[0];
    if (errno == ENOENT)
        return {Error{.code = Code::kUnsupported,
                      .message =
                          fmt::format("{} is not installed; install it with: apt-get install {}",
                                      client, client == "psql" ? "postgresql-client" : "sqlite3")},
                Exit::kRefused};
    return {Error{.code = Code::kPermission,
                  .message = fmt::format("{} could not be started: {}.", client,
                                         std::generic_category().message(errno))},
            Exit::kStorage};
}

Outcome<Exit> run_dbshell(const Given& given, const Context& context) {
    SEGURIFAI_TRY_AS(const sql::DatabaseUrl url, context.database(given));
    // sqlite3 would make an empty file, and psql says itself what it cannot reach.
    if (url.engine == sql::Engine::kSqlite) SEGURIFAI_TRY(context.open(given));
    SEGURIFAI_TRY(context.terminal.flush());
    return std::unexpected(become(shell_command(url, given.all("ARGUMENT"))));
}

}  // namespace

Command dbshell_command() {
    return {.name = "dbshell",
            .summary = "Open the database in its own shell (sqlite3 or psql)",
            .description =
                "What follows -- goes to the shell as it is. A password in the URL is "
                "handed to psql\nin its environment, never among its arguments. The "
                "exit code is the shell's.",
            .arguments = {{.name = "ARGUMENT",
                           .help = "arguments of sqlite3 or psql, after --",
                           .required = false,
                           .many = true}},
            .options = {database_option()},
            .examples = {{"segurifai dbshell", "ask questions by hand"},
                         {"segurifai dbshell -- 'SELECT COUNT(*) FROM users_user'",
                          "one statement, sqlite3"},
                         {"segurifai dbshell -- -c 'SELECT COUNT(*) FROM users_user'",
                          "one statement, psql"}},
            .run = run_dbshell};
}

}  // namespace segurifai::cli

#include "cli/program.hpp"

#include <fmt/format.h>

#include <exception>

#include "cli/commands.hpp"
#include "cli/help.hpp"
#include "cli/parser.hpp"

namespace segurifai::cli {

namespace {

const Command* find_command(std::span<const Command> commands, std::string_view name) {
    for (const Command& command : commands)
        if (command.name == name) return &command;
    return nullptr;
}

std::unexpected<Failure> unknown_command(std::span<const Command> commands,
                                         const std::string& word) {
    if (word.starts_with('-'))
        return wrong_use(fmt::format(
            "segurifai has no option {} before the command; see 'segurifai help'.", word));
    std::vector<std::string> names{"help"};
    for (const Command& command : commands) names.push_back(command.name);
    const std::string meant = nearest(word, names);
    return wrong_use(
        meant.empty() ? fmt::format("There is no command '{}'; 'segurifai help' lists them.", word)
                      : fmt::format("There is no command '{}'; did you mean '{}'?", word, meant));
}

Outcome<Exit> help(std::span<const Command> commands, std::span<const std::string> words,
                   Terminal& terminal) {
    if (words.size() > 1) return wrong_use("'help' takes one command: segurifai help COMMAND.");
    if (words.empty() || words[0] == "help") {
        terminal.print(overview_text(commands));
        return Exit::kOk;
    }
    const Command* command = find_command(commands, words[0]);
    if (command == nullptr) return unknown_command(commands, words[0]);
    terminal.print(help_text(*command));
    return Exit::kOk;
}

Outcome<Exit> dispatch(std::span<const std::string> words, const Context& context) {
    const std::vector<Command> commands = all_commands(context.registry);
    if (words.empty())
        return wrong_use(
            "segurifai needs a command, for example 'segurifai migrate'; 'segurifai "
            "help' lists them.");
    const std::string& name = words[0];
    const auto rest = words.subspan(1);
    if (name == "help" || name == "--help" || name == "-h")
        return help(commands, rest, context.terminal);
    if (name == "--version") {
        if (!rest.empty()) return wrong_use("--version stands alone: segurifai --version.");
        context.terminal.line(version_text());
        return Exit::kOk;
    }
    const Command* command = find_command(commands, name);
    if (command == nullptr) return unknown_command(commands, name);
    if (asks_for_help(rest)) {
        context.terminal.print(help_text(*command));
        return Exit::kOk;
    }
    SEGURIFAI_TRY_AS(const Given given, parse(*command, rest));
    return command->run(given, context);
}

int finish(Outcome<Exit> outcome, Terminal& terminal) {
    if (const auto flushed = terminal.flush(); !flushed && outcome)
        outcome = std::unexpected(Failure(flushed.error()));
    if (outcome) return static_cast<int>(*outcome);
    terminal.fail(describe(outcome.error().error));
    return static_cast<int>(outcome.error().exit);
}

}  // namespace

int run_program(std::span<const std::string> words, const Context& context) noexcept {
    try {
        return finish(dispatch(words, context), context.terminal);
    } catch (const std::exception& defect) {
        std::fprintf(context.terminal.error(),
                     "segurifai: This is a defect of segurifai, please report it: %s\n",
                     defect.what());
    } catch (...) {
        std::fputs("segurifai: This is a defect of segurifai, please report it.\n",
                   context.terminal.error());
    }
    return static_cast<int>(Exit::kDefect);
}

}  // namespace segurifai::cli

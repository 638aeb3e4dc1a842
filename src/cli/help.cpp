#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cli/version.hpp"

namespace segurifai::cli {

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

/// Two columns, the first as wide as its widest text.
std::string columns(const Lines& lines) {
    std::size_t width = 0;
    for (const auto& [left, right] : lines) width = std::max(width, left.size());
    std::string text;
    for (const auto& [left, right] : lines)
        text += fmt::format("  {:{}}  {}\n", left, width, right);
    return text;
}

std::string use_of(const Command& command) {
    std::string use = "segurifai " + command.name;
    if (!command.options.empty()) use += " [options]";
    for (const Argument& argument : command.arguments) {
        const std::string name = argument.name + (argument.many ? "…" : "");
        use += argument.required ? " " + name : " [" + name + "]";
    }
    return use;
}

std::string option_column(const Option& option) {
    std::string name = option.name;
    if (const auto comma = name.find(','); comma != std::string::npos) name.insert(comma + 1, " ");
    return option.value.empty() ? name : name + " " + option.value;
}

std::string option_help(const Option& option) {
    if (option.choices.empty()) return option.help;
    return fmt::format("{} ({})", option.help, fmt::join(option.choices, ", "));
}

}  // namespace

std::string version_text() {
    return "segurifai " + version_number();
}

std::string overview_text(std::span<const Command> commands) {
    Lines lines;
    for (const Command& command : commands) lines.emplace_back(command.name, command.summary);
    return fmt::format(
        "{}\n\nUse: segurifai COMMAND [options] [arguments]\n\nCommands:\n{}\n"
        "'segurifai help COMMAND' explains one, with examples and exit codes.\n\n"
        "Environment:\n{}",
        version_text(), columns(lines),
        columns({{"SEGURIFAI_DATABASE_URL",
                  "sqlite:///file.db or postgresql://user@host/name; default: "
                  "segurifai.db in the data folder"},
                 {"SEGURIFAI_DATA_DIR", "the data folder; default: var"},
                 {"NO_COLOR", "no colours, when set"}}));
}

std::string help_text(const Command& command) {
    std::string text = fmt::format("{}.\n\nUse: {}\n", command.summary, use_of(command));
    if (!command.description.empty()) text += "\n" + command.description + "\n";

    if (!command.arguments.empty()) {
        Lines lines;
        for (const Argument& argument : command.arguments)
            lines.emplace_back(argument.name, argument.help);
        text += "\nArguments:\n" + columns(lines);
    }

    Lines options;
    for (const Option& option : command.options)
        options.emplace_back(option_column(option), option_help(option));
    options.emplace_back("-h, --help", "print this");
    text += "\nOptions:\n" + columns(options);

    Lines examples;
    for (const Example& example : command.examples)
        examples.emplace_back(example.line, example.says);
    text += "\nExamples:\n" + columns(examples);

    Lines exits;
    for (const ExitMeaning& meaning : exit_meanings())
        exits.emplace_back(std::to_string(static_cast<int>(meaning.exit)), meaning.meaning);
    text += "\nExit codes:\n" + columns(exits);
    return text;
}

}  // namespace segurifai::cli

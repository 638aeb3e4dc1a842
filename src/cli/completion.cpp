#include <fmt/format.h>

#include <algorithm>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/parser.hpp"

namespace segurifai::cli {

namespace {

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, " "));
}

std::vector<std::string> option_names(const Command& command) {
    std::vector<std::string> names;
    for (const Option& option : command.options) {
        names.push_back(long_name(option));
        if (!option.name.starts_with("--")) names.push_back(option.name.substr(0, 2));
    }
    names.emplace_back("--help");
    return names;
}

/// The words offered for a command's arguments, and whether files are.
struct Offered {
    std::vector<std::string> words;
    bool files = false;
};

Offered offered_by(const Command& command) {
    Offered offered;
    for (const Argument& argument : command.arguments) {
        offered.files = offered.files || argument.offer == Offer::kFiles;
        if (argument.offer == Offer::kWords)
            offered.words.insert(offered.words.end(), argument.words.begin(), argument.words.end());
    }
    return offered;
}

std::vector<std::string> command_names(const std::vector<Command>& commands) {
    std::vector<std::string> names{"help"};
    for (const Command& command : commands) names.push_back(command.name);
    return names;
}

/// Cases of `command option)` for options whose values are known.
std::string bash_values(const Command& command) {
    std::string cases;
    for (const Option& option : command.options) {
        if (option.value.empty()) continue;
        const std::string words =
            option.choices.empty()
                ? fmt::format("COMPREPLY=({})",
                              option.value == "FILE" ? "$(compgen -f -- \"$word\")" : "")
                : fmt::format("COMPREPLY=($(compgen -W '{}' -- \"$word\"))",
                              joined(option.choices));
        cases +=
            fmt::format("        '{} {}') {}; return ;;\n", command.name, long_name(option), words);
    }
    return cases;
}

std::string bash_script(const std::vector<Command>& commands) {
    std::string values;
    std::string words;
    for (const Command& command : commands) {
        values += bash_values(command);
        const Offered offered = offered_by(command);
        std::vector<std::string> all = option_names(command);
        all.insert(all.end(), offered.words.begin(), offered.words.end());
        words += fmt::format("        {}) COMPREPLY=($(compgen -W '{}' -- \"$word\"){}) ;;\n",
                             command.name, joined(all),
                             offered.files ? " $(compgen -f -- \"$word\")" : "");
    }
    return fmt::format(R"(# bash completion for segurifai; load it with:
#   source <(segurifai completion bash)
_segurifai() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" command="${{COMP_WORDS[1]}}"
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '{0} --version --help' -- "$word"))
        return
    fi
    case "$command ${{COMP_WORDS[COMP_CWORD-1]}}" in
{1}    esac
    case "$command" in
        help) COMPREPLY=($(compgen -W '{0}' -- "$word")) ;;
{2}    esac
}}
complete -F _segurifai segurifai
)",
                       joined(command_names(commands)), values, words);
}

/// A text inside single quotes of a shell.
std::string quoted_for_shell(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            quoted += "'\\''";
        else
            quoted += c;
    }
    return quoted + "'";
}

/// Text inside [..] of zsh's _arguments.
std::string zsh_text(std::string text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string zsh_command(const Command& command) {
    std::string specs;
    for (const Option& option : command.options) {
        std::string spec = fmt::format("{}{}[{}]", option.many ? "*" : "", long_name(option),
                                       zsh_text(option.help));
        if (!option.choices.empty())
            spec += fmt::format(":{}:({})", option.value, joined(option.choices));
        else if (!option.value.empty())
            spec += fmt::format(":{}:{}", option.value, option.value == "FILE" ? "_files" : " ");
        specs += " \\\n                " + quoted_for_shell(spec);
    }
    specs += " \\\n                '--help[print the help]'";
    for (const Argument& argument : command.arguments) {
        const std::string action = argument.offer == Offer::kFiles ? "_files"
                                   : argument.offer == Offer::kWords
                                       ? "(" + joined(argument.words) + ")"
                                       : " ";
        specs += " \\\n                " +
                 quoted_for_shell(fmt::format("{}:{}:{}", argument.many ? "*" : "",
                                              zsh_text(argument.name), action));
    }
    return fmt::format("            {})\n                _arguments{} ;;\n", command.name, specs);
}

std::string zsh_script(const std::vector<Command>& commands) {
    std::string names = "        'help:Explain a command'\n";
    std::string cases;
    for (const Command& command : commands) {
        names += fmt::format("        {}\n",
                             quoted_for_shell(command.name + ":" + zsh_text(command.summary)));
        cases += zsh_command(command);
    }
    return fmt::format(R"(#compdef segurifai
# zsh completion for segurifai; load it with:
#   source <(segurifai completion zsh)
_segurifai() {{
    local -a commands
    commands=(
{0}    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command="${{words[2]}}"
    shift words
    (( CURRENT -= 1 ))
    case "$command" in
            help) _describe command commands ;;
{1}    esac
}}
compdef _segurifai segurifai
)",
                       names, cases);
}

std::string fish_script(const std::vector<Command>& commands) {
    std::string text =
        "# fish completion for segurifai; load it with:\n"
        "#   segurifai completion fish | source\n"
        "complete -c segurifai -f\n"
        "complete -c segurifai -n __fish_use_subcommand -l version -d 'Print the version'\n"
        "complete -c segurifai -n __fish_use_subcommand -a help -d 'Explain a command'\n";
    for (const Command& command : commands) {
        text += fmt::format("complete -c segurifai -n __fish_use_subcommand -a {} -d {}\n",
                            command.name, quoted_for_shell(command.summary));
        const std::string here =
            fmt::format("complete -c segurifai -n '__fish_seen_subcommand_from {}'", command.name);
        for (const Option& option : command.options) {
            std::string value;
            if (!option.choices.empty())
                value = fmt::format(" -x -a {}", quoted_for_shell(joined(option.choices)));
            else if (!option.value.empty())
                value = option.value == "FILE" ? " -r -F" : " -x";
            text += fmt::format("{} -l {}{} -d {}\n", here, long_name(option).substr(2), value,
                                quoted_for_shell(option.help));
        }
        const Offered offered = offered_by(command);
        if (!offered.words.empty())
            text += fmt::format("{} -a {}\n", here, quoted_for_shell(joined(offered.words)));
        if (offered.files) text += here + " -F\n";
    }
    text += fmt::format("complete -c segurifai -n '__fish_seen_subcommand_from help' -a {}\n",
                        quoted_for_shell(joined(command_names(commands))));
    return text;
}

Outcome<Exit> run_completion(const Given& given, const Context& context) {
    const std::string shell = given.argument("SHELL").value_or("");
    const std::vector<Command> commands = all_commands(context.registry);
    if (shell == "bash")
        context.terminal.print(bash_script(commands));
    else if (shell == "zsh")
        context.terminal.print(zsh_script(commands));
    else if (shell == "fish")
        context.terminal.print(fish_script(commands));
    else
        return wrong_use(
            fmt::format("There is completion for bash, zsh and fish, not for '{}'.", shell));
    return Exit::kOk;
}

}  // namespace

Command completion_command() {
    return {.name = "completion",
            .summary = "Print the completion script of a shell",
            .description =
                "Made from the same descriptions as this help, so it knows every "
                "command and option.",
            .arguments = {{.name = "SHELL",
                           .help = "bash, zsh or fish",
                           .offer = Offer::kWords,
                           .words = {"bash", "zsh", "fish"}}},
            .examples = {{"source <(segurifai completion bash)", "this shell, now"},
                         {"segurifai completion fish > ~/.config/fish/completions/segurifai.fish",
                          "every fish from now on"}},
            .run = run_completion};
}

}  // namespace segurifai::cli

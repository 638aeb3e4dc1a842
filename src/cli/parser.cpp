// The only file that includes CLI11, whose headers are slow to compile. CLI11 reads the options;
// positional arguments are matched here, because CLI11 splits texts like "[a,b]" in lists.
#include "cli/parser.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <deque>

namespace segurifai::cli {

namespace {

/// What CLI11 fills for one option.
struct Slot {
    const Option* option;
    bool switched = false;
    std::string last;
    std::vector<std::string> all;
    CLI::Option* bound = nullptr;
};

void bind(CLI::App& app, Slot& slot) {
    const Option& option = *slot.option;
    if (option.value.empty()) {
        slot.bound = app.add_flag(option.name, slot.switched);
    } else if (option.many) {
        slot.bound = app.add_option(option.name, slot.all);
        slot.bound->allow_extra_args(false);
        slot.bound->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    } else {
        slot.bound = app.add_option(option.name, slot.last);
        slot.bound->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // see check_once
    }
}

std::string see_help(const Command& command) {
    return fmt::format("see 'segurifai help {}'.", command.name);
}

std::vector<std::string> all_long_names(const Command& command) {
    std::vector<std::string> names{"--help"};
    for (const Option& option : command.options) names.push_back(long_name(option));
    return names;
}

std::unexpected<Failure> unknown_option(const Command& command, const std::string& word) {
    const std::string name = word.substr(0, word.find('='));
    const std::string meant = nearest(name, all_long_names(command));
    return wrong_use(
        fmt::format("'{}' has no option {}; {}", command.name, name,
                    meant.empty() ? see_help(command) : fmt::format("did you mean {}?", meant)));
}

/// An option that wants a value and got none is the one mistake CLI11 reports for a command whose
/// options are all optional; anything else is told in its own words.
std::unexpected<Failure> misread(const Command& command, std::span<const std::string> words,
                                 const CLI::ParseError& error) {
    for (const Option& option : command.options)
        if (!option.value.empty() && !words.empty() &&
            (words.back() == long_name(option) || words.back() == long_name(option) + "="))
            return wrong_use(fmt::format("{} needs a value: {} {}.", long_name(option),
                                         long_name(option), option.value));
    return wrong_use(
        fmt::format("'{}' cannot be read ({}); {}", command.name, error.what(), see_help(command)));
}

Outcome<void> check_choice(const Option& option, const std::string& value) {
    if (option.choices.empty() || std::ranges::find(option.choices, value) != option.choices.end())
        return {};
    return wrong_use(fmt::format("{} must be {}, not '{}'.", long_name(option),
                                 fmt::join(option.choices, " or "), value));
}

/// CLI11 would take "--json=no" for "--json".
Outcome<void> check_switches(const Command& command, std::span<const std::string> words) {
    for (const Option& option : command.options)
        for (const std::string& word : words)
            if (option.value.empty() && word.starts_with(long_name(option) + "="))
                return wrong_use(fmt::format("{} takes no value.", long_name(option)));
    return {};
}

/// Which of two was meant is not for us to say.
Outcome<void> check_once(const Slot& slot) {
    const std::string name = long_name(*slot.option);
    if (!slot.option->many && slot.bound->count() > 1)
        return wrong_use(fmt::format("{} is given twice.", name));
    for (auto value = slot.all.begin(); value != slot.all.end(); ++value)
        if (std::find(slot.all.begin(), value, *value) != value)
            return wrong_use(fmt::format("{} is given '{}' twice.", name, *value));
    return {};
}

Outcome<void> check_value(const Option& option, const std::string& value) {
    if (value.empty())
        return wrong_use(
            fmt::format("{0} needs a value: {0} {1}.", long_name(option), option.value));
    return check_choice(option, value);
}

/// Whether what the command is to do takes the options that were given.
Outcome<void> check_action(const Command& command, const Given& given) {
    if (command.arguments.empty()) return {};
    const Argument& first = command.arguments.front();
    const std::string action = given.argument(first.name).value_or("");
    if (std::ranges::find(first.words, action) == first.words.end())
        return {};  // told by the command
    for (const Option& option : command.options) {
        const auto& takers = option.only_for;
        if (!given.has(long_name(option)) || takers.empty() ||
            std::ranges::find(takers, action) != takers.end())
            continue;
        return wrong_use(fmt::format("'{} {}' does not take {}; it is for '{}'.", command.name,
                                     action, long_name(option), fmt::join(takers, "' and '")));
    }
    return {};
}

Outcome<void> take_arguments(const Command& command, std::vector<std::string> words, Given& given) {
    std::size_t next = 0;
    for (const Argument& argument : command.arguments) {
        if (next >= words.size()) {
            if (!argument.required) continue;
            return wrong_use(fmt::format("'{}' needs {}: {}; {}", command.name, argument.name,
                                         argument.help, see_help(command)));
        }
        const std::size_t count = argument.many ? words.size() - next : 1;
        const auto from = words.begin() + static_cast<std::ptrdiff_t>(next);
        given.set(argument.name, {from, from + static_cast<std::ptrdiff_t>(count)});
        next += count;
    }
    if (next < words.size())
        return wrong_use(fmt::format("'{}' does not take '{}'; {}", command.name, words[next],
                                     see_help(command)));
    return {};
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string long_name(const Option& option) {
    return option.name.substr(option.name.find("--"));
}

bool asks_for_help(std::span<const std::string> words) {
    for (const std::string& word : words) {
        if (word == "--") return false;
        if (word == "--help" || word == "-h") return true;
    }
    return false;
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : candidates) {
        const bool begins = word.size() >= 3 && candidate.starts_with(word);
        const std::size_t away = begins ? 1 : distance(word, candidate);
        if (away >= best_distance) continue;
        best_distance = away;
        best = candidate;
    }
    return best;
}

Outcome<Given> parse(const Command& command, std::span<const std::string> words) {
    const auto dashes = std::ranges::find(words, "--");
    const std::span<const std::string> read(words.begin(), dashes);

    SEGURIFAI_TRY(check_switches(command, read));
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::deque<Slot> slots;  // CLI11 keeps their addresses
    for (const Option& option : command.options) bind(app, slots.emplace_back(Slot{&option}));

    try {
        app.parse(std::vector<std::string>(read.rbegin(), read.rend()));
    } catch (const CLI::ParseError& error) {
        return misread(command, read, error);
    }

    Given given;
    std::vector<std::string> arguments = app.remaining();
    for (const std::string& word : arguments)
        if (word.size() > 1 && word.starts_with('-')) return unknown_option(command, word);
    if (dashes != words.end()) arguments.insert(arguments.end(), dashes + 1, words.end());

    for (Slot& slot : slots) {
        if (slot.bound->count() == 0) continue;
        if (!slot.option->value.empty() && !slot.option->many) slot.all = {slot.last};
        SEGURIFAI_TRY(check_once(slot));
        for (const std::string& value : slot.all) SEGURIFAI_TRY(check_value(*slot.option, value));
        given.set(long_name(*slot.option), std::move(slot.all));
    }
    SEGURIFAI_TRY(take_arguments(command, std::move(arguments), given));
    SEGURIFAI_TRY(check_action(command, given));
    return given;
}

}  // namespace segurifai::cli

#pragma once

/// How a command of the command line is made. Each command is one file, `cli/<name>.cpp`, with
/// one function `Command <name>_command()` that is listed in `cli/commands.cpp`. A command is
/// data and a function; parsing, help, completion and the exit codes come from the data, so
/// nothing of them is written twice. `cli/counts.cpp` is a model to follow.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cli/exit.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

namespace segurifai::cli {

/// An option: a switch (`--plan`) or one with a value (`--name NAME`).
struct Option {
    std::string name;                       ///< "--database", or "-n,--name" with a short form
    std::string value = {};                 ///< what help calls the value: "URL"; empty = a switch
    std::string help;                       ///< one line, no full stop
    std::vector<std::string> choices = {};  ///< the only values accepted; empty = any
    bool many = false;                      ///< may be given again; `Given::all` has every value
    /// The words of the command's first argument that take it; empty = all.
    std::vector<std::string> only_for = {};
};

/// What a shell offers for an argument.
enum class Offer : std::uint8_t { kNothing, kFiles, kWords };

/// A positional argument, in order.
struct Argument {
    std::string name;  ///< "FILE": how help and messages call it
    std::string help;  ///< one line, no full stop
    bool required = true;
    bool many = false;  ///< takes all that follow; only the last may
    Offer offer = Offer::kNothing;
    std::vector<std::string> words = {};  ///< offered by completion when offer = kWords
};

struct Example {
    std::string line;  ///< "segurifai migrate --plan"
    std::string says;  ///< what it does, a few words
};

/// What a person typed after the command's name. Names are the long ones: `given.has("--plan")`.
class Given {
public:
    /// Whether a switch or an option was given.
    [[nodiscard]] bool has(std::string_view option) const;
    /// The value of an option, the last of a repeated one; nothing when it was not given.
    [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
    /// The value of an option as a whole number in [min, max]; wrong use otherwise.
    [[nodiscard]] Outcome<std::optional<std::int64_t>> number(std::string_view option,
                                                              std::int64_t min,
                                                              std::int64_t max) const;
    /// All values of an argument or of a repeated option; empty when it was left out.
    [[nodiscard]] std::span<const std::string> all(std::string_view name) const;
    /// The value of a single positional argument; nothing when it was left out.
    [[nodiscard]] std::optional<std::string> argument(std::string_view argument) const;

    void set(std::string name, std::vector<std::string> values);

private:
    struct Entry {
        std::string name;
        std::vector<std::string> values;
    };
    [[nodiscard]] const Entry* find(std::string_view name) const noexcept;

    std::vector<Entry> entries_;
};

/// What a command works with. Handed down; there are no globals.
struct Context {
    const Settings& settings;
    Terminal& terminal;
    Clock& clock;
    const model::Registry& registry;

    /// The database that `--database`, the environment or the default names.
    [[nodiscard]] Outcome<sql::DatabaseUrl> database(const Given& given) const;

    /// Opens an existing database. A missing SQLite file is Exit::kNoDatabase with a sentence
    /// that names `segurifai migrate`; options.create is ignored.
    [[nodiscard]] Outcome<std::unique_ptr<sql::Session>> open(
        const Given& given, sql::SessionOptions options = {}) const;

    /// Opens a database, making the data folder and the SQLite file when there are none.
    [[nodiscard]] Outcome<std::unique_ptr<sql::Session>> open_or_create(
        const Given& given, sql::SessionOptions options = {}) const;
};

struct Command {
    std::string name;
    std::string summary;      ///< one line for `segurifai help`, no full stop
    std::string description;  ///< paragraphs for `segurifai help <name>`; may be empty
    std::vector<Argument> arguments = {};
    std::vector<Option> options = {};
    std::vector<Example> examples;

    /// Does the work. Answers go to context.terminal; a failure is returned, and printed once by
    /// the caller. Returns Exit::kFaults itself when a check found something it has printed.
    Outcome<Exit> (*run)(const Given& given, const Context& context) = nullptr;
};

/// The option every command that works on a database has.
[[nodiscard]] Option database_option();

}  // namespace segurifai::cli

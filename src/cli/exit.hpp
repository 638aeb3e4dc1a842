#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.hpp"

namespace segurifai::cli {

/// What the process answers to the shell. Documented in every `--help`; scripts rely on it.
enum class Exit : std::uint8_t {
    kOk = 0,
    kFaults = 1,      ///< drift, faulty data, a check that found something
    kWrongUse = 2,    ///< unknown command or option, missing or impossible argument
    kNoDatabase = 3,  ///< the database cannot be reached or does not exist
    kRefused = 4,     ///< needs --accept-data-loss, changed history, a lease held by another
    kStorage = 5,     ///< disk full, read only, no permission, damaged file
    kWarnings = 6,    ///< nothing is broken, and something will be: 'segurifai doctor'
    kDefect = 70,     ///< a defect of this program
};

struct ExitMeaning {
    Exit exit;
    std::string_view meaning;
};

/// All exit codes with the words that `--help` prints.
[[nodiscard]] std::span<const ExitMeaning> exit_meanings() noexcept;

/// The exit code of an expected failure.
[[nodiscard]] Exit exit_of(Code code) noexcept;

/// A failure on its way to the shell. Made from any Error, so that SEGURIFAI_TRY works in a
/// command; a command that knows better than the table names the exit code itself.
struct Failure {
    // Converting, so that SEGURIFAI_TRY takes an Error up.
    Failure(Error failed) : error(std::move(failed)), exit(exit_of(error.code)) {}
    Failure(Error failed, Exit code) : error(std::move(failed)), exit(code) {}

    Error error;
    Exit exit;
};

/// A value, or a failure with its exit code.
template <class T>
using Outcome = std::expected<T, Failure>;

/// `return wrong_use("--limit must be a number, for example --limit 10.");`
[[nodiscard]] inline std::unexpected<Failure> wrong_use(std::string sentence) {
    return std::unexpected(
        Failure(Error{.code = Code::kInvalid, .message = std::move(sentence)}, Exit::kWrongUse));
}

/// `return refused("This loses data …; add --accept-data-loss to go on.");`
[[nodiscard]] inline std::unexpected<Failure> refused(std::string sentence) {
    return std::unexpected(
        Failure(Error{.code = Code::kConflict, .message = std::move(sentence)}, Exit::kRefused));
}

}  // namespace segurifai::cli

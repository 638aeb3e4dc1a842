#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/refusal.hpp"

namespace segurifai {

/// What went wrong, in words that do not depend on the engine or the protocol. Every layer maps
/// its own failures onto this one set, so that a caller decides by code and never by text.
enum class Code : std::uint8_t {
    kInvalid,              ///< the input breaks a description; `faults` names every field
    kNotFound,             ///< no such row, file, migration, command
    kConflict,             ///< the state does not allow it (two heads, changed history, held lease)
    kUniqueViolation,      ///< `column` names the column, or the columns joined by ", "
    kForeignKeyViolation,  ///< a parent is missing, or a child protects the row
    kCheckViolation,       ///< an enumeration, range or table check refused the value
    kNotNullViolation,     ///< `column` is required
    kTooLong,              ///< a text longer than its column
    kOutOfRange,           ///< a number its column cannot hold
    kSerialization,        ///< serialization failure or deadlock: run the whole transaction again
    kBusy,                 ///< a queue, pool or lock limit was reached in time: try later
    kTimeout,              ///< a statement or a wait passed its deadline
    kGone,                 ///< the connection or the server went away
    kDiskFull,             ///< the storage has no room
    kReadOnly,             ///< the storage refuses writes
    kPermission,           ///< the operating system or the database refuses access
    kCorrupt,              ///< stored data that no description can have written
    kUnsupported,          ///< asked for something this engine or build does not do
    kInternal,             ///< a defect of ours
};

/// A stable label for metrics, logs and exit messages, for example "unique_violation".
[[nodiscard]] std::string_view label(Code code) noexcept;

/// One thing wrong with one field of an input. `path` is dotted ("services.0.code"); empty means
/// the input as a whole.
struct Fault {
    std::string path;
    std::string message;

    friend bool operator==(const Fault&, const Fault&) = default;
};

/// An expected failure. Travels by value inside `Result`; exceptions are for defects only.
struct Error {
    Code code = Code::kInternal;
    std::string message;          ///< one sentence for a person; never holds stored personal data
    std::string table = {};       ///< the table concerned, where the engine said so
    std::string column = {};      ///< the column(s) concerned, where the engine said so
    std::string constraint = {};  ///< the constraint or index, where the engine said so
    std::vector<Fault> faults = {};
    /// A business refusal, `code` is then kConflict; or archive_damaged, and it is kCorrupt.
    std::optional<Refusal> refusal = {};
    std::string members = {};  ///< JSON members that go with a refusal: "\"limit\":{…}", or empty
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for the failing return: `return fail(Code::kNotFound, "There is no ...");`
[[nodiscard]] inline std::unexpected<Error> fail(Code code, std::string message) {
    return std::unexpected(Error{.code = code, .message = std::move(message)});
}

/// The platform's no to a well-formed call: `return refuse(Refusal::kOfferClosed);` `members` are
/// JSON members for the answer, without braces.
[[nodiscard]] inline std::unexpected<Error> refuse(Refusal refusal, std::string members = {}) {
    return std::unexpected(Error{
        .code = Code::kConflict, .message = {}, .refusal = refusal, .members = std::move(members)});
}

/// kCorrupt of something in an archive: `what` names it for those who call ("2025-03.zst"),
/// `message` says it in the log and to the person at the console.
[[nodiscard]] std::unexpected<Error> fail_damaged(std::string_view what, std::string message);

/// One fault of one field: `return fault("email", "This e-mail address is in use.");`
[[nodiscard]] inline std::unexpected<Error> fault(std::string path, std::string message) {
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    error.faults.push_back({std::move(path), std::move(message)});
    return std::unexpected(std::move(error));
}

/// The error's code, message and faults as text for a terminal.
[[nodiscard]] std::string describe(const Error& error);

}  // namespace segurifai

/// Propagates a failed `Result`: `SEGURIFAI_TRY(session.run(sql));`
#define SEGURIFAI_TRY(expression)                                            \
    do {                                                                     \
        if (auto segurifai_try_result = (expression); !segurifai_try_result) \
            return std::unexpected(std::move(segurifai_try_result).error()); \
    } while (false)

/// Propagates or binds: `SEGURIFAI_TRY_AS(auto rows, session.count(sql));`
#define SEGURIFAI_TRY_CONCAT_INNER(a, b) a##b
#define SEGURIFAI_TRY_CONCAT(a, b) SEGURIFAI_TRY_CONCAT_INNER(a, b)
#define SEGURIFAI_TRY_AS(declaration, expression) \
    SEGURIFAI_TRY_AS_INNER(SEGURIFAI_TRY_CONCAT(segurifai_try_, __LINE__), declaration, expression)
#define SEGURIFAI_TRY_AS_INNER(name, declaration, expression)   \
    auto name = (expression);                                   \
    if (!name) return std::unexpected(std::move(name).error()); \
    declaration = std::move(*name)

/// The same inside a coroutine, with `co_return`.
#define SEGURIFAI_CO_TRY(expression)                                            \
    do {                                                                        \
        if (auto segurifai_try_result = (expression); !segurifai_try_result)    \
            co_return std::unexpected(std::move(segurifai_try_result).error()); \
    } while (false)
#define SEGURIFAI_CO_TRY_AS(declaration, expression)                                       \
    SEGURIFAI_CO_TRY_AS_INNER(SEGURIFAI_TRY_CONCAT(segurifai_try_, __LINE__), declaration, \
                              expression)
#define SEGURIFAI_CO_TRY_AS_INNER(name, declaration, expression)   \
    auto name = (expression);                                      \
    if (!name) co_return std::unexpected(std::move(name).error()); \
    declaration = std::move(*name)

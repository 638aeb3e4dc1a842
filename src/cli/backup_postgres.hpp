#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cli/command.hpp"

namespace segurifai::cli {

/// `segurifai backup WHAT` of a PostgreSQL database; `what` is one of the command's words.
[[nodiscard]] Outcome<Exit> run_postgres_backup(std::string_view what, const Given& given,
                                                const Context& context);

/// What `segurifai restore` goes back to.
struct RestoreWish {
    std::optional<Instant> at = {};        ///< nothing = the newest state
    std::string point = {};                ///< a named point
    std::optional<std::string> dump = {};  ///< a dump, to be opened; empty = the newest
};

/// `segurifai restore` of one.
[[nodiscard]] Outcome<Exit> run_postgres_restore(const RestoreWish& wish, const std::string& into,
                                                 const Given& given, const Context& context);

}  // namespace segurifai::cli

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

/// `segurifai restore` of one: `to` = nothing for the newest state.
[[nodiscard]] Outcome<Exit> run_postgres_restore(const std::optional<Instant>& to,
                                                 const std::string& into, const Given& given,
                                                 const Context& context);

}  // namespace segurifai::cli

#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cli/exit.hpp"
#include "cli/terminal.hpp"
#include "ops/backup/drill_record.hpp"

/// What `segurifai backup` says in the same words on both engines.
namespace segurifai::cli {

/// "never" when there is none.
[[nodiscard]] std::string text_of(const std::optional<Instant>& at);
[[nodiscard]] std::string text_of(const std::optional<backup::Drill>& drill);

/// null when there is none.
[[nodiscard]] boost::json::value json_of(const std::optional<Instant>& at);
[[nodiscard]] boost::json::value json_of(const std::optional<backup::Drill>& drill);

/// Says how a drill went; `newest` is what its lost_seconds were measured by: "canary".
[[nodiscard]] Exit say_drill(const backup::Drill& drill, std::string_view newest,
                             Terminal& terminal);

}  // namespace segurifai::cli

#include "cli/backup_words.hpp"

#include <fmt/format.h>

namespace segurifai::cli {

namespace json = boost::json;

std::string text_of(const std::optional<Instant>& at) {
    return at ? at->to_string() : "never";
}

std::string text_of(const std::optional<backup::Drill>& drill) {
    if (!drill) return "never";
    return fmt::format(
        "{}, {}", drill->at.to_string(),
        drill->is_ok ? fmt::format("{} rows in {:.1f} s", drill->rows, drill->seconds) : "failed");
}

json::value json_of(const std::optional<Instant>& at) {
    return at ? json::value(at->to_string()) : json::value();
}

json::value json_of(const std::optional<backup::Drill>& drill) {
    if (!drill) return {};
    return {{"at", drill->at.to_string()},
            {"ok", drill->is_ok},
            {"seconds", drill->seconds},
            {"rows", drill->rows},
            {"lost_seconds", drill->lost_seconds}};
}

Exit say_drill(const backup::Drill& drill, std::string_view newest, Terminal& terminal) {
    if (!drill.is_ok) {
        terminal.line(fmt::format("The drill failed: {}", drill.fault));
        return Exit::kFaults;
    }
    terminal.line(fmt::format("Restored, examined and removed again: {} rows in {:.1f} s.",
                              drill.rows, drill.seconds));
    if (drill.lost_seconds >= 0)
        terminal.line(fmt::format("The newest {} in it is {} s old.", newest, drill.lost_seconds));
    return Exit::kOk;
}

}  // namespace segurifai::cli

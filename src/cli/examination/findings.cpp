#include "cli/examination/findings.hpp"

#include <algorithm>

namespace segurifai::cli {

std::string_view name_of(Level level) noexcept {
    switch (level) {
        case Level::kWell: return "ok";
        case Level::kWarning: return "warning";
        case Level::kFault: return "fault";
    }
    return "fault";
}

std::string sentence_of(const Finding& finding) {
    if (finding.command.empty()) return finding.what;
    std::string_view what = finding.what;
    if (what.ends_with('.')) what.remove_suffix(1);
    return std::string(what) + "; run: " + finding.command;
}

void Findings::add(Finding finding) {
    std::ranges::replace(finding.what, '\n', ' ');  // SQLite's own words may be of two lines
    all_.push_back(std::move(finding));
}

void Findings::well(std::string_view area, std::string what) {
    add({Level::kWell, area, std::move(what)});
}

void Findings::warn(std::string_view area, std::string what, std::string command) {
    add({Level::kWarning, area, std::move(what), std::move(command)});
}

void Findings::fault(std::string_view area, std::string what, std::string command) {
    add({Level::kFault, area, std::move(what), std::move(command)});
}

std::size_t Findings::count(Level level) const noexcept {
    return static_cast<std::size_t>(std::ranges::count(all_, level, &Finding::level));
}

bool Findings::is_well(std::string_view area) const noexcept {
    return std::ranges::none_of(all_, [&](const Finding& finding) {
        return finding.area == area && finding.level != Level::kWell;
    });
}

}  // namespace segurifai::cli

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "apps/jobs/tables.hpp"
#include "http/shape.hpp"

namespace segurifai::jobs {

/// A job as its starter sees it.
struct JobView {
    static constexpr std::string_view kShape = "BackgroundJob";
    JobId id;
    std::string kind;
    JobState state = JobState::kQueued;
    double progress = 0;
    Json result{"{}"};
    std::optional<std::string> error;
    std::optional<std::string> file_name;
    Instant created_at;
    std::optional<Instant> finished_at;
    static consteval auto fields() {
        return std::array{http::field<&JobView::id>("id"),
                          http::field<&JobView::kind>("kind"),
                          http::field<&JobView::state>("state"),
                          http::field<&JobView::progress>("progress", {.help = "0 to 1"}),
                          http::field<&JobView::result>("result", {.json = JsonKind::kObject}),
                          http::field<&JobView::error>("error"),
                          http::field<&JobView::file_name>(
                              "file_name", {.help = "of the file it made, kept 24 hours"}),
                          http::field<&JobView::created_at>("created_at"),
                          http::field<&JobView::finished_at>("finished_at")};
    }
};

[[nodiscard]] JobView view_of(Job job);

}  // namespace segurifai::jobs

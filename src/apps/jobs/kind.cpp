#include "apps/jobs/kind.hpp"

#include <algorithm>
#include <utility>

#include "apps/jobs/files.hpp"

namespace segurifai::jobs {
namespace {

constexpr std::size_t kNameSizeMax = 80;

bool is_name(std::string_view name) noexcept {
    return !name.empty() && name.size() <= kNameSizeMax && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

bool is_possible(const std::optional<Schedule>& schedule) noexcept {
    using std::chrono::seconds;
    return !schedule || (schedule->every >= seconds(1) && schedule->at >= seconds(0) &&
                         schedule->at < schedule->every);
}

}  // namespace

JobContext::JobContext(Resources resources, const Job& taken, const std::atomic<bool>& stopping)
    : id(taken.id),
      args(taken.args),
      due(taken.run_after),
      resources_(std::move(resources)),
      stopping_(stopping),
      attempt_(taken.attempt) {}

Result<std::filesystem::path> JobContext::make_file_blocking(std::string name) {
    SEGURIFAI_TRY(check_file_name(name));
    SEGURIFAI_TRY(make_files_folder_blocking(resources_.files));
    file_name_ = std::move(name);
    return file_path(resources_.files, id, attempt_);
}

std::unexpected<Error> given_up() {
    return fail(Code::kBusy, "The job was told to stop.");
}

Result<void> no_args(const Json& args) {
    if (args.text == "{}") return {};
    return fault("args", "This job takes no arguments.");
}

Result<Kinds> Kinds::make(std::vector<JobKind> kinds) {
    std::ranges::sort(kinds, {}, &JobKind::name);
    std::string names = "[";
    std::string_view before;
    for (const JobKind& kind : kinds) {
        const bool is_sound = is_name(kind.name) && kind.name != before && kind.handler &&
                              kind.attempts_max >= 1 && kind.lease >= std::chrono::seconds(1) &&
                              kind.limit >= std::chrono::seconds(1) && is_possible(kind.schedule) &&
                              kind.check_args != nullptr;
        if (!is_sound)
            return fail(Code::kInternal,
                        "The kind of job '" + kind.name + "' is there twice, or is none.");
        before = kind.name;
        if (names.size() > 1) names += ',';
        append_json_string(names, kind.name);
    }
    Kinds made;
    made.kinds_ = std::move(kinds);
    made.names_ = names + "]";
    return made;
}

const JobKind* Kinds::find(std::string_view name) const noexcept {
    const auto found = std::ranges::lower_bound(kinds_, name, {}, &JobKind::name);
    return found != kinds_.end() && found->name == name ? &*found : nullptr;
}

}  // namespace segurifai::jobs

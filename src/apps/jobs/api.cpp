#include "apps/jobs/api.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "apps/jobs/files.hpp"
#include "apps/jobs/job_view.hpp"
#include "apps/jobs/kind.hpp"
#include "apps/jobs/starting.hpp"
#include "apps/platform.hpp"
#include "http/list.hpp"
#include "model/store.hpp"
#include "security/worker_pool.hpp"

namespace segurifai::jobs {
namespace {

constexpr int kArgsBytesMax = 10'000;

struct JobRequest {
    static constexpr std::string_view kShape = "BackgroundJobRequest";
    std::optional<Json> args;
    static consteval auto fields() {
        return std::array{http::field<&JobRequest::args>(
            "args",
            {.length = kArgsBytesMax, .json = JsonKind::kObject, .help = "As the job takes them"})};
    }
};

/// The job that the path names: of the account that started it, and of superusers.
Task<Result<Job>> visible_job(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const JobId id, call.path_id<JobId>());
    SEGURIFAI_CO_TRY_AS(auto job, co_await model::find<Job>(call.platform.database, id));
    const bool is_starter = job && job->starter_id && job->starter_id->value == call.caller.user_id;
    if (!job || !(is_starter || call.reach.any)) co_return refuse(Refusal::kNotFound);
    co_return *std::move(job);
}

/// platform.job
Task<Result<JobView>> show(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(Job job, co_await visible_job(call));
    co_return view_of(std::move(job));
}

/// A file as it is sent: a piece of it is in memory at a time.
class FileSource final : public http::BodySource {
public:
    FileSource(security::WorkerPool& workers, OpenFile file)
        : workers_(workers), file_(std::make_shared<const OpenFile>(std::move(file))) {}

    [[nodiscard]] std::uint64_t size() const noexcept override { return file_->size(); }
    [[nodiscard]] Task<Result<std::string>> next() override {
        const auto work = [file = file_, offset = sent_] { return file->read_blocking(offset); };
        SEGURIFAI_CO_TRY_AS(auto piece, co_await workers_.run(work));
        if (piece) sent_ += piece->size();
        co_return piece;
    }

private:
    security::WorkerPool& workers_;
    std::shared_ptr<const OpenFile> file_;  ///< also of the work that nobody waits for any more
    std::uint64_t sent_ = 0;
};

/// platform.job.file: what the job made, for a day. Always the whole file: Range is not answered.
Task<Result<http::Plain>> file(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const Job job, co_await visible_job(call));
    if (job.state != JobState::kDone) co_return refuse(Refusal::kInvalidTransition);
    if (!job.file_name || !is_kept(job.finished_at.value_or(Instant{}), call.at))
        co_return refuse(Refusal::kNotFound);
    SEGURIFAI_CO_TRY(call.answer_as(type_of(*job.file_name)));
    const auto path = file_path(call.platform.job_files, job.id, job.attempt);
    const auto work = [path] { return OpenFile::open_blocking(path); };
    SEGURIFAI_CO_TRY_AS(auto opened, co_await call.platform.workers.run(work));
    if (!opened && opened.error().code == Code::kNotFound) co_return refuse(Refusal::kNotFound);
    if (!opened) co_return std::unexpected(std::move(opened).error());
    call.answer.set("Content-Disposition",
                    fmt::format("attachment; filename=\"{}\"", *job.file_name));
    call.answer.source = std::make_unique<FileSource>(call.platform.workers, *std::move(opened));
    co_return http::Plain{};
}

/// admin.jobs.run: queues a job of a kind, which a runner of some node takes at once.
Task<Result<JobView>> start(http::Call& call, JobRequest asked) {
    const JobKind* kind = call.platform.job_kinds->find(call.path_parameters.front());
    if (kind == nullptr) co_return refuse(Refusal::kNotFound);
    Json arguments = std::move(asked.args).value_or(Json{"{}"});
    co_return co_await start_job(call, *kind, std::move(arguments));
}

constexpr std::array kListFilters{std::string_view("kind"), std::string_view("state")};
constexpr std::array kListOrders{std::string_view("-id")};
constexpr http::ListSpec kJobs{
    .table = &model::table_of<Job>(), .filters = kListFilters, .orders = kListOrders};

/// admin.jobs: every job, the newest first.
Task<Result<http::Page<JobView>>> list(http::Call& call, http::ListQuery query) {
    const auto rows =
        co_await http::read_page<Job>(call.platform.database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    co_return rows->into(query, [](const Job& row) { return view_of(row); });
}

constexpr std::array kStartRefusals{Refusal::kInvalidTransition};
constexpr std::array kFileRefusals{Refusal::kInvalidTransition};

}  // namespace

std::vector<http::Route> routes() {
    return {http::get<&show>("/api/jobs/{id}/", "platform.job", {.summary = "How a job stands"}),
            http::get<&file>("/api/jobs/{id}/file/", "platform.job.file",
                             {.summary = "The file a job made", .refusals = kFileRefusals}),
            http::get<&list>("/api/admin/jobs/", "admin.jobs",
                             {.summary = "Every job, the newest first", .list = &kJobs}),
            http::post<&start>("/api/admin/jobs/{name}/run/", "admin.jobs.run",
                               {.summary = "Run a job now",
                                .status = 202,
                                .keyed = true,
                                .refusals = kStartRefusals})};
}

}  // namespace segurifai::jobs

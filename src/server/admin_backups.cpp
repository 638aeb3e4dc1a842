#include "server/admin_backups.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "apps/jobs/kind.hpp"
#include "apps/jobs/starting.hpp"
#include "apps/platform.hpp"
#include "server/backup_look.hpp"
#include "server/facts.hpp"
#include "server/watch.hpp"

namespace segurifai::server {
namespace {

struct LogPlace {
    static constexpr std::string_view kShape = "BackupLogPosition";
    std::optional<Instant> at;
    std::int64_t waiting = 0;
    static consteval auto fields() {
        return std::array{
            http::field<&LogPlace::at>("at"),
            http::field<&LogPlace::waiting>("waiting", {.help = "not backed up yet: commits of "
                                                                "SQLite, bytes of PostgreSQL"})};
    }
};

struct Window {
    static constexpr std::string_view kShape = "RestorableWindow";
    Instant from;
    Instant to;
    static consteval auto fields() {
        return std::array{http::field<&Window::from>("from"), http::field<&Window::to>("to")};
    }
};

struct Backups {
    static constexpr std::string_view kShape = "Backups";
    Standing standing = Standing::kOff;
    std::optional<Instant> last_full;
    std::optional<Instant> last_incremental;
    LogPlace log_position;
    std::optional<Window> restorable;
    std::optional<VerifiedRestore> last_verified_restore;
    std::vector<std::string> complaints;
    std::vector<StoredBackup> list;
    static consteval auto fields() {
        return std::array{
            http::field<&Backups::standing>("standing"),
            http::field<&Backups::last_full>("last_full"),
            http::field<&Backups::last_incremental>("last_incremental"),
            http::field<&Backups::log_position>("log_position"),
            http::field<&Backups::restorable>(
                "restorable", {.help = "every moment in it; null = none can be restored"}),
            http::field<&Backups::last_verified_restore>("last_verified_restore"),
            http::field<&Backups::complaints>("complaints",
                                              {.help = "as 'segurifai backup status' says them"}),
            http::field<&Backups::list>("list", {.help = "newest first"})};
    }
};

/// admin.backups: as they were seen within the last minute.
Task<Result<Backups>> show(http::Call& call) {
    auto seen = call.platform.server->watch->backups();
    if (!seen) co_return refuse(Refusal::kServiceUnavailable);
    Backups answer{.standing = seen->check.standing,
                   .last_full = seen->check.last_full,
                   .last_incremental = seen->check.last_incremental,
                   .log_position = {seen->check.log_at, seen->check.log_waiting},
                   .last_verified_restore = seen->check.verified_restore,
                   .complaints = std::move(seen->check.complaints),
                   .list = std::move(seen->list)};
    if (seen->window_from && seen->window_to)
        answer.restorable = Window{*seen->window_from, *seen->window_to};
    co_return answer;
}

struct BackupRequest {
    static constexpr std::string_view kShape = "BackupRequest";
    BackupKind kind = BackupKind::kFull;
    static consteval auto fields() { return std::array{http::field<&BackupRequest::kind>("kind")}; }
};

constexpr std::string_view job_of(BackupKind kind) noexcept {
    switch (kind) {
        case BackupKind::kFull: return "backup.full";
        case BackupKind::kIncremental: return "backup.incremental";
        case BackupKind::kVerify: return "backup.verify";
    }
    std::unreachable();
}

/// admin.backups.run: all of them write: a copy into the repository, or a restored one beside it.
Task<Result<jobs::JobView>> run(http::Call& call, BackupRequest asked) {
    const jobs::JobKind* kind = call.platform.job_kinds->find(job_of(asked.kind));
    if (kind == nullptr) co_return fault("kind", "This server makes no such backups.");
    const auto disk = call.platform.server->watch->observed().disk;
    if (disk && !disk->ok) co_return refuse(Refusal::kInsufficientStorage);
    Json nothing{"{}"};
    co_return co_await jobs::start_job(call, *kind, std::move(nothing));
}

constexpr std::array kShowRefusals{Refusal::kServiceUnavailable};
constexpr std::array kRunRefusals{Refusal::kInvalidTransition, Refusal::kInsufficientStorage};

}  // namespace

std::vector<http::Route> backup_routes() {
    return {http::get<&show>("/api/admin/backups/", "admin.backups",
                             {.summary = "How the backups stand", .refusals = kShowRefusals}),
            http::post<&run>("/api/admin/backups/", "admin.backups.run",
                             {.summary = "Make or verify a backup now",
                              .status = 202,
                              .keyed = true,
                              .refusals = kRunRefusals})};
}

}  // namespace segurifai::server

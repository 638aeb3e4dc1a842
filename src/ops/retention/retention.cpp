#include "ops/retention/retention.hpp"

#include <algorithm>

#include "ops/retention/archiving.hpp"
#include "ops/retention/expiry.hpp"
#include "ops/retention/location_days.hpp"
#include "ops/retention/periods.hpp"
#include "ops/retention/purging.hpp"

namespace segurifai::retention {
namespace {

constexpr std::array<std::string_view, kPolicies.size()> kNames{"positions", "sessions", "requests",
                                                                "archive"};

/// The tables whose rows go by the clock, children first: what a cascade would take is counted
/// as its own.
Result<std::vector<Line>> expire_all(sql::Session& session, model::Retention retention,
                                     Instant limit, const Options& options) {
    std::vector<Line> lines;
    const auto tables = options.registry.tables();
    for (auto table = tables.rbegin(); table != tables.rend(); ++table) {
        if ((*table)->retention != retention) continue;
        const bool by_days =
            !(*table)->partition_by.empty() && session.engine() == sql::Engine::kPostgres;
        SEGURIFAI_TRY_AS(Line line, by_days ? drop_days(session, **table, limit, options)
                                            : expire(session, **table, limit, options));
        lines.push_back(std::move(line));
    }
    return lines;
}

Result<std::vector<Line>> lines_of(sql::Session& session, Policy policy, Instant now,
                                   const Options& options) {
    std::vector<Line> lines;
    switch (policy) {
        case Policy::kPositions:
            return expire_all(session, model::Retention::kLocationHistory, location_limit(now),
                              options);
        case Policy::kSessions:
            return expire_all(session, model::Retention::kSession, session_limit(now), options);
        case Policy::kRequests: {
            SEGURIFAI_TRY_AS(Line line, archive_requests(session, live_limit(now), options));
            lines.push_back(std::move(line));
            return lines;
        }
        case Policy::kArchive: {
            SEGURIFAI_TRY_AS(Line line, purge_archive(session, now, options));
            lines.push_back(std::move(line));
            return lines;
        }
    }
    return fail(Code::kInternal, "There is no such policy.");
}

}  // namespace

void Findings::add(std::string sentence) {
    ++count;
    if (first.size() < kFirstMax) first.push_back(std::move(sentence));
}

void Findings::add(const Findings& others) {
    count += others.count;
    for (const std::string& sentence : others.first)
        if (first.size() < kFirstMax) first.push_back(sentence);
}

std::string_view name_of(Policy policy) noexcept {
    return kNames[static_cast<std::size_t>(policy)];
}

std::optional<Policy> policy_named(std::string_view name) noexcept {
    const auto* const found = std::ranges::find(kNames, name);
    if (found == kNames.end()) return std::nullopt;
    return kPolicies[static_cast<std::size_t>(found - kNames.begin())];
}

Result<Report> run(sql::Session& session, Policy policy, const Options& options) {
    const Instant now = options.clock.now();
    const Instant as_of = options.as_of.value_or(now);
    if (as_of > now && !options.dry_run)
        return fail(Code::kInvalid,
                    "What is due in the future is not deleted today: look at it with a dry run.");
    Report report{.policy = policy, .lines = {}};
    SEGURIFAI_TRY_AS(report.lines, lines_of(session, policy, as_of, options));
    return report;
}

void follow(Report& archive, const Report& requests) {
    Line& line = archive.lines.front();
    for (const Line& moved : requests.lines) {
        line.due += moved.purged_next;
        line.bytes += moved.bytes_purged_next;
        line.left += moved.due - moved.purged_next;
    }
}

}  // namespace segurifai::retention

#include "apps/assistance/creation.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "apps/assistance/creation_rules.hpp"
#include "apps/assistance/dispatch_entry.hpp"
#include "apps/assistance/status_change.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/audit/service.hpp"
#include "apps/events/service.hpp"
#include "apps/platform.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/allowance_counts.hpp"
#include "base/guatemala.hpp"
#include "base/json_object.hpp"
#include "model/store.hpp"
#include "security/opaque_token.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

using services::CoveredSubscription;
using services::ServiceLine;

constexpr std::string_view kTable = "assistance_assistancerequest";

// Held until the request is there, so that an account is not archived meanwhile and no applicant
// becomes a unit: who does that takes the row FOR UPDATE before looking for open requests.
const sql::Query kHoldMember{
    "assistance.create.member", "SELECT role FROM users_user WHERE id = $1 AND is_active",
    "SELECT role FROM users_user WHERE id = $1 AND is_active FOR KEY SHARE",
    sql::Query::Kind::kPoint};

const sql::Query kOpenOfCode{
    "assistance.create.open_of_code",
    "SELECT request_number FROM assistance_assistancerequest WHERE user_id = $1 "
    "AND status IN ('PENDING', 'ASSIGNED', 'IN_PROGRESS') "
    "AND metadata ->> 'service_code' = $2 LIMIT 1",
    sql::Query::Kind::kPoint};

/// Holds an active account and says whether it is a member's; nothing when it is not there.
Task<Result<std::optional<bool>>> hold_member(sql::Transaction& transaction, users::UserId id) {
    const std::array params{sql::Value::uuid(id.value)};
    std::optional<bool> is_member;
    auto sink = sql::each_row([&](const sql::Row& row) { is_member = row.text(0) == "USER"; });
    const auto found = co_await transaction.run(kHoldMember, params, &sink);
    if (!found) co_return std::unexpected(found.error());
    co_return is_member;
}

/// The caller, who was let in before this transaction began: archived or a unit since, they are
/// told what they would be told at the door.
Task<Result<users::UserId>> own_account(sql::Transaction& transaction, users::UserId own) {
    SEGURIFAI_CO_TRY_AS(const auto is_member, co_await hold_member(transaction, own));
    if (!is_member) co_return refuse(Refusal::kTokenNotValid);
    if (!*is_member) co_return refuse(Refusal::kPermissionDenied);
    co_return own;
}

/// For whom the request is: the caller, or the member that SUPPORT names.
Task<Result<users::UserId>> member_of(sql::Transaction& transaction, const http::Call& call,
                                      const NewRequest& input) {
    const users::UserId own{call.caller.user_id};
    if (!call.reach.any) {
        if (input.user_id && *input.user_id != own)
            co_return fault("user_id", "Must be your own account.");
        co_return co_await own_account(transaction, own);
    }
    if (!input.user_id) co_return fault("user_id", "This field is required.");
    SEGURIFAI_CO_TRY_AS(const auto is_member, co_await hold_member(transaction, *input.user_id));
    if (!is_member.value_or(false)) co_return fault("user_id", "Must be an active member.");
    co_return *input.user_id;
}

/// The refusal of a limit: which one, and what the service costs without the plan.
Task<Result<void>> refuse_limit(sql::Transaction& transaction, Refusal refusal,
                                std::string service_code, services::Limit limit) {
    SEGURIFAI_CO_TRY_AS(const auto price,
                        co_await services::pay_per_use_price(transaction, std::move(service_code)));
    std::string members = services::limit_members(limit);
    members += ",\"pay_per_use\":";
    members += price ? '"' + price->to_string() + '"' : "null";
    co_return refuse(refusal, std::move(members));
}

/// The subscription and line that serve the request, with what is left of it.
struct Cover {
    CoveredSubscription subscription;
    ServiceLine line;
    services::Left left;
    std::optional<services::Limit> reached;
};

std::optional<Cover> choose_cover(const std::vector<CoveredSubscription>& subscriptions,
                                  const std::vector<services::CountedRequest>& requests,
                                  const NewRequest& input, Date today) {
    std::vector<Cover> covers;
    std::vector<services::CoverOption> options;
    for (const CoveredSubscription& one : subscriptions) {
        if (input.user_service_id && one.id != *input.user_service_id) continue;
        const ServiceLine* line = services::find_line(one.coverage, input.service_code);
        if (line == nullptr) continue;
        const services::Counts counts = services::counts_of(one, *line, requests, today);
        const services::Left left = services::left_of(*line, counts);
        const auto reached =
            services::judge(one.coverage, *line, counts, services::plan_year_of(one, today), today);
        options.push_back({one.id, !reached, left, one.end_date});
        covers.push_back({one, *line, left, reached});
    }
    const auto chosen = services::choose(options);
    if (!chosen) return std::nullopt;
    return std::move(covers[*chosen]);
}

/// Holds the member's subscriptions, counts, and chooses. After this no other creation of the
/// member counts until this one is done.
Task<Result<Cover>> find_cover(sql::Transaction& transaction, users::UserId member,
                               const NewRequest& input, Date today) {
    SEGURIFAI_CO_TRY_AS(const auto subscriptions,
                        co_await services::hold_covered_subscriptions(transaction, member, today));
    const Instant since = services::counted_since(subscriptions, today);
    SEGURIFAI_CO_TRY_AS(const auto requests,
                        co_await services::counted_requests(transaction, member, since));
    auto cover = choose_cover(subscriptions, requests, input, today);
    if (!cover) {
        const services::Limit limit = services::not_covered();
        SEGURIFAI_CO_TRY(
            co_await refuse_limit(transaction, Refusal::kNotCovered, input.service_code, limit));
        co_return fail(Code::kInternal, "A refusal did not refuse.");
    }
    co_return *std::move(cover);
}

Task<Result<void>> refuse_duplicate(sql::Transaction& transaction, users::UserId member,
                                    const ServiceLine& line) {
    if (line.flow != services::Flow::kImmediate) co_return Result<void>();
    const std::array params{sql::Value::uuid(member.value), sql::Value::text(line.code)};
    std::string number;
    auto sink = sql::each_row([&](const sql::Row& row) { number = row.text(0); });
    const auto found = co_await transaction.run(kOpenOfCode, params, &sink);
    if (!found) co_return std::unexpected(found.error());
    if (number.empty()) co_return Result<void>();
    co_return refuse(Refusal::kDuplicateOpenRequest, "\"request_number\":\"" + number + '"');
}

Priority asked_priority(const NewRequest& input) noexcept {
    switch (input.priority.value_or(AskedPriority::kMedium)) {
        case AskedPriority::kLow: return Priority::kLow;
        case AskedPriority::kMedium: return Priority::kMedium;
        case AskedPriority::kHigh: return Priority::kHigh;
    }
    return Priority::kMedium;
}

AssistanceRequest row_of(const NewRequest& input, users::UserId member, const Cover& cover,
                         const std::optional<Triage>& triage) {
    AssistanceRequest row;
    row.user_id = member;
    row.user_service_id = cover.subscription.id;
    row.service_category_id = cover.subscription.category_id;
    row.title = input.title.value_or(cover.line.name);
    row.description = input.description;
    row.location_latitude = input.location_latitude;
    row.location_longitude = input.location_longitude;
    row.location_address = input.location_address.value_or("");
    row.location_city = input.location_city.value_or("");
    row.priority = asked_priority(input);
    if (triage) row.priority = priority_after(triage->level, row.priority);
    row.status = RequestStatus::kPending;
    row.metadata.text = metadata_of(input, cover.subscription, cover.line, cover.left, triage);
    return row;
}

/// Inserts the row under a number that nobody has: REQ-YYYYMMDD-XXXXXX, the day in Guatemala.
Task<Result<void>> insert_numbered(sql::Transaction& transaction, http::Call& call,
                                   AssistanceRequest& row) {
    std::string day = guatemala_date(call.at).to_string();
    std::erase(day, '-');
    for (int attempt = 0; attempt < kNumberAttempts; ++attempt) {
        row.request_number =
            "REQ-" + day + "-" + security::make_readable_suffix(call.platform.random, 6);
        SEGURIFAI_CO_TRY_AS(const bool inserted, co_await model::insert_if_absent(
                                                     transaction, call.platform.clock, row));
        if (inserted) co_return Result<void>();
    }
    co_return fail(Code::kInternal, "No free number for a request was found.");
}

/// Audit event and outbox events.
Task<Result<void>> announce(sql::Transaction& transaction, const http::Call& call,
                            const AssistanceRequest& row, const std::string& service_code,
                            const std::optional<Triage>& triage) {
    const std::string id = std::to_string(row.id.value);
    JsonObject after;
    after.text("request_number", row.request_number)
        .text("service_code", service_code)
        .text("priority", model::word(row.priority))
        .text("status", model::word(row.status))
        .integer("user_service_id", row.user_service_id->value);
    audit::Change change{
        .action = {}, .object_table = kTable, .object_id = id, .after = after.to_string()};
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    JsonObject payload;
    payload.integer("request_id", row.id.value)
        .text("request_number", row.request_number)
        .text("service_code", service_code)
        .text("status", model::word(row.status));
    events::Event created{.name = "request.created",
                          .object_table = kTable,
                          .object_id = id,
                          .payload = payload.to_string()};
    SEGURIFAI_CO_TRY(co_await events::publish(transaction, call.at, std::move(created)));
    if (!triage || triage->level != TriageLevel::kCritical) co_return Result<void>();
    JsonObject alert;
    alert.text("kind", "CRITICAL_TRIAGE").integer("request_id", row.id.value);
    events::Event raised{.name = "alert.raised",
                         .object_table = kTable,
                         .object_id = id,
                         .payload = alert.to_string()};
    co_return co_await events::publish(transaction, call.at, std::move(raised));
}

std::unexpected<Error> all_faults(std::vector<Fault> faults) {
    return std::unexpected(Error{
        .code = Code::kInvalid, .message = "The input is not valid.", .faults = std::move(faults)});
}

}  // namespace

Task<Result<AssistanceRequestId>> create(sql::Transaction& transaction, http::Call& call,
                                         const NewRequest& input) {
    if (auto faults = faults_of(input, call.at); !faults.empty())
        co_return all_faults(std::move(faults));
    SEGURIFAI_CO_TRY_AS(const users::UserId member, co_await member_of(transaction, call, input));
    const Date today = guatemala_date(call.at);
    SEGURIFAI_CO_TRY_AS(const Cover cover, co_await find_cover(transaction, member, input, today));
    if (auto faults = faults_of(input, cover.subscription, cover.line); !faults.empty())
        co_return all_faults(std::move(faults));
    SEGURIFAI_CO_TRY(co_await refuse_duplicate(transaction, member, cover.line));
    if (cover.reached) {
        SEGURIFAI_CO_TRY(co_await refuse_limit(transaction, Refusal::kQuotaExceeded,
                                               cover.line.code, *cover.reached));
    }
    SEGURIFAI_CO_TRY(admit(input, cover.subscription, cover.line, call.at));
    const std::optional<Triage> triage = triage_of(input);
    AssistanceRequest row = row_of(input, member, cover, triage);
    SEGURIFAI_CO_TRY(co_await insert_numbered(transaction, call, row));
    const users::UserId author{call.caller.user_id};
    SEGURIFAI_CO_TRY(co_await begin_status(transaction, call.at, row.id, author, Actor::kMember));
    const Instant next_at = dispatched_from(input, cover.line, call.at);
    SEGURIFAI_CO_TRY(co_await enter_dispatch(transaction, call.at, row.id, next_at));
    SEGURIFAI_CO_TRY(co_await announce(transaction, call, row, cover.line.code, triage));
    co_return row.id;
}

}  // namespace segurifai::assistance

#include "apps/services/grant.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/events/service.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/grant_tables.hpp"
#include "apps/unit_of_work.hpp"
#include "apps/users/tables.hpp"
#include "base/guatemala.hpp"
#include "model/store.hpp"

namespace segurifai::services {
namespace {

// The row is held until the end, so that two grants of one plan follow one another.
const sql::Query kHold{
    "services.hold_subscription",
    "SELECT id, user_id, plan_id, status, start_date, end_date, auto_renew, created_at, "
    "updated_at FROM services_userservice WHERE user_id = $1 AND plan_id = $2",
    "SELECT id, user_id, plan_id, status, start_date, end_date, auto_renew, created_at, "
    "updated_at FROM services_userservice WHERE user_id = $1 AND plan_id = $2 FOR UPDATE",
    sql::Query::Kind::kOrdinary};

std::vector<Fault> faults_of(const Grant& input, Date today) {
    std::vector<Fault> faults;
    if (input.cycle.has_value() == input.end_date.has_value())
        faults.push_back({"cycle", "Give either cycle or end_date."});
    if (input.end_date && *input.end_date < today)
        faults.push_back({"end_date", "Must not be in the past."});
    return faults;
}

std::unexpected<Error> invalid(std::vector<Fault> faults) {
    return std::unexpected(Error{
        .code = Code::kInvalid, .message = "The input is not valid.", .faults = std::move(faults)});
}

/// The plan and its category, or faults of the fields that name what is not there.
struct Parties {
    ServicePlan plan;
    ServiceCategory category;
};

Task<Result<Parties>> find_parties(sql::Transaction& transaction, const Grant& input) {
    std::vector<Fault> faults;
    const auto user = co_await model::find<users::User>(transaction, input.user_id);
    if (!user) co_return std::unexpected(user.error());
    if (!*user || !(*user)->is_active || (*user)->role != users::Role::kUser)
        faults.push_back({"user_id", "Must be an active member."});
    const auto plan = co_await model::find<ServicePlan>(transaction, input.plan_id);
    if (!plan) co_return std::unexpected(plan.error());
    if (!*plan || !(*plan)->is_active)
        faults.push_back({"plan_id", "There is no such plan on offer."});
    if (!faults.empty()) co_return invalid(std::move(faults));
    const auto category = co_await model::find<ServiceCategory>(transaction, (*plan)->category_id);
    if (!category) co_return std::unexpected(category.error());
    if (!*category) co_return fail(Code::kCorrupt, "A plan's category is missing.");
    co_return Parties{**plan, **category};
}

/// The row as it was: its dates and state, for the audit.
std::string state_of(const std::optional<UserService>& row) {
    if (!row) return "{}";
    return fmt::format(R"({{"end_date":{},"start_date":"{}","status":"{}"}})",
                       row->end_date ? '"' + row->end_date->to_string() + '"' : "null",
                       row->start_date.to_string(), model::word(row->status));
}

/// When the cover given begins and ends. What is still covered is not lost: a cycle follows it.
Period period_of(const Grant& input, const std::optional<UserService>& before, Date today) {
    const bool covered = before && covered_now(before->status, before->end_date, today);
    const Date start = covered ? before->start_date : today;
    if (input.end_date) return {start, *input.end_date};
    const std::optional<Date> end = covered ? before->end_date : std::nullopt;
    return {start, bought_period(*input.cycle, end, today).to};
}

}  // namespace

Task<Result<SubscriptionView>> grant(http::Call& call, Grant input) {
    const Date today = guatemala_date(call.at);
    if (auto faults = faults_of(input, today); !faults.empty())
        co_return invalid(std::move(faults));
    Clock& clock = call.platform.clock;
    apps::Work<SubscriptionView> work =
        [&](sql::Transaction& transaction) -> Task<Result<SubscriptionView>> {
        const auto parties = co_await find_parties(transaction, input);
        if (!parties) co_return std::unexpected(parties.error());
        const std::array key{sql::Value::uuid(input.user_id.value),
                             sql::Value::integer(input.plan_id.value)};
        model::RowOf<UserService> held;
        const auto read = co_await transaction.run(kHold, key, &held);
        if (!read) co_return std::unexpected(read.error());
        if (held.error) co_return std::unexpected(*held.error);

        const Period period = period_of(input, held.found, today);
        const std::string before = state_of(held.found);
        UserService row = held.found.value_or(UserService{});
        row.user_id = input.user_id;
        row.plan_id = input.plan_id;
        row.status = SubscriptionStatus::kActive;
        row.start_date = period.from;
        row.end_date = period.to;
        if (held.found) {
            const auto written = co_await model::update(transaction, clock, row);
            if (!written) co_return std::unexpected(written.error());
        } else {
            row.auto_renew = false;  // nobody has agreed to be charged
            const auto written = co_await model::insert(transaction, clock, row);
            if (!written) co_return std::unexpected(written.error());
        }
        SubscriptionGrant note;
        note.user_service_id = row.id;
        note.granted_by_id = users::UserId{call.caller.user_id};
        note.cycle = input.cycle;
        note.start_date = period.from;
        note.end_date = period.to;
        note.reason = input.reason;
        const auto noted = co_await model::insert(transaction, clock, note);
        if (!noted) co_return std::unexpected(noted.error());

        audit::Change change{.object_table = "services_userservice",
                             .object_id = std::to_string(row.id.value),
                             .before = before,
                             .after = state_of(row)};
        const auto recorded = co_await audit::record(transaction, call, std::move(change));
        if (!recorded) co_return std::unexpected(recorded.error());
        events::Event event{.name = "subscription.activated",
                            .object_table = "services_userservice",
                            .object_id = std::to_string(row.id.value),
                            .payload = fmt::format(R"({{"plan_id":{}}})", row.plan_id.value)};
        const auto told = co_await events::publish(transaction, call.at, std::move(event));
        if (!told) co_return std::unexpected(told.error());

        const PlanLabel label{parties->plan.id, parties->plan.name,
                              parties->category.category_type};
        co_return subscription_view(row, label, input.cycle, today);
    };
    co_return co_await apps::perform<SubscriptionView>(call, work);
}

}  // namespace segurifai::services

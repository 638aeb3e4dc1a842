// Subscriptions (API §2.4): what a member has, and what staff give.

#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "apps/platform.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/api.hpp"
#include "apps/services/grant.hpp"
#include "apps/services/grant_tables.hpp"
#include "apps/services/subscription_view.hpp"
#include "apps/services/tables.hpp"
#include "apps/users/tables.hpp"
#include "base/guatemala.hpp"
#include "http/route.hpp"
#include "model/store.hpp"

namespace segurifai::services {
namespace {

using model::Filter;

constexpr std::array kFilters{std::string_view("user_id"), std::string_view("plan_id"),
                              std::string_view("status"), std::string_view("end_date"),
                              std::string_view("auto_renew")};
/// As covered_now() in allowance.hpp.
constexpr std::array kDerived{http::DerivedFilter{
    .name = "covered_now",
    .expression = "status = 'ACTIVE' AND (end_date IS NULL OR end_date >= {today})",
    .type = model::Type::kBoolean}};
constexpr std::array kOwnerTexts{std::string_view("email"), std::string_view("first_name"),
                                 std::string_view("last_name")};
constexpr model::ReferredTexts kOwner{.column = "user_id",
                                      .table = &model::table_of<users::User>(),
                                      .texts = kOwnerTexts,
                                      .phone = "phone_number"};
constexpr std::array kOrders{std::string_view("-created_at"), std::string_view("end_date")};
constexpr http::ListSpec kSubscriptions{.table = &model::table_of<UserService>(),
                                        .filters = kFilters,
                                        .derived = kDerived,
                                        .staff_search = &kOwner,
                                        .orders = kOrders};

const sql::Query kPlanLabels{"services.plan_labels",
                             "SELECT p.id, p.name, c.category_type FROM services_serviceplan p "
                             "JOIN services_servicecategory c ON c.id = p.category_id"};

/// Every plan's label: the catalogue is a handful of rows.
Task<Result<std::map<std::int32_t, PlanLabel>>> plan_labels(sql::Executor& executor) {
    std::map<std::int32_t, PlanLabel> labels;
    auto sink = sql::each_row([&](const sql::Row& row) {
        PlanLabel label;
        label.id = ServicePlanId{static_cast<std::int32_t>(row.integer(0))};
        label.name = row.text(1);
        const sql::Value type = sql::Value::text(row.text(2));
        if (!model::Codec<CategoryType>::store(label.category_type, type)) return;
        labels.emplace(label.id.value, std::move(label));
    });
    const auto ran = co_await executor.run(kPlanLabels, {}, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return labels;
}

/// The cycle last given, by subscription.
using Cycles = std::map<std::int32_t, std::optional<Cycle>>;

Task<Result<Cycles>> last_cycles(sql::Executor& executor, const std::vector<UserService>& rows) {
    Cycles cycles;
    if (rows.empty()) co_return cycles;
    std::vector<sql::Value> ids;
    ids.reserve(rows.size());
    for (const UserService& row : rows) ids.push_back(sql::Value::integer(row.id.value));
    Filter filter(model::table_of<SubscriptionGrant>());
    SEGURIFAI_CO_TRY(filter.where_in("user_service_id", ids));
    SEGURIFAI_CO_TRY(filter.order_by("id"));
    const auto grants = co_await model::list<SubscriptionGrant>(executor, filter);
    if (!grants) co_return std::unexpected(grants.error());
    for (const SubscriptionGrant& one : *grants) cycles[one.user_service_id.value] = one.cycle;
    co_return cycles;
}

Task<Result<http::Page<SubscriptionView>>> subscriptions(http::Call& call, http::ListQuery query) {
    if (!call.reach.any)
        SEGURIFAI_CO_TRY(query.filter.where("user_id", Filter::Operator::kEqual,
                                            sql::Value::uuid(call.caller.user_id)));
    sql::Database& database = call.platform.database;
    const auto rows = co_await http::read_page<UserService>(database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    const auto labels = co_await plan_labels(database);
    if (!labels) co_return std::unexpected(labels.error());
    const auto cycles = co_await last_cycles(database, rows->rows);
    if (!cycles) co_return std::unexpected(cycles.error());
    const Date today = guatemala_date(call.at);
    co_return rows->into(query, [&](const UserService& row) {
        const auto label = labels->find(row.plan_id.value);
        const auto cycle = cycles->find(row.id.value);
        return subscription_view(row, label == labels->end() ? PlanLabel{} : label->second,
                                 cycle == cycles->end() ? std::nullopt : cycle->second, today);
    });
}

}  // namespace

std::vector<http::Route> subscription_routes() {
    return {http::get<&subscriptions>(
                "/api/services/subscriptions/", "services.subscriptions",
                {.summary = "The subscriptions one may see", .list = &kSubscriptions}),
            http::post<&grant>("/api/admin/subscriptions/grant/", "admin.subscription.grant",
                               {.summary = "Give a member a plan", .status = 201, .keyed = true})};
}

}  // namespace segurifai::services

// The catalogue: categories and plans (API §2.4). Everybody may read what is active; staff read
// what is retired too.

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/platform.hpp"
#include "apps/services/api.hpp"
#include "apps/services/plan_view.hpp"
#include "apps/services/tables.hpp"
#include "http/route.hpp"
#include "model/store.hpp"

namespace segurifai::services {
namespace {

using model::Filter;

bool sees_retired(const http::Call& call) noexcept {
    return call.caller.kind == http::Kind::kStaff;
}

Result<void> only_active(const http::Call& call, Filter& filter) {
    if (sees_retired(call)) return {};
    return filter.where("is_active", Filter::Operator::kEqual, sql::Value::boolean(true));
}

struct CategoryView {
    static constexpr std::string_view kShape = "ServiceCategory";
    ServiceCategory category;
    static consteval auto fields() { return std::array{http::row<&CategoryView::category>()}; }
};

constexpr std::array kCategoryFilters{std::string_view("category_type"),
                                      std::string_view("is_active")};
constexpr std::array kCategoryOrders{std::string_view("id"), std::string_view("name")};
constexpr http::ListSpec kCategories{.table = &model::table_of<ServiceCategory>(),
                                     .filters = kCategoryFilters,
                                     .orders = kCategoryOrders};

Task<Result<http::Page<CategoryView>>> categories(http::Call& call, http::ListQuery query) {
    SEGURIFAI_CO_TRY(only_active(call, query.filter));
    const auto rows = co_await http::read_page<ServiceCategory>(call.platform.database, query,
                                                                call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    co_return rows->into(query, [](const ServiceCategory& row) { return CategoryView{row}; });
}

constexpr std::array kPlanFilters{std::string_view("category_id"), std::string_view("is_featured"),
                                  std::string_view("price_monthly")};
constexpr std::array kPlanDerived{http::DerivedFilter{
    .name = "category_type",
    .expression = "(SELECT category_type FROM services_servicecategory "
                  "WHERE services_servicecategory.id = services_serviceplan.category_id)",
    .type = model::Type::kVarchar,
    .choices = model::kWords<CategoryType>}};
constexpr std::array kPlanSearch{std::string_view("name"), std::string_view("description")};
constexpr std::array kPlanOrders{std::string_view("price_monthly"),
                                 std::string_view("price_yearly"), std::string_view("name"),
                                 std::string_view("created_at")};
constexpr http::ListSpec kPlans{.table = &model::table_of<ServicePlan>(),
                                .filters = kPlanFilters,
                                .derived = kPlanDerived,
                                .search = kPlanSearch,
                                .orders = kPlanOrders};

Task<Result<http::Page<PlanView>>> plans(http::Call& call, http::ListQuery query) {
    SEGURIFAI_CO_TRY(only_active(call, query.filter));
    sql::Database& database = call.platform.database;
    const auto rows = co_await http::read_page<ServicePlan>(database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(rows.error());
    const Filter every(model::table_of<ServiceCategory>());
    const auto all = co_await model::list<ServiceCategory>(database, every);
    if (!all) co_return std::unexpected(all.error());
    co_return rows->into(query, [&](const ServicePlan& row) { return plan_view(row, *all); });
}

const sql::Query kSubscribes{
    "services.subscribes", "SELECT 1 FROM services_userservice WHERE user_id = $1 AND plan_id = $2",
    sql::Query::Kind::kPoint};

/// A retired plan stays readable to its subscribers.
Task<Result<bool>> may_read(const http::Call& call, const ServicePlan& plan) {
    if (plan.is_active || sees_retired(call)) co_return true;
    if (!call.caller.signed_in()) co_return false;
    const std::array params{sql::Value::uuid(call.caller.user_id),
                            sql::Value::integer(plan.id.value)};
    bool subscribed = false;
    auto sink = sql::each_row([&](const sql::Row&) { subscribed = true; });
    const auto ran = co_await call.platform.database.run(kSubscribes, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return subscribed;
}

Task<Result<PlanView>> plan(http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const ServicePlanId id, call.path_id<ServicePlanId>());
    sql::Database& database = call.platform.database;
    const auto found = co_await model::find<ServicePlan>(database, id);
    if (!found) co_return std::unexpected(found.error());
    if (!*found) co_return refuse(Refusal::kNotFound);
    const auto readable = co_await may_read(call, **found);
    if (!readable) co_return std::unexpected(readable.error());
    if (!*readable) co_return refuse(Refusal::kNotFound);
    const auto category = co_await model::find<ServiceCategory>(database, (*found)->category_id);
    if (!category) co_return std::unexpected(category.error());
    if (!*category) co_return fail(Code::kCorrupt, "A plan's category is missing.");
    const std::vector<ServiceCategory> one{**category};
    co_return plan_view(**found, one);
}

}  // namespace

PlanView plan_view(const ServicePlan& plan, std::span<const ServiceCategory> categories) {
    PlanView view{plan, {}};
    const auto at = std::ranges::find(categories, plan.category_id, &ServiceCategory::id);
    if (at != categories.end()) view.category = {at->id, at->name, at->category_type};
    return view;
}

std::vector<http::Route> catalogue_routes() {
    return {
        http::get<&categories>("/api/services/categories/", "services.categories",
                               {.summary = "The lines of assistance",
                                .etag = true,
                                .personal = false,
                                .list = &kCategories}),
        http::get<&plans>(
            "/api/services/plans/", "services.plans",
            {.summary = "The plans on offer", .etag = true, .personal = false, .list = &kPlans}),
        http::get<&plan>("/api/services/plans/{id}/", "services.plan",
                         {.summary = "One plan and what it covers", .personal = false})};
}

}  // namespace segurifai::services

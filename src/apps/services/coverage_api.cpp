// What a member may ask for now, and why not (API §2.4, services.coverage).

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/platform.hpp"
#include "apps/services/allowance.hpp"
#include "apps/services/allowance_counts.hpp"
#include "apps/services/api.hpp"
#include "base/guatemala.hpp"
#include "http/route.hpp"
#include "sql/statement.hpp"

namespace segurifai::services {
namespace {

struct CoverageQuery {
    static constexpr std::string_view kShape = "CoverageQuery";
    std::optional<CategoryType> category_type;
    std::optional<std::string> service_code;
    std::optional<UserServiceId> subscription_id;
    std::optional<users::UserId> user_id;
    static consteval auto fields() {
        return std::array{
            http::field<&CoverageQuery::category_type>("category_type"),
            http::field<&CoverageQuery::service_code>("service_code",
                                                      {.length = 40, .length_min = 1}),
            http::field<&CoverageQuery::subscription_id>("subscription_id"),
            http::field<&CoverageQuery::user_id>("user_id", {.help = "SUPPORT: whose"})};
    }
};

struct MonthView {
    static constexpr std::string_view kShape = "CoverageMonth";
    UserServiceId subscription_id;
    std::int32_t used = 0;
    std::int32_t limit = 0;
    Date resets_on;
    static consteval auto fields() {
        return std::array{http::field<&MonthView::subscription_id>("subscription_id"),
                          http::field<&MonthView::used>("used"),
                          http::field<&MonthView::limit>("limit"),
                          http::field<&MonthView::resets_on>("resets_on")};
    }
};

struct ServiceLabel {
    static constexpr std::string_view kShape = "ServiceLabel";
    std::string code;
    std::string name;
    Flow flow = Flow::kImmediate;
    static consteval auto fields() {
        return std::array{http::field<&ServiceLabel::code>("code"),
                          http::field<&ServiceLabel::name>("name"),
                          http::field<&ServiceLabel::flow>("flow")};
    }
};

struct YearView {
    static constexpr std::string_view kShape = "CoverageYear";
    std::int32_t used = 0;
    std::optional<std::int32_t> limit;
    Date from;
    Date to;
    static consteval auto fields() {
        return std::array{http::field<&YearView::used>("used"),
                          http::field<&YearView::limit>("limit"),
                          http::field<&YearView::from>("from"), http::field<&YearView::to>("to")};
    }
};

struct CeilingView {
    static constexpr std::string_view kShape = "CoverageCeiling";
    Money limit;
    Money left;
    static consteval auto fields() {
        return std::array{http::field<&CeilingView::limit>("limit"),
                          http::field<&CeilingView::left>("left")};
    }
};

struct LineView {
    static constexpr std::string_view kShape = "CoverageLine";
    ServiceLabel service;
    std::optional<UserServiceId> subscription_id;  ///< nothing = no covered plan has the service
    std::optional<YearView> year;
    std::optional<CeilingView> ceiling;
    std::optional<std::string> pool;
    std::optional<std::int32_t> notice_hours;
    std::vector<Evidence> evidence;
    bool available = false;
    std::optional<LimitKind> reason;
    std::optional<Money> pay_per_use;
    static consteval auto fields() {
        return std::array{http::field<&LineView::service>("service"),
                          http::field<&LineView::subscription_id>("subscription_id"),
                          http::field<&LineView::year>("year"),
                          http::field<&LineView::ceiling>("ceiling"),
                          http::field<&LineView::pool>("pool"),
                          http::field<&LineView::notice_hours>("notice_hours"),
                          http::field<&LineView::evidence>("evidence"),
                          http::field<&LineView::available>("available"),
                          http::field<&LineView::reason>("reason"),
                          http::field<&LineView::pay_per_use>("pay_per_use")};
    }
};

struct CoverageView {
    static constexpr std::string_view kShape = "Coverage";
    std::vector<MonthView> months;
    std::vector<LineView> lines;
    static consteval auto fields() {
        return std::array{http::field<&CoverageView::months>("months"),
                          http::field<&CoverageView::lines>("lines")};
    }
};

const sql::Query kPlansWith{"services.plans_with",
                            "SELECT coverage_details FROM services_serviceplan "
                            "WHERE is_active AND coverage_details <> '{}' ORDER BY id"};

const sql::Query kPrices{"services.pay_per_use_prices",
                         "SELECT service_code, price FROM services_payperuseprice"};

using Prices = std::vector<std::pair<std::string, Money>>;

Task<Result<Prices>> all_prices(sql::Executor& executor) {
    Prices prices;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value price;
        if (row.get(1, sql::ValueType::kDecimal, Money::kScale, price) && !price.is_null())
            prices.emplace_back(row.text(0), Money{price.as_unscaled()});
    });
    const auto ran = co_await executor.run(kPrices, {}, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return prices;
}

std::optional<Money> price_of(const Prices& prices, std::string_view code) {
    const auto found = std::ranges::find(prices, code, &std::pair<std::string, Money>::first);
    return found == prices.end() ? std::nullopt : std::optional(found->second);
}

/// The line of a service in any plan that is sold, for a member whom none covers.
Task<Result<std::optional<ServiceLine>>> line_on_sale(sql::Executor& executor, std::string code) {
    std::optional<ServiceLine> found;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value details;
        if (!row.get(0, sql::ValueType::kJson, 0, details) || details.is_null()) return true;
        const auto coverage = parse_coverage(details.as_text());
        if (!coverage) return true;  // a plan that covers nothing can sell nothing
        const ServiceLine* line = find_line(*coverage, code);
        if (line != nullptr) found = *line;
        return line == nullptr;
    });
    const auto ran = co_await executor.run(kPlansWith, {}, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return found;
}

LineView line_view(const CoveredSubscription& subscription, const ServiceLine& line,
                   std::span<const CountedRequest> requests, Date today) {
    const Counts counts = counts_of(subscription, line, requests, today);
    const Period year = plan_year_of(subscription, today);
    const auto reached = judge(subscription.coverage, line, counts, year, today);
    LineView view;
    view.service = {line.code, line.name, line.flow};
    view.subscription_id = subscription.id;
    view.year = YearView{counts.line_used, line.events_per_year, year.from, year.to};
    if (line.limit)
        view.ceiling = CeilingView{*line.limit, left_of(line, counts).ceiling.value_or(Money{})};
    view.pool = line.pool;
    view.notice_hours = line.notice_hours;
    view.evidence = evidence_of(line, subscription.category_type);
    view.available = !reached;
    if (reached) view.reason = reached->kind;
    return view;
}

MonthView month_view(const CoveredSubscription& subscription,
                     std::span<const CountedRequest> requests, Date today) {
    // Any line tells the month's count: it is the same for all of a subscription.
    Counts counts;
    if (!subscription.coverage.services.empty())
        counts = counts_of(subscription, subscription.coverage.services.front(), requests, today);
    return {subscription.id, counts.month_used, subscription.coverage.max_requests_per_month,
            month_of(today).resets_on()};
}

Result<users::UserId> member_of(const http::Call& call, const CoverageQuery& query) {
    if (call.reach.any) {
        if (!query.user_id) return fault("user_id", "This field is required.");
        return *query.user_id;
    }
    if (query.user_id && query.user_id->value != call.caller.user_id)
        return refuse(Refusal::kNotFound);
    return users::UserId{call.caller.user_id};
}

void keep(std::vector<CoveredSubscription>& subscriptions, const CoverageQuery& query) {
    std::erase_if(subscriptions, [&](const CoveredSubscription& one) {
        return (query.subscription_id && one.id != *query.subscription_id) ||
               (query.category_type && one.category_type != *query.category_type);
    });
}

Task<Result<CoverageView>> coverage(http::Call& call, CoverageQuery query) {
    SEGURIFAI_CO_TRY_AS(const users::UserId member, member_of(call, query));
    sql::Database& database = call.platform.database;
    const Date today = guatemala_date(call.at);
    SEGURIFAI_CO_TRY_AS(auto subscriptions,
                        co_await covered_subscriptions(database, member, today));
    keep(subscriptions, query);
    const Instant since = counted_since(subscriptions, today);
    SEGURIFAI_CO_TRY_AS(const auto requests, co_await counted_requests(database, member, since));
    SEGURIFAI_CO_TRY_AS(const Prices prices, co_await all_prices(database));
    CoverageView view;
    for (const CoveredSubscription& one : subscriptions) {
        view.months.push_back(month_view(one, requests, today));
        for (const ServiceLine& line : one.coverage.services)
            if (!query.service_code || line.code == *query.service_code)
                view.lines.push_back(line_view(one, line, requests, today));
    }
    if (query.service_code && view.lines.empty()) {
        SEGURIFAI_CO_TRY_AS(const auto sold, co_await line_on_sale(database, *query.service_code));
        if (sold) {
            LineView& line = view.lines.emplace_back();
            line.service = {sold->code, sold->name, sold->flow};
            line.reason = LimitKind::kNotCovered;
        }
    }
    for (LineView& line : view.lines) line.pay_per_use = price_of(prices, line.service.code);
    co_return view;
}

}  // namespace

std::vector<http::Route> coverage_routes() {
    return {http::get<&coverage>("/api/services/coverage/", "services.coverage",
                                 {.summary = "What a member may ask for now, and why not"})};
}

}  // namespace segurifai::services

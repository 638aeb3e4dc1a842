#include "apps/services/allowance_counts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/guatemala.hpp"
#include "sql/statement.hpp"

namespace segurifai::services {
namespace {

#define SEGURIFAI_COVERED                                                                    \
    "SELECT us.id, us.plan_id, us.end_date, us.created_at, p.category_id, c.category_type, " \
    "p.coverage_details FROM services_userservice us "                                       \
    "JOIN services_serviceplan p ON p.id = us.plan_id "                                      \
    "JOIN services_servicecategory c ON c.id = p.category_id "                               \
    "WHERE us.user_id = $1 AND us.status = 'ACTIVE' "                                        \
    "AND (us.end_date IS NULL OR us.end_date >= $2) ORDER BY us.id"

const sql::Query kCovered{"services.covered", SEGURIFAI_COVERED, sql::Query::Kind::kPoint};
const sql::Query kHoldCovered{"services.covered.hold", SEGURIFAI_COVERED,
                              SEGURIFAI_COVERED " FOR UPDATE OF us", sql::Query::Kind::kPoint};
#undef SEGURIFAI_COVERED

const sql::Query kCounted{"services.counted_requests",
                          "SELECT user_service_id, metadata ->> 'service_code', created_at, "
                          "COALESCE(actual_cost, estimated_cost) FROM assistance_assistancerequest "
                          "WHERE user_id = $1 AND created_at >= $2 AND status <> 'CANCELLED' "
                          "AND user_service_id IS NOT NULL",
                          sql::Query::Kind::kPoint};

const sql::Query kPrice{"services.pay_per_use_price",
                        "SELECT price FROM services_payperuseprice WHERE service_code = $1",
                        sql::Query::Kind::kPoint};

std::unexpected<Error> corrupt(std::string_view table) {
    return std::unexpected(Error{.code = Code::kCorrupt,
                                 .message = "A stored row is not as it was described.",
                                 .table = std::string(table)});
}

/// Collects subscriptions; the first that cannot be read ends it with its failure.
class CoveredSink final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        if (read(row)) return true;
        if (!error) error = corrupt("services_userservice").error();
        return false;
    }

    std::vector<CoveredSubscription> found;
    std::optional<Error> error;

private:
    bool read(const sql::Row& row) {
        CoveredSubscription& made = found.emplace_back();
        made.id.value = static_cast<std::int32_t>(row.integer(0));
        made.plan_id.value = static_cast<std::int32_t>(row.integer(1));
        sql::Value cell;
        if (!row.get(2, sql::ValueType::kDate, 0, cell)) return false;
        if (!cell.is_null()) made.end_date = cell.as_date();
        if (!row.get(3, sql::ValueType::kInstant, 0, cell) || cell.is_null()) return false;
        made.created_at = cell.as_instant();
        made.category_id.value = static_cast<std::int32_t>(row.integer(4));
        if (!row.get(5, sql::ValueType::kText, 0, cell) || cell.is_null() ||
            !model::Codec<CategoryType>::store(made.category_type, cell))
            return false;
        if (!row.get(6, sql::ValueType::kJson, 0, cell) || cell.is_null()) return false;
        if (cell.as_text() == "{}") return true;  // a plan that covers nothing yet
        auto coverage = parse_coverage(cell.as_text());
        if (!coverage) {
            error = std::move(coverage).error();
            error->code = Code::kCorrupt;  // the fault is in what is stored, not in what was sent
            return false;
        }
        made.coverage = *std::move(coverage);
        return true;
    }
};

Task<Result<std::vector<CoveredSubscription>>> read_covered(sql::Executor& executor,
                                                            const sql::Query& query,
                                                            users::UserId member, Date today) {
    const std::array params{sql::Value::uuid(member.value), sql::Value::date(today)};
    CoveredSink sink;
    const auto ran = co_await executor.run(query, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return std::move(sink.found);
}

}  // namespace

Period plan_year_of(const CoveredSubscription& subscription, Date today) noexcept {
    return plan_year(guatemala_date(subscription.created_at), today);
}

Instant counted_since(std::span<const CoveredSubscription> subscriptions, Date today) {
    Instant since = month_of(today).begins();
    for (const CoveredSubscription& one : subscriptions)
        since = std::min(since, plan_year_of(one, today).begins());
    return since;
}

Counts counts_of(const CoveredSubscription& subscription, const ServiceLine& line,
                 std::span<const CountedRequest> requests, Date today) {
    const Period month = month_of(today);
    const Period year = plan_year_of(subscription, today);
    const auto within = [](Instant at, const Period& period) {
        return at >= period.begins() && at < period.ends();
    };
    Counts counts;
    for (const CountedRequest& one : requests) {
        if (one.subscription_id != subscription.id) continue;
        const ServiceLine* other = find_line(subscription.coverage, one.service_code);
        if (other == nullptr) continue;  // the plan no longer has that service
        if (within(one.created_at, month) && counts_in_month(*other)) ++counts.month_used;
        if (!within(one.created_at, year) || !shares_count(line, *other)) continue;
        ++counts.line_used;
        if (line.pool) counts.pool_ceiling_used.unscaled += one.cost.unscaled;
    }
    return counts;
}

std::vector<Evidence> evidence_of(const ServiceLine& line, CategoryType category) {
    if (line.evidence) return *line.evidence;
    if (line.code == "AMBULANCE") return {Evidence::kForm};
    switch (category) {
        case CategoryType::kRoadside: return {Evidence::kVehiclePhoto, Evidence::kDamagePhoto};
        case CategoryType::kHealth: return {Evidence::kForm};
        case CategoryType::kCardInsurance:
            return {Evidence::kIdFront, Evidence::kIdBack, Evidence::kInvoice};
    }
    return {};
}

Task<Result<std::vector<CoveredSubscription>>> covered_subscriptions(sql::Executor& executor,
                                                                     users::UserId member,
                                                                     Date today) {
    co_return co_await read_covered(executor, kCovered, member, today);
}

Task<Result<std::vector<CoveredSubscription>>> hold_covered_subscriptions(
    sql::Transaction& transaction, users::UserId member, Date today) {
    co_return co_await read_covered(transaction, kHoldCovered, member, today);
}

Task<Result<std::vector<CountedRequest>>> counted_requests(sql::Executor& executor,
                                                           users::UserId member, Instant since) {
    const std::array params{sql::Value::uuid(member.value), sql::Value::instant(since)};
    std::vector<CountedRequest> found;
    bool readable = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        CountedRequest& one = found.emplace_back();
        one.subscription_id.value = static_cast<std::int32_t>(row.integer(0));
        one.service_code = row.text(1);
        sql::Value cell;
        readable = row.get(2, sql::ValueType::kInstant, 0, cell) && !cell.is_null();
        if (!readable) return false;
        one.created_at = cell.as_instant();
        readable = row.get(3, sql::ValueType::kDecimal, Money::kScale, cell);
        if (readable && !cell.is_null()) one.cost.unscaled = cell.as_unscaled();
        return readable;
    });
    const auto ran = co_await executor.run(kCounted, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!readable) co_return corrupt("assistance_assistancerequest");
    co_return found;
}

Task<Result<std::optional<Money>>> pay_per_use_price(sql::Executor& executor,
                                                     std::string service_code) {
    const std::array params{sql::Value::text(service_code)};
    std::optional<Money> price;
    bool readable = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value cell;
        readable = row.get(0, sql::ValueType::kDecimal, Money::kScale, cell) && !cell.is_null();
        if (readable) price = Money{cell.as_unscaled()};
    });
    const auto ran = co_await executor.run(kPrice, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!readable) co_return corrupt("services_payperuseprice");
    co_return price;
}

}  // namespace segurifai::services

#include "apps/assistance/dispatch_entry.hpp"

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "apps/providers/closed_offer.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

const sql::Query kEnter{
    "assistance.dispatch.enter",
    "INSERT INTO dispatch_search (request_id, state, wave, next_at, created_at, updated_at) "
    "VALUES ($1, 'WAITING', 0, $2, $3, $3)"};

const sql::Query kEndSearch{"assistance.dispatch.end_search",
                            "UPDATE dispatch_search SET state = 'ENDED', next_at = NULL, "
                            "updated_at = $2 WHERE request_id = $1 AND state <> 'ENDED'"};

const sql::Query kWithdrawOffers{"assistance.dispatch.withdraw_offers",
                                 "UPDATE dispatch_offer SET state = 'WITHDRAWN', closed_at = $2 "
                                 "WHERE request_id = $1 AND state = 'OPEN' "
                                 "RETURNING id, provider_id"};

const sql::Query kEndAssignment{"assistance.dispatch.end_assignment",
                                "UPDATE dispatch_assignment SET ended_at = $2, end_reason = $3 "
                                "WHERE request_id = $1 AND ended_at IS NULL"};

const sql::Query kArrived{"assistance.dispatch.arrived",
                          "SELECT id FROM dispatch_assignment WHERE request_id = $1 "
                          "AND ended_at IS NULL AND arrived_at IS NOT NULL",
                          sql::Query::Kind::kPoint};

Task<Result<void>> withdraw_offers(sql::Transaction& transaction, Instant at,
                                   AssistanceRequestId request_id) {
    const std::array params{sql::Value::integer(request_id.value), sql::Value::instant(at)};
    std::vector<providers::ClosedOffer> closed;
    auto sink = sql::each_row([&](const sql::Row& row) {
        closed.push_back({.offer = {static_cast<std::int32_t>(row.integer(0))},
                          .unit = {static_cast<std::int32_t>(row.integer(1))},
                          .request = request_id});
    });
    const auto ran = co_await transaction.run(kWithdrawOffers, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    for (const providers::ClosedOffer& one : closed)
        SEGURIFAI_CO_TRY(
            co_await providers::publish_closed(transaction, at, one, "WITHDRAWN", "CANCELLED"));
    co_return Result<void>();
}

}  // namespace

Task<Result<void>> enter_dispatch(sql::Transaction& transaction, Instant at,
                                  AssistanceRequestId request_id, Instant next_at) {
    const std::array params{sql::Value::integer(request_id.value), sql::Value::instant(next_at),
                            sql::Value::instant(at)};
    const auto ran = co_await transaction.run(kEnter, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return Result<void>();
}

Task<Result<void>> leave_dispatch(sql::Transaction& transaction, Instant at,
                                  AssistanceRequestId request_id, std::string reason) {
    SEGURIFAI_CO_TRY(co_await withdraw_offers(transaction, at, request_id));
    const std::array params{sql::Value::integer(request_id.value), sql::Value::instant(at),
                            sql::Value::text(reason)};
    const sql::Params two(params.data(), 2);
    const auto searched = co_await transaction.run(kEndSearch, two);
    if (!searched) co_return std::unexpected(searched.error());
    const auto ended = co_await transaction.run(kEndAssignment, params);
    if (!ended) co_return std::unexpected(ended.error());
    co_return Result<void>();
}

Task<Result<bool>> has_arrived(sql::Executor& executor, AssistanceRequestId request_id) {
    const std::array params{sql::Value::integer(request_id.value)};
    auto sink = sql::each_row([](const sql::Row&) {});
    const auto ran = co_await executor.run(kArrived, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

}  // namespace segurifai::assistance

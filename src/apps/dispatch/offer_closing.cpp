#include "apps/dispatch/offer_closing.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "apps/providers/closed_offer.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using sql::Value;

const sql::Query kLapse{
    "dispatch.offers.lapse",
    "UPDATE dispatch_offer SET state = 'LAPSED', closed_at = expires_at WHERE request_id = $1 AND "
    "state = 'OPEN' AND expires_at <= $2 RETURNING id, provider_id"};
const sql::Query kWithdrawBusy{
    "dispatch.offers.withdraw_busy",
    "UPDATE dispatch_offer SET state = 'WITHDRAWN', closed_at = $2 WHERE request_id = $1 AND "
    "state = 'OPEN' AND provider_id IN (SELECT a.provider_id FROM dispatch_assignment a "
    "WHERE a.ended_at IS NULL AND NOT a.is_desk) RETURNING id, provider_id"};
const sql::Query kWithdraw{
    "dispatch.offers.withdraw",
    "UPDATE dispatch_offer SET state = 'WITHDRAWN', closed_at = $2 WHERE request_id = $1 AND "
    "state = 'OPEN' RETURNING id, provider_id"};
const sql::Query kTake{
    "dispatch.offers.take",
    "UPDATE dispatch_offer SET state = 'TAKEN', closed_at = $2 WHERE request_id = $1 AND "
    "state = 'OPEN' AND id <> $3 RETURNING id, provider_id"};

Task<Result<std::size_t>> close(sql::Transaction& transaction, const sql::Query& query,
                                sql::Params params, Instant now,
                                assistance::AssistanceRequestId request, std::string_view state,
                                std::string_view reason) {
    std::vector<providers::ClosedOffer> closed;
    auto sink = sql::each_row([&](const sql::Row& row) {
        closed.push_back({.offer = {static_cast<std::int32_t>(row.integer(0))},
                          .unit = {static_cast<std::int32_t>(row.integer(1))},
                          .request = request});
    });
    const auto ran = co_await transaction.run(query, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    for (const providers::ClosedOffer& one : closed)
        SEGURIFAI_CO_TRY(co_await providers::publish_closed(transaction, now, one, state, reason));
    co_return closed.size();
}

}  // namespace

Task<Result<std::size_t>> lapse_offers(sql::Transaction& transaction, Instant now,
                                       assistance::AssistanceRequestId request) {
    const std::array params{Value::integer(request.value), Value::instant(now)};
    co_return co_await close(transaction, kLapse, params, now, request, "LAPSED", "LAPSED");
}

Task<Result<std::size_t>> withdraw_offers_of_busy(sql::Transaction& transaction, Instant now,
                                                  assistance::AssistanceRequestId request) {
    const std::array params{Value::integer(request.value), Value::instant(now)};
    co_return co_await close(transaction, kWithdrawBusy, params, now, request, "WITHDRAWN",
                             "WITHDRAWN");
}

Task<Result<std::size_t>> withdraw_offers(sql::Transaction& transaction, Instant now,
                                          assistance::AssistanceRequestId request) {
    const std::array params{Value::integer(request.value), Value::instant(now)};
    co_return co_await close(transaction, kWithdraw, params, now, request, "WITHDRAWN",
                             "CANCELLED");
}

Task<Result<std::size_t>> close_siblings(sql::Transaction& transaction, Instant now,
                                         assistance::AssistanceRequestId request,
                                         OfferId accepted) {
    const std::array params{Value::integer(request.value), Value::instant(now),
                            Value::integer(accepted.value)};
    co_return co_await close(transaction, kTake, params, now, request, "TAKEN", "TAKEN");
}

}  // namespace segurifai::dispatch

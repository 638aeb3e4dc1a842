#include "apps/dispatch/offers.hpp"

#include <array>
#include <utility>

#include "apps/assistance/request_row.hpp"
#include "apps/audit/service.hpp"
#include "apps/dispatch/earnings.hpp"
#include "apps/dispatch/offer_closing.hpp"
#include "apps/platform.hpp"
#include "apps/providers/closed_offer.hpp"
#include "apps/unit_of_work.hpp"
#include "base/json_object.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::dispatch {
namespace {

using sql::Value;

const sql::Query kOpen{
    "dispatch.offers.open",
    "SELECT o.id, o.request_id, COALESCE(r.metadata ->> 'service_code', ''), r.title, "
    "r.location_city, o.distance_km, o.eta_minutes, o.pay_base, o.pay_distance_bonus, "
    "o.expires_at FROM dispatch_offer o "
    "JOIN assistance_assistancerequest r ON r.id = o.request_id "
    "WHERE o.provider_id = $1 AND o.state = 'OPEN' AND o.expires_at > $2 "
    "ORDER BY o.expires_at, o.id"};
const sql::Query kDecline{
    "dispatch.offer.decline",
    "UPDATE dispatch_offer SET state = 'DECLINED', closed_at = $2, decline_reason = $3, note = $4 "
    "WHERE id = $1 AND state = 'OPEN' AND expires_at > $2"};
const sql::Query kLookNow{"dispatch.search.look_now",
                          "UPDATE dispatch_search SET next_at = $2, updated_at = $2 "
                          "WHERE request_id = $1 AND state = 'WAITING'"};

Task<Result<http::NoContent>> decline_now(sql::Transaction& transaction, http::Call& call,
                                          const DeclineInput& input) {
    SEGURIFAI_CO_TRY_AS(const OfferId id, call.path_id<OfferId>());
    const auto offer = co_await model::find<Offer>(transaction, id);
    if (!offer) co_return std::unexpected(offer.error());
    if (!*offer || (*offer)->provider_id.value != call.caller.provider_id)
        co_return refuse(Refusal::kNotFound);
    const assistance::AssistanceRequestId request = (*offer)->request_id;
    // As every writer of a request does, its row first.
    const auto held = co_await assistance::find_for_update(transaction, request);
    if (!held) co_return std::unexpected(held.error());
    const std::string note = input.note.value_or("");
    const std::array closing{Value::integer(id.value), Value::instant(call.at),
                             Value::text(model::word(input.reason)), Value::text(note)};
    const auto declined = co_await transaction.run(kDecline, closing);
    if (!declined) co_return std::unexpected(declined.error());
    if (*declined == 0) co_return refuse(Refusal::kOfferClosed);
    const std::array looking{Value::integer(request.value), Value::instant(call.at)};
    const auto due = co_await transaction.run(kLookNow, looking);
    if (!due) co_return std::unexpected(due.error());
    const providers::ClosedOffer closed{
        .offer = id, .unit = (*offer)->provider_id, .request = request};
    SEGURIFAI_CO_TRY(
        co_await providers::publish_closed(transaction, call.at, closed, "DECLINED", "DECLINED"));
    JsonObject after;
    after.text("reason", model::word(input.reason)).text("state", "DECLINED");
    audit::Change change{.action = {},
                         .object_table = "dispatch_offer",
                         .object_id = std::to_string(id.value),
                         .before = R"({"state":"OPEN"})",
                         .after = after.to_string()};
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    co_return http::NoContent{};
}

}  // namespace

Task<Result<std::vector<OfferView>>> offers(http::Call& call) {
    if (!call.caller.provider_id) co_return refuse(Refusal::kNotFound);
    std::vector<OfferView> open;
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        OfferView& view = open.emplace_back();
        Earnings pay;
        model::Cells cells(row);
        cells >> view.id >> view.request_id >> view.service_code >> view.title >> view.area >>
            view.distance_km >> view.eta_minutes >> pay.base >> pay.distance_bonus >>
            view.expires_at;
        view.pay = {.base = pay.base, .distance_bonus = pay.distance_bonus, .total = pay.total()};
        good = cells.good() && good;
    });
    const std::array params{Value::integer(*call.caller.provider_id), Value::instant(call.at)};
    const auto ran = co_await call.platform.database.run(kOpen, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A stored offer does not read back.");
    co_return open;
}

Task<Result<http::NoContent>> decline(http::Call& call, DeclineInput input) {
    const apps::Work<http::NoContent> work =
        [&](sql::Transaction& transaction) -> Task<Result<http::NoContent>> {
        co_return co_await decline_now(transaction, call, input);
    };
    const auto done = co_await apps::perform<http::NoContent>(call, work);
    if (done) call.platform.wake_dispatch();
    co_return done;
}

}  // namespace segurifai::dispatch

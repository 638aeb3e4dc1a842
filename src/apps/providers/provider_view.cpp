#include "apps/providers/provider_view.hpp"

#include <algorithm>
#include <utility>

#include "http/call.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using model::Filter;
using sql::Value;

const sql::Query kApprovedCodes{
    "providers.approved_codes",
    "SELECT code FROM providers_capability WHERE provider_id = $1 AND approved ORDER BY code",
    sql::Query::Kind::kPoint};

const sql::Query kHold{"providers.hold", "SELECT id FROM providers_provider WHERE id = $1",
                       "SELECT id FROM providers_provider WHERE id = $1 FOR NO KEY UPDATE",
                       sql::Query::Kind::kOrdinary};

/// The rows of a table that belong to a unit.
template <model::Described T>
Task<Result<std::vector<T>>> rows_of(sql::Executor& executor, ProviderId id,
                                     std::string_view order) {
    Filter filter(model::table_of<T>());
    SEGURIFAI_CO_TRY(
        filter.where("provider_id", Filter::Operator::kEqual, Value::integer(id.value)));
    SEGURIFAI_CO_TRY(filter.order_by(order));
    co_return co_await model::list<T>(executor, std::move(filter));
}

/// The read of the codes of one card.
class CodesOf final : public sql::RowSink {
public:
    explicit CodesOf(Card& card) : card_(card), key_{Value::integer(card.id.value)} {}

    [[nodiscard]] sql::Asked asked(sql::Engine engine) {
        return {kApprovedCodes.on(engine), key_, this};
    }
    bool on_row(const sql::Row& row) override {
        card_.capabilities.emplace_back(row.text(0));
        return true;
    }

private:
    Card& card_;
    std::array<Value, 1> key_;
};

}  // namespace

Task<Result<void>> add_approved_codes(sql::Executor& executor, std::span<Card* const> cards) {
    std::vector<CodesOf> reads;
    std::vector<sql::Asked> asked;
    reads.reserve(cards.size());  // what is asked points into it
    asked.reserve(cards.size());
    for (Card* card : cards) asked.push_back(reads.emplace_back(*card).asked(executor.engine()));
    co_return co_await executor.run_all(std::move(asked));
}

Task<Result<Full>> full_of(sql::Executor& executor, Provider provider, http::Caller caller) {
    Full view;
    const ProviderId id = provider.id;
    SEGURIFAI_CO_TRY_AS(const auto vehicles, co_await rows_of<Vehicle>(executor, id, "id"));
    SEGURIFAI_CO_TRY_AS(const auto codes, co_await rows_of<Capability>(executor, id, "code"));
    SEGURIFAI_CO_TRY_AS(const auto location,
                        co_await model::find_by<ProviderLocation>(executor, "provider_id", id));
    for (const Vehicle& one : vehicles) view.vehicles.push_back({one});
    for (const Capability& one : codes) view.capabilities.push_back({one.code, one.approved});
    if (location && location->last_updated != kNeverHeard)
        view.location.emplace(LocationView{*location});
    if (sees_notes(caller)) view.verification_notes.emplace() = provider.verification_notes;
    view.provider = std::move(provider);
    co_return view;
}

Task<Result<Full>> find_full(sql::Executor& executor, ProviderId id, http::Caller caller) {
    SEGURIFAI_CO_TRY_AS(auto found, co_await model::find<Provider>(executor, id));
    if (!found) co_return refuse(Refusal::kNotFound);
    co_return co_await full_of(executor, *std::move(found), caller);
}

std::string etag_of_full(Full view) {
    view.location.reset();
    return http::etag_of_value(view);
}

std::optional<apps::Position> headquarters_of(const Provider& provider) {
    if (!provider.latitude || !provider.longitude) return std::nullopt;
    return apps::position_of(*provider.latitude, *provider.longitude);
}

Task<Result<Provider>> hold_provider(sql::Transaction& transaction, ProviderId id) {
    const std::array params{Value::integer(id.value)};
    const auto held = co_await transaction.run(kHold, params);
    if (!held) co_return std::unexpected(held.error());
    SEGURIFAI_CO_TRY_AS(auto found, co_await model::find<Provider>(transaction, id));
    if (!found) co_return refuse(Refusal::kNotFound);
    co_return *std::move(found);
}

}  // namespace segurifai::providers

#include "apps/providers/card_read.hpp"

#include <algorithm>
#include <ranges>
#include <string>
#include <utility>

#include "model/cells.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

std::string select_card(std::string_view join) {
    return "SELECT p.id, p.company_name, p.city, p.state, p.rating, p.total_reviews, "
           "p.total_completed, p.is_available, p.created_at, p.status, (SELECT " +
           std::string(join) +
           "(c.code, ',') FROM providers_capability c WHERE c.provider_id = p.id AND c.approved) "
           "FROM providers_provider p WHERE p.id = $1";
}

const std::string kCardSqlite = select_card("group_concat");
const std::string kCardPostgres = select_card("string_agg");
const sql::Query kCard{"providers.card", kCardSqlite, kCardPostgres, sql::Query::Kind::kPoint};

/// Of codes joined by commas, in any order.
std::vector<std::string> sorted_codes(std::string_view joined) {
    std::vector<std::string> codes;
    for (const auto code : std::views::split(joined, ','))
        codes.emplace_back(code.begin(), code.end());
    std::ranges::sort(codes);
    return codes;
}

}  // namespace

CardRead::CardRead(ProviderId id) noexcept : key_{sql::Value::integer(id.value)} {}

sql::Asked CardRead::asked(sql::Engine engine, const Uuid& /*account*/) {
    return {kCard.on(engine), key_, this};
}

bool CardRead::on_row(const sql::Row& row) {
    CardOfUnit unit;
    Card& card = unit.card;
    std::optional<std::string> codes;
    model::Cells cells(row);
    cells >> card.id >> card.company_name >> card.city >> card.state >> card.rating >>
        card.total_reviews >> card.total_completed >> card.is_available >> card.member_since >>
        unit.status >> codes;
    if (codes) card.capabilities = sorted_codes(*codes);
    if (cells.good())
        found_ = std::move(unit);
    else
        found_ = fail(Code::kCorrupt, "A unit is not as it was described.");
    return false;
}

Result<std::optional<CardOfUnit>> CardRead::take() {
    return std::move(found_);
}

std::unique_ptr<http::EarlyRead> early_card(const http::Call& call) {
    const auto id = call.path_id<ProviderId>();
    return id ? std::make_unique<CardRead>(*id) : nullptr;
}

Result<CardOfUnit> card_named(const http::Call& call) {
    if (!call.early) return refuse(Refusal::kNotFound);
    // Only early_card made it: the routes say so.
    SEGURIFAI_TRY_AS(auto found, static_cast<CardRead&>(*call.early).take());
    if (!found) return refuse(Refusal::kNotFound);
    return *std::move(found);
}

}  // namespace segurifai::providers

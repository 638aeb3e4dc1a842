#include "apps/assistance/visible_request.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "apps/assistance/request_row.hpp"
#include "model/cells.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

const sql::Query kIdOfNumber{
    "assistance.request.id_of_number",
    "SELECT id FROM assistance_assistancerequest WHERE request_number = $1",
    sql::Query::Kind::kPoint};

const sql::Query kEndedAt{"assistance.request.ended_at",
                          "SELECT MAX(created_at) FROM assistance_requestupdate "
                          "WHERE request_id = $1 AND update_type = 'STATUS_CHANGE'",
                          sql::Query::Kind::kPoint};

Task<Result<AssistanceRequestId>> id_named(sql::Executor& executor, const http::Call& call) {
    if (!names_a_number(call)) co_return call.path_id<AssistanceRequestId>();
    const std::array params{sql::Value::text(call.path_parameters[0])};
    std::optional<AssistanceRequestId> id;
    auto sink = sql::each_row([&](const sql::Row& row) {
        id = AssistanceRequestId{static_cast<std::int32_t>(row.integer(0))};
    });
    const auto ran = co_await executor.run(kIdOfNumber, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!id) co_return refuse(Refusal::kNotFound);
    co_return *id;
}

Result<VisibleRow> row_seen_by(const http::Call& call, std::optional<AssistanceRequest> row) {
    if (!row) return refuse(Refusal::kNotFound);
    const auto audience = audience_of(call, row->user_id, row->provider_id);
    if (!audience) return refuse(Refusal::kNotFound);
    return VisibleRow{*std::move(row), *audience};
}

}  // namespace

std::unique_ptr<http::EarlyRead> early_visible(const http::Call& call) {
    return early_named<DetailRead>(call);
}

bool names_a_number(const http::Call& call) noexcept {
    return call.path_parameters[0].starts_with("REQ-");
}

Task<Result<VisibleRequest>> find_visible(sql::Executor& executor, const http::Call& call) {
    if (!call.early) co_return refuse(Refusal::kNotFound);
    // Only early_visible made it: the routes say so.
    SEGURIFAI_CO_TRY_AS(auto found, static_cast<DetailRead&>(*call.early).take());
    if (!found) co_return refuse(Refusal::kNotFound);
    const auto audience = audience_of(call, found->row.user_id, found->row.provider_id);
    if (!audience) co_return refuse(Refusal::kNotFound);
    if (*audience != Audience::kMember) SEGURIFAI_CO_TRY(co_await add_member(executor, *found));
    co_return VisibleRequest{std::move(found), *audience};
}

Task<Result<VisibleRow>> find_visible_row(sql::Executor& executor, const http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const AssistanceRequestId id, co_await id_named(executor, call));
    co_return co_await find_visible_row(executor, call, id);
}

Task<Result<VisibleRow>> find_visible_row(sql::Executor& executor, const http::Call& call,
                                          AssistanceRequestId id) {
    SEGURIFAI_CO_TRY_AS(auto row, co_await model::find<AssistanceRequest>(executor, id));
    co_return row_seen_by(call, std::move(row));
}

Task<Result<VisibleRow>> hold_visible(sql::Transaction& transaction, const http::Call& call) {
    SEGURIFAI_CO_TRY_AS(const AssistanceRequestId id, co_await id_named(transaction, call));
    co_return co_await hold_visible(transaction, call, id);
}

Task<Result<VisibleRow>> hold_visible(sql::Transaction& transaction, const http::Call& call,
                                      AssistanceRequestId id) {
    SEGURIFAI_CO_TRY_AS(auto row, co_await find_for_update(transaction, id));
    co_return row_seen_by(call, std::move(row));
}

Task<Result<std::optional<Instant>>> ended_at(sql::Executor& executor,
                                              const AssistanceRequest& request) {
    std::optional<Instant> at;
    if (!is_ended(request.status)) co_return at;
    const std::array params{sql::Value::integer(request.id.value)};
    bool good = true;
    auto sink = sql::each_row([&](const sql::Row& row) {
        model::Cells cells(row);
        cells >> at;
        good = cells.good();
    });
    const auto ran = co_await executor.run(kEndedAt, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (!good) co_return fail(Code::kCorrupt, "A timeline has no time.");
    if (!at) at = request.completed_at ? *request.completed_at : request.updated_at;
    co_return at;
}

}  // namespace segurifai::assistance

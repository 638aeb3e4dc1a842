#include "apps/assistance/request_row.hpp"

#include <array>

#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

const sql::Query kHold{"assistance.request.hold",
                       "SELECT id FROM assistance_assistancerequest WHERE id = $1",
                       "SELECT id FROM assistance_assistancerequest WHERE id = $1 FOR UPDATE",
                       sql::Query::Kind::kPoint};

}  // namespace

Task<Result<std::optional<AssistanceRequest>>> find_for_update(sql::Transaction& transaction,
                                                               AssistanceRequestId id) {
    const std::array params{sql::Value::integer(id.value)};
    auto sink = sql::each_row([](const sql::Row&) {});
    const auto held = co_await transaction.run(kHold, params, &sink);
    if (!held) co_return std::unexpected(held.error());
    if (*held == 0) co_return std::optional<AssistanceRequest>();
    co_return co_await model::find<AssistanceRequest>(transaction, id);
}

}  // namespace segurifai::assistance

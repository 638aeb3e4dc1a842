#include "apps/audit/service.hpp"

#include <array>

#include "http/route.hpp"
#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::audit {
namespace {

const sql::Query kRecord{
    "audit.record",
    "INSERT INTO audit_event (at, actor_id, action, object_table, object_id, before, after, "
    "request_id, address) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

struct Who {
    sql::Value actor;
    std::string_view action;
    std::string_view request_id;
    std::string_view address;
};

Task<Result<void>> write(sql::Transaction& transaction, Instant at, Who who, Change change) {
    const std::array params{sql::Value::instant(at),
                            who.actor,
                            sql::Value::text(change.action.empty() ? who.action : change.action),
                            sql::Value::text(change.object_table),
                            sql::Value::text(change.object_id),
                            sql::Value::json(change.before),
                            sql::Value::json(change.after),
                            sql::Value::text(who.request_id),
                            sql::Value::text(who.address)};
    co_return co_await transaction.run_later(kRecord, params);
}

}  // namespace

Task<Result<void>> record(sql::Transaction& transaction, const http::Call& call, Change change) {
    const Who who{call.caller.signed_in() ? sql::Value::uuid(call.caller.user_id)
                                          : sql::Value::null(sql::ValueType::kUuid),
                  call.route.operation, call.request_id, call.address};
    co_return co_await write(transaction, call.at, who, std::move(change));
}

Task<Result<void>> record_by_platform(sql::Transaction& transaction, Instant at, Change change) {
    const Who who{sql::Value::null(sql::ValueType::kUuid), "platform", {}, {}};
    co_return co_await write(transaction, at, who, std::move(change));
}

}  // namespace segurifai::audit

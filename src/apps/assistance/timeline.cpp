#include "apps/assistance/timeline.hpp"

#include <array>

#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

const sql::Query kAdd{
    "assistance.update.add",
    "INSERT INTO assistance_requestupdate (id, request_id, user_id, update_type, message, "
    "metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id"};

}  // namespace

Task<Result<RequestUpdateId>> add_update(sql::Transaction& transaction, Instant at,
                                         UpdateEntry entry) {
    SEGURIFAI_CO_TRY_AS(const std::optional<std::int64_t> key,
                        co_await transaction.next_key("assistance_requestupdate"));
    const std::array params{
        key ? sql::Value::integer(*key) : sql::Value::null(sql::ValueType::kInteger),
        sql::Value::integer(entry.request_id.value),
        entry.author ? sql::Value::uuid(entry.author->value)
                     : sql::Value::null(sql::ValueType::kUuid),
        sql::Value::text(model::word(entry.type)),
        sql::Value::text(entry.message),
        sql::Value::json(entry.metadata),
        sql::Value::instant(at)};
    RequestUpdateId id{};
    if (key) {
        id.value = static_cast<std::int32_t>(*key);
        SEGURIFAI_CO_TRY(co_await transaction.run_later(kAdd, params));
        co_return id;
    }
    auto sink = sql::each_row(
        [&](const sql::Row& row) { id.value = static_cast<std::int32_t>(row.integer(0)); });
    const auto ran = co_await transaction.run(kAdd, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return id;
}

}  // namespace segurifai::assistance

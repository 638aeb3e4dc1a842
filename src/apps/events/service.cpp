#include "apps/events/service.hpp"

#include <array>

#include "sql/statement.hpp"
#include "sql/value.hpp"

namespace segurifai::events {
namespace {

// The writers of one object hold its row, so that two of them never read the same number.
const sql::Query kPublish{
    "events.publish",
    "INSERT INTO events_outbox (name, object_table, object_id, sequence, payload, created_at) "
    "SELECT $1, CAST($2 AS TEXT), CAST($3 AS TEXT), COALESCE(MAX(sequence), 0) + 1, $4, $5 "
    "FROM events_outbox WHERE object_table = CAST($2 AS TEXT) AND object_id = CAST($3 AS TEXT)"};

const sql::Query kLast{"events.last",
                       "SELECT name, payload FROM events_outbox WHERE object_table = $1 AND "
                       "object_id = $2 ORDER BY sequence DESC LIMIT 1"};
const sql::Query kOldestWaiting{"events.oldest_waiting",
                                "SELECT created_at FROM events_outbox WHERE delivered_at IS NULL "
                                "ORDER BY id LIMIT 1"};

}  // namespace

Task<Result<void>> publish(sql::Transaction& transaction, Instant at, Event event) {
    const std::array params{sql::Value::text(event.name), sql::Value::text(event.object_table),
                            sql::Value::text(event.object_id), sql::Value::json(event.payload),
                            sql::Value::instant(at)};
    co_return co_await transaction.run_later(kPublish, params);
}

Task<Result<std::optional<Told>>> last_of(sql::Executor& executor, std::string_view object_table,
                                          std::string_view object_id) {
    const std::array params{sql::Value::text(object_table), sql::Value::text(object_id)};
    std::optional<Told> last;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value payload;
        if (row.get(1, sql::ValueType::kJson, 0, payload))
            last =
                Told{.name = std::string(row.text(0)), .payload = std::string(payload.as_text())};
    });
    const auto read = co_await executor.run(kLast, params, &sink);
    if (!read) co_return std::unexpected(read.error());
    co_return last;
}

Task<Result<std::optional<Instant>>> oldest_waiting(sql::Executor& executor) {
    std::optional<Instant> oldest;
    auto sink = sql::each_row([&](const sql::Row& row) {
        sql::Value at;
        if (row.get(0, sql::ValueType::kInstant, 0, at) && !at.is_null()) oldest = at.as_instant();
    });
    const auto read = co_await executor.run(kOldestWaiting, {}, &sink);
    if (!read) co_return std::unexpected(read.error());
    co_return oldest;
}

}  // namespace segurifai::events

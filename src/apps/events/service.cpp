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

}  // namespace

Task<Result<void>> publish(sql::Transaction& transaction, Instant at, Event event) {
    const std::array params{sql::Value::text(event.name), sql::Value::text(event.object_table),
                            sql::Value::text(event.object_id), sql::Value::json(event.payload),
                            sql::Value::instant(at)};
    co_return co_await transaction.run_later(kPublish, params);
}

}  // namespace segurifai::events

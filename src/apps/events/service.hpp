#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::events {

/// An event of API §3.6. The payload is a canonical JSON object of ids and states.
struct Event {
    std::string_view name;  ///< "request.created"
    std::string_view object_table;
    std::string object_id;
    std::string payload = "{}";
};

/// Puts an event into the outbox, in the transaction of what it tells, with the next number of its
/// object.
[[nodiscard]] Task<Result<void>> publish(sql::Transaction& transaction, Instant at, Event event);

}  // namespace segurifai::events

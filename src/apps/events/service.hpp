#pragma once

#include <optional>
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

/// An event that is in the outbox.
struct Told {
    std::string name;
    std::string payload;  ///< canonical JSON
};
/// The newest event of an object; nothing when there is none.
[[nodiscard]] Task<Result<std::optional<Told>>> last_of(sql::Executor& executor,
                                                        std::string_view object_table,
                                                        std::string_view object_id);

/// When the oldest event that was not delivered yet happened; nothing when none waits.
[[nodiscard]] Task<Result<std::optional<Instant>>> oldest_waiting(sql::Executor& executor);

}  // namespace segurifai::events

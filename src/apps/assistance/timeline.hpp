#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "apps/assistance/choices.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// One line of the timeline of a request.
struct UpdateEntry {
    AssistanceRequestId request_id;
    std::optional<users::UserId> author;  ///< nobody = the platform itself
    UpdateType type = UpdateType::kNote;
    std::string message;          ///< for people, at most 2000 characters; of the platform: in
                                  ///< Spanish, with its English in timeline_sentences.cpp
    std::string metadata = "{}";  ///< canonical JSON object
};

/// Adds a line to the timeline, in the transaction of what it tells. Returns its key.
[[nodiscard]] Task<Result<RequestUpdateId>> add_update(sql::Transaction& transaction, Instant at,
                                                       UpdateEntry entry);

}  // namespace segurifai::assistance

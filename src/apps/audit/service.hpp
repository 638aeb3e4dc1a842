#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

namespace segurifai::audit {

/// What is recorded about a write besides who, when and from where.
struct Change {
    std::string_view action;  ///< empty = the call's operation
    std::string_view object_table;
    std::string object_id;
    std::string before = "{}";  ///< canonical JSON object of the changed columns, no credentials
    std::string after = "{}";
};

/// Records a write of an operation, in its transaction.
[[nodiscard]] Task<Result<void>> record(sql::Transaction& transaction, const http::Call& call,
                                        Change change);

/// The same for what the platform does by itself (timers); `actor` is nobody.
[[nodiscard]] Task<Result<void>> record_by_platform(sql::Transaction& transaction, Instant at,
                                                    Change change);

}  // namespace segurifai::audit

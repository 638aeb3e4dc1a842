#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "apps/assistance/request_detail.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/list.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// A request in the archive, with its row and its job as they were; its unit and its member are
/// live rows still, and not read.
struct ArchivedRequestDetail {
    RequestDetail detail;
    Instant archived_at;
};

struct ArchivedRequestPage {
    http::PageLinks links;
    std::vector<std::string> fields;
    std::vector<ArchivedRequestDetail> requests;
};

/// Where staff find the requests that have left the live tables, two years after their end (RULES
/// §11). The archive stands above this app and implements it.
class RequestArchive {
public:
    virtual ~RequestArchive() = default;

    /// The request that had that key, or has that number; nothing when the archive has none.
    [[nodiscard]] virtual Task<Result<std::optional<ArchivedRequestDetail>>> find(
        sql::Executor& executor, std::variant<AssistanceRequestId, std::string> name) const = 0;

    /// The page of `requests.list` that the call asks for, of archived requests. kInvalid for a
    /// filter or an order that the archive does not offer.
    [[nodiscard]] virtual Task<Result<ArchivedRequestPage>> page(const http::Call& call) const = 0;
};

}  // namespace segurifai::assistance

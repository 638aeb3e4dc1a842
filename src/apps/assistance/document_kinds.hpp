#pragma once

#include "apps/assistance/tables.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// Writes into the request's metadata, as "documents", which kinds of documents it has that were
/// not REJECTED: every view of a request asks, and no index leads from it to them. To be called by
/// whatever adds a document or decides about one, in the transaction that holds `request`'s row.
[[nodiscard]] Task<Result<void>> note_document_kinds(sql::Transaction& transaction, Clock& clock,
                                                     AssistanceRequest& request);

}  // namespace segurifai::assistance

#pragma once

#include <concepts>
#include <memory>
#include <optional>

#include "apps/assistance/request_detail.hpp"
#include "apps/assistance/request_view.hpp"
#include "apps/assistance/tables.hpp"
#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// A request with all that its views show, and as whom the caller sees it.
struct VisibleRequest {
    std::unique_ptr<RequestDetail> detail;  ///< never null
    Audience audience = Audience::kMember;
};

/// Whether the path names a request by its request_number, and not by its key.
[[nodiscard]] bool names_a_number(const http::Call& call) noexcept;

/// An early read of the request that the path names, by its key or its request_number; null when it
/// is neither.
template <std::derived_from<http::EarlyRead> Read>
[[nodiscard]] std::unique_ptr<http::EarlyRead> early_named(const http::Call& call) {
    if (names_a_number(call)) return std::make_unique<Read>(call.path_parameters[0]);
    const auto id = call.path_id<AssistanceRequestId>();
    return id ? std::make_unique<Read>(*id) : nullptr;
}

/// For routes that answer with find_visible: its read, which goes with that of the caller. Null
/// when the path is neither a key nor a request_number.
[[nodiscard]] std::unique_ptr<http::EarlyRead> early_visible(const http::Call& call);

/// The request that the path of such a route names, by its key or its request_number. Refuses with
/// kNotFound when there is none, or it is somebody else's.
[[nodiscard]] Task<Result<VisibleRequest>> find_visible(sql::Executor& executor,
                                                        const http::Call& call);

/// Its row alone.
struct VisibleRow {
    AssistanceRequest row;
    Audience audience = Audience::kMember;
};
[[nodiscard]] Task<Result<VisibleRow>> find_visible_row(sql::Executor& executor,
                                                        const http::Call& call);
[[nodiscard]] Task<Result<VisibleRow>> find_visible_row(sql::Executor& executor,
                                                        const http::Call& call,
                                                        AssistanceRequestId id);

/// The same, held until the transaction ends.
[[nodiscard]] Task<Result<VisibleRow>> hold_visible(sql::Transaction& transaction,
                                                    const http::Call& call);
[[nodiscard]] Task<Result<VisibleRow>> hold_visible(sql::Transaction& transaction,
                                                    const http::Call& call, AssistanceRequestId id);

/// When the request ended: its last change of status; nothing while it is open. In the transaction
/// that holds its row.
[[nodiscard]] Task<Result<std::optional<Instant>>> ended_at(sql::Executor& executor,
                                                            const AssistanceRequest& request);

}  // namespace segurifai::assistance

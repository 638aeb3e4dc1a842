// Cancelling a request (API §2.6).

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/assistance/dispatch_entry.hpp"
#include "apps/assistance/request_view.hpp"
#include "apps/assistance/status_change.hpp"
#include "apps/assistance/visible_request.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"

namespace segurifai::assistance {
namespace {

struct Cancellation {
    static constexpr std::string_view kShape = "RequestCancellation";
    std::string reason;
    static consteval auto fields() {
        return std::array{
            http::field<&Cancellation::reason>("reason", {.length = 500, .length_min = 1})};
    }
};

constexpr std::array kRefusals{Refusal::kInvalidTransition};

/// As whom the table of transitions sees the caller: SUPPORT acts for the member.
Actor actor_of(Audience audience, const http::Caller& caller) noexcept {
    return audience == Audience::kStaff && caller.has(http::Scope::kOperations) ? Actor::kStaff
                                                                                : Actor::kMember;
}

Task<Result<RequestView>> cancel(http::Call& call, Cancellation input) {
    auto body = [&](sql::Transaction& transaction) -> Task<Result<RequestView>> {
        SEGURIFAI_CO_TRY_AS(const VisibleRow held, co_await hold_visible(transaction, call));
        const AssistanceRequestId id = held.row.id;
        SEGURIFAI_CO_TRY_AS(const bool arrived, co_await has_arrived(transaction, id));
        if (!may_cancel(held.audience, call.caller, held.row.status, arrived))
            co_return refuse(Refusal::kInvalidTransition);
        StatusChange change{.request_id = id,
                            .from = held.row.status,
                            .to = RequestStatus::kCancelled,
                            .actor = actor_of(held.audience, call.caller),
                            .reason = input.reason};
        SEGURIFAI_CO_TRY(co_await change_status(transaction, call, std::move(change)));
        SEGURIFAI_CO_TRY(co_await leave_dispatch(transaction, call.at, id, input.reason));
        SEGURIFAI_CO_TRY_AS(auto detail, co_await find_detail(transaction, id));
        if (!detail) co_return fail(Code::kInternal, "A request went while it was held.");
        if (held.audience != Audience::kMember)
            SEGURIFAI_CO_TRY(co_await add_member(transaction, *detail));
        co_return view_of(std::move(*detail), held.audience, call.caller);
    };
    const apps::Work<RequestView> work = body;
    auto done = co_await apps::perform<RequestView>(call, work);
    if (done) call.platform.wake_dispatch();  // a unit may be free
    co_return done;
}

}  // namespace

std::vector<http::Route> cancellation_routes() {
    return {
        http::post<&cancel>("/api/assistance/requests/{id}/cancel/", "requests.cancel",
                            {.summary = "Cancel a request", .keyed = true, .refusals = kRefusals})};
}

}  // namespace segurifai::assistance

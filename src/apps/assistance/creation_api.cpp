// requests.create (API §2.6).

#include <array>
#include <string>
#include <utility>

#include "apps/assistance/api.hpp"
#include "apps/assistance/creation.hpp"
#include "apps/assistance/request_view.hpp"
#include "apps/platform.hpp"
#include "apps/unit_of_work.hpp"

namespace segurifai::assistance {
namespace {

constexpr std::array kRefusals{Refusal::kNotCovered,          Refusal::kQuotaExceeded,
                               Refusal::kVehicleNotCovered,   Refusal::kNoticeTooShort,
                               Refusal::kLocationRequired,    Refusal::kOutsideArea,
                               Refusal::kDuplicateOpenRequest};

Task<Result<RequestView>> create_request(http::Call& call, NewRequest input) {
    auto body = [&](sql::Transaction& transaction) -> Task<Result<RequestView>> {
        SEGURIFAI_CO_TRY_AS(const AssistanceRequestId id,
                            co_await create(transaction, call, input));
        SEGURIFAI_CO_TRY_AS(auto detail, co_await find_detail(transaction, id));
        if (!detail) co_return fail(Code::kInternal, "A new request was not found.");
        call.answer.set("Location", "/api/assistance/requests/" + std::to_string(id.value) + "/");
        co_return view_of(std::move(*detail), Audience::kMember, call.caller);
    };
    const apps::Work<RequestView> work = body;
    auto done = co_await apps::perform<RequestView>(call, work);
    if (done) call.platform.wake_dispatch();
    co_return done;
}

}  // namespace

std::vector<http::Route> creation_routes() {
    return {http::post<&create_request>(
        "/api/assistance/requests/", "requests.create",
        {.summary = "Ask for help", .status = 201, .keyed = true, .refusals = kRefusals})};
}

}  // namespace segurifai::assistance

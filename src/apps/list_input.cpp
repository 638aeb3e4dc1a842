// The part of http/route.hpp that needs what the product works with: the signer of cursors, and
// the day in Guatemala.

#include <fmt/format.h>

#include <utility>

#include "apps/platform.hpp"
#include "base/guatemala.hpp"
#include "http/route.hpp"

namespace segurifai::http {

Result<ListQuery> read_list_input(Call& call) {
    const ListAsker asker{
        .given = {.person = call.caller.user_id, .today = guatemala_date(call.at)},
        .is_staff = call.reach.any};
    SEGURIFAI_TRY_AS(ListQuery query, parse_list(*call.route.options.list, call.request.path,
                                                 call.query, call.platform.cursors, asker));
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    for (const std::string& name : query.fields) {
        if (!has_member(*call.route.output.type, name))
            error.faults.push_back({"fields", fmt::format("There is no field '{}'.", name)});
    }
    if (!error.faults.empty()) return std::unexpected(std::move(error));
    return query;
}

}  // namespace segurifai::http

// The list of requests, and one of them (API §2.6).

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "apps/assistance/api.hpp"
#include "apps/assistance/request_archive.hpp"
#include "apps/assistance/request_detail.hpp"
#include "apps/assistance/request_view.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/assistance/visible_request.hpp"
#include "apps/platform.hpp"
#include "apps/services/coverage.hpp"
#include "apps/users/tables.hpp"

namespace segurifai::assistance {
namespace {

using model::Filter;

constexpr std::array kFilters{
    std::string_view("status"),       std::string_view("priority"),
    std::string_view("provider_id"),  std::string_view("service_category_id"),
    std::string_view("user_id"),      std::string_view("created_at"),
    std::string_view("location_city")};
constexpr std::array kDerived{
    http::DerivedFilter{.name = "service_code", .expression = "metadata ->> 'service_code'"},
    http::DerivedFilter{.name = "flow",
                        .expression = "metadata ->> 'flow'",
                        .choices = model::kWords<services::Flow>},
    http::DerivedFilter{.name = "open",
                        .expression = "status IN ('PENDING', 'ASSIGNED', 'IN_PROGRESS')",
                        .type = model::Type::kBoolean},
    // What this lists is live. Staff who ask for `archived=true` get a page of the archive.
    http::DerivedFilter{.name = "archived", .expression = "FALSE", .type = model::Type::kBoolean}};
constexpr std::array kSearch{std::string_view("request_number"), std::string_view("title"),
                             std::string_view("description"), std::string_view("location_address")};
constexpr std::array kMemberTexts{std::string_view("first_name"), std::string_view("last_name")};
constexpr model::ReferredTexts kMember{.column = "user_id",
                                       .table = &model::table_of<users::User>(),
                                       .texts = kMemberTexts,
                                       .phone = "phone_number"};
constexpr std::array kOrders{std::string_view("-created_at"), std::string_view("priority"),
                             std::string_view("status"), std::string_view("completed_at")};
constexpr std::array kRanked{std::string_view("priority")};
constexpr http::ListSpec kRequests{.table = &model::table_of<AssistanceRequest>(),
                                   .filters = kFilters,
                                   .derived = kDerived,
                                   .search = kSearch,
                                   .staff_search = &kMember,
                                   .orders = kOrders,
                                   .ranked = kRanked};

/// Whose requests the caller sees: any, their own, or those in their unit's hands.
Result<Audience> limit_to_caller(const http::Call& call, Filter& filter) {
    if (call.reach.any) return Audience::kStaff;
    if (call.reach.own) {
        SEGURIFAI_TRY(filter.where("user_id", Filter::Operator::kEqual,
                                   sql::Value::uuid(call.caller.user_id)));
        return Audience::kMember;
    }
    if (!call.caller.provider_id) return refuse(Refusal::kPermissionDenied);
    SEGURIFAI_TRY(filter.where("provider_id", Filter::Operator::kEqual,
                               sql::Value::integer(*call.caller.provider_id)));
    return Audience::kUnit;
}

/// What of a row and beside it the members of a view are made from.
class Needs {
public:
    explicit Needs(std::span<const std::string> fields) {
        for (const std::string& field : fields) add(field);
        for (const std::string_view always : {"id", "user_id", "provider_id", "status"})
            add(always);
    }

    [[nodiscard]] std::span<const std::size_t> columns() const noexcept { return columns_; }
    [[nodiscard]] const RequestParts& parts() const noexcept { return parts_; }

private:
    struct Derived {
        std::string_view field;
        std::string_view columns;  ///< beside those that are always read, joined by spaces
        RequestParts parts;
    };
    static constexpr std::array kDerived{
        Derived{"tracking_state", "location_latitude location_longitude", {.unit = false}},
        Derived{"provider", "", {.position = false}},
        Derived{"covered", "metadata actual_cost", kNoParts},
        Derived{"can_cancel", "", {.unit = false, .position = false}},
        Derived{"documents_missing", "metadata", kNoParts},
        Derived{
            "member", "metadata", {.unit = false, .job = false, .position = false, .member = true}},
        Derived{"pay", "", {.unit = false, .position = false}}};

    void add(std::string_view field) {
        const model::Table& table = model::table_of<AssistanceRequest>();
        if (const model::Column* column = table.find(field); column != nullptr)
            columns_.push_back(static_cast<std::size_t>(column - table.columns.data()));
        const auto derived = std::ranges::find(kDerived, field, &Derived::field);
        if (derived == kDerived.end()) return;
        for (std::string_view rest = derived->columns; !rest.empty();) {
            const std::size_t end = std::min(rest.find(' '), rest.size());
            add(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        parts_.unit |= derived->parts.unit;
        parts_.job |= derived->parts.job;
        parts_.position |= derived->parts.position;
        parts_.member |= derived->parts.member;
    }

    std::vector<std::size_t> columns_;
    RequestParts parts_ = kNoParts;
};

/// As staff see requests that are in the archive.
Task<Result<std::vector<RequestView>>> archived_views(const http::Call& call,
                                                      std::vector<ArchivedRequestDetail> archived) {
    std::vector<RequestDetail> details;
    details.reserve(archived.size());
    for (ArchivedRequestDetail& one : archived) details.push_back(std::move(one.detail));
    const RequestParts parts{.job = false, .position = false, .member = true};
    SEGURIFAI_CO_TRY(co_await read_parts(call.platform.database, details, parts));
    std::vector<RequestView> views;
    views.reserve(details.size());
    for (std::size_t i = 0; i < details.size(); ++i) {
        views.push_back(view_of(std::move(details[i]), Audience::kStaff, call.caller));
        views.back().archived_at.emplace() = archived[i].archived_at;
    }
    co_return views;
}

/// Staff alone see the archive (API §2.6).
const RequestArchive* archive_for(const http::Call& call) {
    return call.reach.any ? call.platform.request_archive : nullptr;
}

bool wants_archive(const http::Call& call) {
    return std::ranges::find(call.query, std::pair(std::string("archived"), std::string("true"))) !=
           call.query.end();
}

Task<Result<http::Page<RequestView>>> list_archive(const http::Call& call,
                                                   const RequestArchive& archive) {
    auto found = co_await archive.page(call);
    if (!found) {
        call.platform.archive_failed(found.error());
        co_return std::unexpected(std::move(found).error());
    }
    http::Page<RequestView> page{found->links, {}, found->fields};
    SEGURIFAI_CO_TRY_AS(page.results, co_await archived_views(call, std::move(found->requests)));
    co_return page;
}

Task<Result<http::Page<RequestView>>> list(http::Call& call, http::ListQuery query) {
    if (const RequestArchive* archive = archive_for(call);
        archive != nullptr && wants_archive(call))
        co_return co_await list_archive(call, *archive);
    SEGURIFAI_CO_TRY_AS(const Audience audience, limit_to_caller(call, query.filter));
    RequestParts parts{.member = audience != Audience::kMember};
    if (!query.fields.empty()) {
        const Needs needs(query.fields);
        query.filter.only(needs.columns());
        parts = needs.parts();
        parts.member &= audience != Audience::kMember;
    }
    sql::Database& database = call.platform.database;
    auto rows = co_await http::read_page<AssistanceRequest>(database, query, call.platform.cursors);
    if (!rows) co_return std::unexpected(std::move(rows).error());
    std::vector<RequestDetail> details;
    details.reserve(rows->rows.size());
    for (AssistanceRequest& row : rows->rows) details.emplace_back(std::move(row));
    SEGURIFAI_CO_TRY(co_await read_parts(database, details, parts));
    http::Page<RequestView> page{rows->links, {}, query.fields};
    page.results.reserve(details.size());
    for (RequestDetail& one : details)
        page.results.push_back(view_of(std::move(one), audience, call.caller));
    co_return page;
}

/// The archived request that the path names.
Task<Result<RequestView>> archived_detail(const http::Call& call, const RequestArchive& archive) {
    std::variant<AssistanceRequestId, std::string> name(std::string(call.path_parameters[0]));
    if (!names_a_number(call)) {
        SEGURIFAI_CO_TRY_AS(name, call.path_id<AssistanceRequestId>());
    }
    auto found = co_await archive.find(call.platform.database, std::move(name));
    if (!found) {
        call.platform.archive_failed(found.error());
        co_return std::unexpected(std::move(found).error());
    }
    if (!*found) co_return refuse(Refusal::kNotFound);
    std::vector<ArchivedRequestDetail> one;
    one.push_back(std::move(**found));
    SEGURIFAI_CO_TRY_AS(std::vector<RequestView> views,
                        co_await archived_views(call, std::move(one)));
    co_return std::move(views.front());
}

Task<Result<RequestView>> detail(http::Call& call) {
    auto seen = co_await find_visible(call.platform.database, call);
    if (seen) co_return view_of(std::move(*seen->detail), seen->audience, call.caller);
    const RequestArchive* archive = archive_for(call);
    if (archive == nullptr || seen.error().refusal != Refusal::kNotFound)
        co_return std::unexpected(std::move(seen).error());
    co_return co_await archived_detail(call, *archive);
}

constexpr std::array kArchiveRefusals{Refusal::kArchiveDamaged};

}  // namespace

std::vector<http::Route> request_routes() {
    return {
        http::get<&list>("/api/assistance/requests/", "requests.list",
                         {.summary = "Requests for assistance",
                          .list = &kRequests,
                          .refusals = kArchiveRefusals}),
        http::get<&detail>("/api/assistance/requests/{id}/", "requests.detail",
                           {.summary = "One request, by id or request_number; archived ones for "
                                       "staff",
                            .etag = true,
                            .early = &early_visible,
                            .refusals = kArchiveRefusals})};
}

}  // namespace segurifai::assistance

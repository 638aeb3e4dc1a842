#include "ops/retention/archived_requests.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "apps/archive/tables.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/platform.hpp"
#include "apps/registry.hpp"
#include "apps/users/tables.hpp"
#include "base/guatemala.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "ops/retention/request_text.hpp"
#include "sql/statement.hpp"

namespace segurifai::retention {
namespace {

using archive::ArchivedRequest;
using assistance::ArchivedRequestDetail;
using assistance::ArchivedRequestPage;

constexpr std::array kFilters{std::string_view("status"), std::string_view("provider_id"),
                              std::string_view("user_id"), std::string_view("created_at")};
constexpr std::array kDerived{
    http::DerivedFilter{.name = "location_city", .expression = "city"},
    http::DerivedFilter{.name = "open", .expression = "FALSE", .type = model::Type::kBoolean},
    http::DerivedFilter{.name = "archived", .expression = "TRUE", .type = model::Type::kBoolean}};
constexpr std::array kSearch{std::string_view("request_number"), std::string_view("title"),
                             std::string_view("search_text")};
constexpr std::array kMemberTexts{std::string_view("first_name"), std::string_view("last_name")};
constexpr model::ReferredTexts kMember{.column = "user_id",
                                       .table = &model::table_of<users::User>(),
                                       .texts = kMemberTexts,
                                       .phone = "phone_number"};
constexpr std::array kOrders{std::string_view("-created_at")};
constexpr http::ListSpec kArchived{.table = &model::table_of<ArchivedRequest>(),
                                   .filters = kFilters,
                                   .derived = kDerived,
                                   .search = kSearch,
                                   .staff_search = &kMember,
                                   .orders = kOrders};

std::string selecting(std::string_view column) {
    return fmt::format("SELECT {} FROM archive_request WHERE {} = $1",
                       model::plan_of<ArchivedRequest>().statements.column_list(), column);
}
const std::string kByIdText = selecting("request_id");
const std::string kByNumberText = selecting("request_number");
const sql::Query kById{"archive.request.by_id", kByIdText, sql::Query::Kind::kPoint};
const sql::Query kByNumber{"archive.request.by_number", kByNumberText, sql::Query::Kind::kPoint};

/// Its steps, without the vehicle, which is no part of the tree.
assistance::JobFacts facts_of(const dispatch::Assignment& job) {
    return {.is_desk = job.is_desk,
            .assigned_at = job.assigned_at,
            .promised_at = job.promised_at,
            .arrival_estimate_at = job.arrival_estimate_at,
            .departed_at = job.departed_at,
            .arrived_at = job.arrived_at,
            .started_at = job.started_at,
            .ended_at = job.ended_at,
            .pay_base = job.pay_base,
            .pay_distance_bonus = job.pay_distance_bonus,
            .vehicle = {}};
}

class ArchivedRequests final : public assistance::RequestArchive {
public:
    explicit ArchivedRequests(model::Registry registry) : registry_(std::move(registry)) {}

    Task<Result<std::optional<ArchivedRequestDetail>>> find(
        sql::Executor& executor,
        std::variant<assistance::AssistanceRequestId, std::string> name) const override {
        const auto* id = std::get_if<assistance::AssistanceRequestId>(&name);
        const std::array params{id != nullptr ? sql::Value::integer(id->value)
                                              : sql::Value::text(std::get<std::string>(name))};
        const sql::Query& query = id != nullptr ? kById : kByNumber;
        model::RowOf<ArchivedRequest> sink;
        const auto ran = co_await executor.run(query, params, &sink);
        if (!ran) co_return std::unexpected(ran.error());
        if (sink.error) co_return std::unexpected(*std::move(sink.error));
        std::optional<ArchivedRequestDetail> found;
        if (!sink.found) co_return found;
        Packer packer;
        SEGURIFAI_CO_TRY_AS(found, detail_of(*sink.found, packer));
        co_return found;
    }

    Task<Result<ArchivedRequestPage>> page(const http::Call& call) const override {
        const http::ListAsker asker{
            .given = {.person = call.caller.user_id, .today = guatemala_date(call.at)},
            .is_staff = true};
        const security::TextSigner& cursors = call.platform.cursors;
        SEGURIFAI_CO_TRY_AS(http::ListQuery query, http::parse_list(kArchived, call.request.path,
                                                                    call.query, cursors, asker));
        ArchivedRequestPage page{.links = {}, .fields = query.fields, .requests = {}};
        SEGURIFAI_CO_TRY_AS(const auto rows,
                            co_await http::read_page<ArchivedRequest>(call.platform.database,
                                                                      std::move(query), cursors));
        page.links = rows.links;
        Packer packer;
        for (const ArchivedRequest& row : rows.rows) {
            SEGURIFAI_CO_TRY_AS(auto detail, detail_of(row, packer));
            page.requests.push_back(std::move(detail));
        }
        co_return page;
    }

private:
    Result<ArchivedRequestDetail> detail_of(const ArchivedRequest& archived, Packer& packer) const {
        SEGURIFAI_TRY_AS(const std::string text, packer.unpack(archived));
        const auto rows = rows_of(registry_, text);
        if (!rows || rows->empty()) return unreadable(archived);
        ArchivedRequestDetail found{.detail = {}, .archived_at = archived.archived_at};
        if (!rows->front().to_struct(&found.detail.row)) return unreadable(archived);
        for (const model::Record& row : *rows) {
            if (&row.table() != &model::table_of<dispatch::Assignment>()) continue;
            dispatch::Assignment job;
            if (!row.to_struct(&job)) return unreadable(archived);
            // In the order of their keys: the last one of the unit that ended it stays.
            if (job.provider_id == found.detail.row.provider_id) found.detail.job = facts_of(job);
        }
        return found;
    }

    static std::unexpected<Error> unreadable(const ArchivedRequest& archived) {
        return fail_damaged(archived.request_number,
                            fmt::format("The archive of {} holds rows that today's tables cannot.",
                                        archived.request_number));
    }

    model::Registry registry_;
};

}  // namespace

Result<std::unique_ptr<assistance::RequestArchive>> archived_requests() {
    SEGURIFAI_TRY(http::check_list(kArchived));
    SEGURIFAI_TRY_AS(model::Registry registry, model::Registry::make(apps::all_tables()));
    return std::make_unique<ArchivedRequests>(std::move(registry));
}

}  // namespace segurifai::retention

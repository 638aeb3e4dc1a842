#include "apps/assistance/request_detail.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "model/cells.hpp"
#include "model/row_mapping.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

/// The request's columns, from its description, and the kinds of its documents. These are found
/// through the timeline, which is indexed by request; their own table is not.
std::string select_request(std::string_view joined_text, std::string_view where) {
    std::string text = "SELECT ";
    for (const model::Column& column : model::table_of<AssistanceRequest>().columns) {
        text += "r.";
        text += column.name;
        text += ", ";
    }
    text += "(SELECT ";
    text += joined_text;
    text +=
        "(d.document_type, ',') FROM assistance_requestupdate t "
        "JOIN assistance_requestdocument d "
        "ON d.id = CAST(t.metadata ->> 'document_id' AS INTEGER) "
        "WHERE t.request_id = r.id AND t.update_type = 'DOCUMENT' "
        "AND d.review_status <> 'REJECTED') "
        "FROM assistance_assistancerequest r WHERE ";
    text += where;
    return text;
}

/// What only a request with a unit has. `request`: the expression of its id. `from`: FROM and how
/// the provider p is found.
std::string select_unit(std::string_view joined_text, std::string_view request,
                        std::string_view from) {
    std::string text = "SELECT ";
    text += request;
    text +=
        ", p.id, p.company_name, p.city, p.state, p.rating, p.total_reviews, "
        "p.total_completed, p.is_available, p.created_at, pu.id, pu.first_name, pu.phone_number, "
        "pu.profile_picture, (SELECT ";
    text += joined_text;
    text +=
        "(c.code, ',') FROM providers_capability c WHERE c.provider_id = p.id AND c.approved), "
        "a.is_desk, a.assigned_at, a.promised_at, a.arrival_estimate_at, a.departed_at, "
        "a.arrived_at, a.started_at, a.ended_at, a.pay_base, a.pay_distance_bonus, "
        "v.kind, v.plate, v.color, "
        "l.latitude, l.longitude, l.heading, l.speed, l.last_updated "
        "FROM ";
    const std::size_t where = from.find(" WHERE ");
    text += from.substr(0, where);
    text +=
        " JOIN users_user pu ON pu.id = p.user_id "
        "LEFT JOIN dispatch_assignment a ON a.provider_id = p.id "
        "AND a.id = (SELECT MAX(x.id) FROM dispatch_assignment x WHERE x.request_id = ";
    text += request;
    text +=
        ") LEFT JOIN providers_vehicle v ON v.id = a.vehicle_id "
        "LEFT JOIN providers_providerlocation l ON l.provider_id = p.id";
    text += from.substr(where);
    return text;
}

/// Of the request $1, whose unit is $2.
std::string select_one_unit(std::string_view joined_text, std::string_view) {
    return select_unit(joined_text, "$1", "providers_provider p WHERE p.id = $2");
}

std::string select_units(std::string_view joined_text, std::string_view where) {
    return select_unit(joined_text, "r.id",
                       "assistance_assistancerequest r JOIN providers_provider p "
                       "ON p.id = r.provider_id WHERE " +
                           std::string(where));
}

constexpr std::string_view kSqliteJoined = "group_concat";
constexpr std::string_view kPostgresJoined = "string_agg";

/// One text in the spellings of both engines.
struct Spelling {
    std::string sqlite;
    std::string postgres;
    using Select = std::string (*)(std::string_view joined_text, std::string_view where);
    Spelling(Select select, std::string_view where)
        : sqlite(select(kSqliteJoined, where)), postgres(select(kPostgresJoined, where)) {}
};

const Spelling kByIdText(select_request, "r.id = $1");
const Spelling kByNumberText(select_request, "r.request_number = $1");
const Spelling kUnitText(select_one_unit, {});
const sql::Query kById{"assistance.request.detail", kByIdText.sqlite, kByIdText.postgres,
                       sql::Query::Kind::kPoint};
const sql::Query kByNumber{"assistance.request.detail_by_number", kByNumberText.sqlite,
                           kByNumberText.postgres, sql::Query::Kind::kPoint};
const sql::Query kUnitOf{"assistance.request.unit", kUnitText.sqlite, kUnitText.postgres,
                         sql::Query::Kind::kPoint};

const sql::Query kMember{"assistance.request.member",
                         "SELECT id, first_name, phone_number FROM users_user WHERE id = $1",
                         sql::Query::Kind::kPoint};

constexpr int kRowColumns = static_cast<int>(model::table_of<AssistanceRequest>().columns.size());
constexpr int kJobCells = 10;
constexpr int kVehicleCells = 3;

void read_unit(model::Cells& cells, std::optional<UnitFacts>& out) {
    UnitFacts& unit = out.emplace();
    std::optional<std::string> capabilities;
    cells >> unit.id >> unit.company_name >> unit.city >> unit.state >> unit.rating >>
        unit.total_reviews >> unit.total_completed >> unit.is_available >> unit.created_at >>
        unit.user_id >> unit.first_name >> unit.phone >> unit.picture >> capabilities;
    unit.capabilities = std::move(capabilities).value_or(std::string());
}

void read_job(model::Cells& cells, std::optional<JobFacts>& out) {
    if (cells.next_is_null()) return cells.skip(kJobCells + kVehicleCells);
    JobFacts& job = out.emplace();
    cells >> job.is_desk >> job.assigned_at >> job.promised_at >> job.arrival_estimate_at >>
        job.departed_at >> job.arrived_at >> job.started_at >> job.ended_at >> job.pay_base >>
        job.pay_distance_bonus;
    if (cells.next_is_null()) return cells.skip(kVehicleCells);
    VehicleFacts& vehicle = job.vehicle.emplace();
    cells >> vehicle.kind >> vehicle.plate >> vehicle.color;
}

void read_position(model::Cells& cells, std::optional<PositionFacts>& out) {
    if (cells.next_is_null()) return;
    PositionFacts& position = out.emplace();
    cells >> position.latitude >> position.longitude >> position.heading >> position.speed >>
        position.last_updated;
}

Error not_as_described() {
    return {.code = Code::kCorrupt,
            .message = "What a request is joined with is not as it was described.",
            .table = "assistance_assistancerequest"};
}

class DetailSink final : public sql::RowSink {
public:
    bool on_row(const sql::Row& row) override {
        RequestDetail& detail = found.emplace_back();
        const model::FirstCells own(row, kRowColumns);
        auto decoded = model::decode_into(model::table_of<AssistanceRequest>(), own, &detail.row);
        if (!decoded) {
            error = std::move(decoded).error();
            return false;
        }
        model::Cells cells(row, kRowColumns);
        std::optional<std::string> documents;
        cells >> documents;
        detail.document_types = std::move(documents).value_or(std::string());
        if (cells.good()) return true;
        error = not_as_described();
        return false;
    }

    std::vector<RequestDetail> found;
    std::optional<Error> error;
};

/// Adds what select_unit gives to the requests it is of.
class UnitSink final : public sql::RowSink {
public:
    explicit UnitSink(std::vector<RequestDetail>& details) : details_(details) {}

    bool on_row(const sql::Row& row) override {
        model::Cells cells(row);
        AssistanceRequestId id;
        cells >> id;
        const auto at = std::ranges::find(details_, id, [](const auto& one) { return one.row.id; });
        if (at == details_.end()) return true;
        read_unit(cells, at->unit);
        read_job(cells, at->job);
        read_position(cells, at->position);
        if (cells.good()) return true;
        error = not_as_described();
        return false;
    }

    std::optional<Error> error;

private:
    std::vector<RequestDetail>& details_;
};

/// Adds the members to the requests that are theirs.
class MemberSink final : public sql::RowSink {
public:
    explicit MemberSink(std::span<RequestDetail> details) : details_(details) {}

    bool on_row(const sql::Row& row) override {
        model::Cells cells(row);
        users::UserId id;
        MemberFacts member;
        cells >> id >> member.first_name >> member.phone;
        if (cells.good()) {
            for (RequestDetail& one : details_)
                if (one.row.user_id == id) one.member = member;
            return true;
        }
        error = not_as_described();
        return false;
    }

    std::optional<Error> error;

private:
    std::span<RequestDetail> details_;
};

Task<Result<void>> add_members(sql::Executor& executor, sql::Statement statement, sql::Params keys,
                               std::span<RequestDetail> details) {
    MemberSink sink(details);
    const auto ran = co_await executor.run(statement, keys, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return Result<void>();
}

Task<Result<std::optional<RequestDetail>>> find_one(sql::Executor& executor,
                                                    const sql::Query& query, sql::Value key) {
    const std::array params{key};
    DetailSink sink;
    const auto ran = co_await executor.run(query, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    std::optional<RequestDetail> found;
    if (sink.found.empty()) co_return found;
    if (sink.found.front().row.provider_id) {
        const AssistanceRequest& row = sink.found.front().row;
        const std::array keys{sql::Value::integer(row.id.value),
                              sql::Value::integer(row.provider_id->value)};
        UnitSink units(sink.found);
        const auto joined = co_await executor.run(kUnitOf, keys, &units);
        if (!joined) co_return std::unexpected(joined.error());
        if (units.error) co_return std::unexpected(std::move(*units.error));
    }
    found = std::move(sink.found.front());
    co_return found;
}

/// "r.id IN ($1, $2, …)", of that column.
std::string among(std::string_view column, std::size_t count) {
    std::string where(column);
    where += " IN (";
    for (std::size_t i = 1; i <= count; ++i) {
        if (i > 1) where += ", ";
        where += '$';
        where += std::to_string(i);
    }
    where += ')';
    return where;
}

}  // namespace

Task<Result<std::optional<RequestDetail>>> find_detail(sql::Executor& executor,
                                                       AssistanceRequestId id) {
    co_return co_await find_one(executor, kById, sql::Value::integer(id.value));
}

Task<Result<std::optional<RequestDetail>>> find_detail_by_number(sql::Executor& executor,
                                                                 std::string request_number) {
    co_return co_await find_one(executor, kByNumber, sql::Value::text(request_number));
}

Task<Result<void>> add_member(sql::Executor& executor, RequestDetail& detail) {
    const std::array key{sql::Value::uuid(detail.row.user_id.value)};
    co_return co_await add_members(executor, kMember.on(executor.engine()), key, {&detail, 1});
}

Task<Result<std::vector<RequestDetail>>> list_details(sql::Executor& executor,
                                                      std::vector<AssistanceRequestId> ids,
                                                      bool with_members) {
    std::vector<RequestDetail> none;
    if (ids.empty()) co_return none;
    std::vector<sql::Value> params;
    params.reserve(ids.size());
    for (const AssistanceRequestId id : ids) params.push_back(sql::Value::integer(id.value));
    const bool sqlite = executor.engine() == sql::Engine::kSqlite;
    const std::string_view joined_text = sqlite ? kSqliteJoined : kPostgresJoined;
    const std::string text = select_request(joined_text, among("r.id", params.size()));
    const sql::Statement statement{"assistance.request.details", text};
    DetailSink sink;
    const auto ran = co_await executor.run(statement, params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));

    params.clear();
    for (const RequestDetail& one : sink.found)
        if (one.row.provider_id) params.push_back(sql::Value::integer(one.row.id.value));
    if (!params.empty()) {
        const std::string unit_text = select_units(joined_text, among("r.id", params.size()));
        const sql::Statement units{"assistance.request.units", unit_text};
        UnitSink unit_sink(sink.found);
        const auto joined = co_await executor.run(units, params, &unit_sink);
        if (!joined) co_return std::unexpected(joined.error());
        if (unit_sink.error) co_return std::unexpected(std::move(*unit_sink.error));
    }
    if (with_members && !sink.found.empty()) {
        std::vector<Uuid> people;
        for (const RequestDetail& one : sink.found) people.push_back(one.row.user_id.value);
        std::ranges::sort(people);
        const auto repeated = std::ranges::unique(people);
        people.erase(repeated.begin(), repeated.end());
        params.clear();
        for (const Uuid& one : people) params.push_back(sql::Value::uuid(one));
        const std::string member_text =
            "SELECT id, first_name, phone_number FROM users_user WHERE " +
            among("id", params.size());
        const sql::Statement members{"assistance.request.members", member_text};
        SEGURIFAI_CO_TRY(co_await add_members(executor, members, params, sink.found));
    }
    const auto place = [&](const RequestDetail& one) { return std::ranges::find(ids, one.row.id); };
    std::ranges::sort(sink.found, {}, place);
    co_return std::move(sink.found);
}

}  // namespace segurifai::assistance

#include "apps/assistance/request_detail.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "apps/assistance/request_row.hpp"
#include "apps/assistance/transitions.hpp"
#include "model/cells.hpp"
#include "model/row_mapping.hpp"
#include "sql/statement.hpp"

namespace segurifai::assistance {
namespace {

// The columns of each part. A unit, a vehicle and a position are there when their first one is.
constexpr std::string_view kUnitColumns =
    "p.company_name, p.city, p.state, p.rating, p.total_reviews, p.total_completed, "
    "p.is_available, p.created_at, u.id, u.first_name, u.phone_number, u.profile_picture, "
    "(SELECT {join}(c.code, ',') FROM providers_capability c "
    "WHERE c.provider_id = p.id AND c.approved)";
constexpr std::string_view kJobColumns =
    "a.id, a.is_desk, a.assigned_at, a.promised_at, a.arrival_estimate_at, a.departed_at, "
    "a.arrived_at, a.started_at, a.ended_at, a.pay_base, a.pay_distance_bonus, "
    "v.kind, v.plate, v.color";
constexpr std::string_view kPositionColumns =
    "l.latitude, l.longitude, l.heading, l.speed, l.last_updated";
constexpr int kUnitCells = 13;
constexpr int kJobCells = 14;

/// `text` with {unit}, {job}, {position} and {row} as the columns of these, and {join} as the
/// function that joins texts.
std::string filled(std::string text, std::string_view join) {
    const std::string row = row_columns("r.");
    const std::array<std::pair<std::string_view, std::string_view>, 5> parts{{
        {"{row}", row},
        {"{unit}", kUnitColumns},
        {"{job}", kJobColumns},
        {"{position}", kPositionColumns},
        {"{join}", join},
    }};
    for (const auto& [name, written] : parts)
        if (const std::size_t at = text.find(name); at != std::string::npos)
            text.replace(at, name.size(), written);
    return text;
}

/// One text in the spellings of both engines.
struct Spelling {
    std::string sqlite;
    std::string postgres;
    explicit Spelling(const std::string& text)
        : sqlite(filled(text, "group_concat")), postgres(filled(text, "string_agg")) {}
};

constexpr auto kPoint = sql::Query::Kind::kPoint;

/// A request with its unit, the jobs of that unit on it (hardly ever more than one), and where the
/// unit is while it has the request in hands. The plus keeps the engines from looking through all
/// the unit ever did.
const std::string kWholeText =
    "SELECT {row}, {unit}, {job}, {position} FROM assistance_assistancerequest r "
    "LEFT JOIN providers_provider p ON p.id = r.provider_id "
    "LEFT JOIN users_user u ON u.id = p.user_id "
    "LEFT JOIN dispatch_assignment a ON a.request_id = r.id AND +a.provider_id = p.id "
    "LEFT JOIN providers_vehicle v ON v.id = a.vehicle_id "
    "LEFT JOIN providers_providerlocation l ON l.provider_id = p.id "
    "AND r.status IN ('ASSIGNED', 'IN_PROGRESS') WHERE ";
const Spelling kByIdText(kWholeText + "r.id = $1");
const Spelling kByNumberText(kWholeText + "r.request_number = $1");
const sql::Query kById{"assistance.request.whole", kByIdText.sqlite, kByIdText.postgres, kPoint};
const sql::Query kByNumber{"assistance.request.whole_by_number", kByNumberText.sqlite,
                           kByNumberText.postgres, kPoint};

const Spelling kUnitText(
    "SELECT {unit} FROM providers_provider p JOIN users_user u ON u.id = p.user_id "
    "WHERE p.id = $1");
const sql::Query kUnit{"assistance.request.unit", kUnitText.sqlite, kUnitText.postgres, kPoint};
const Spelling kJobText(
    "SELECT {job} FROM dispatch_assignment a LEFT JOIN providers_vehicle v ON v.id = a.vehicle_id "
    "WHERE a.id = (SELECT MAX(id) FROM dispatch_assignment WHERE request_id = $1) "
    "AND a.provider_id = $2");
const sql::Query kJob{"assistance.request.job", kJobText.sqlite, kJobText.postgres, kPoint};
const Spelling kPositionText(
    "SELECT {position} FROM providers_providerlocation l WHERE l.provider_id = $1");
const sql::Query kPosition{"assistance.request.position", kPositionText.sqlite,
                           kPositionText.postgres, kPoint};
const sql::Query kMember{"assistance.request.member",
                         "SELECT first_name, phone_number FROM users_user WHERE id = $1", kPoint};

Error not_as_described() {
    return {.code = Code::kCorrupt,
            .message = "What a request is joined with is not as it was described.",
            .table = "assistance_assistancerequest"};
}

void read_unit(model::Cells& cells, RequestDetail& detail) {
    UnitFacts& unit = detail.unit.emplace();
    unit.id = *detail.row.provider_id;
    std::optional<std::string> capabilities;
    cells >> unit.company_name >> unit.city >> unit.state >> unit.rating >> unit.total_reviews >>
        unit.total_completed >> unit.is_available >> unit.created_at >> unit.user_id >>
        unit.first_name >> unit.phone >> unit.picture >> capabilities;
    unit.capabilities = std::move(capabilities).value_or(std::string());
}

void read_job(model::Cells& cells, RequestDetail& detail) {
    JobFacts& job = detail.job.emplace();
    cells >> job.id >> job.is_desk >> job.assigned_at >> job.promised_at >>
        job.arrival_estimate_at >> job.departed_at >> job.arrived_at >> job.started_at >>
        job.ended_at >> job.pay_base >> job.pay_distance_bonus;
    if (cells.next_is_null()) return;
    VehicleFacts& vehicle = job.vehicle.emplace();
    cells >> vehicle.kind >> vehicle.plate >> vehicle.color;
}

/// Of several jobs the last one counts.
void read_last_job(model::Cells& cells, RequestDetail& detail) {
    const std::optional<JobFacts> other = std::exchange(detail.job, std::nullopt);
    read_job(cells, detail);
    if (other && other->id.value > detail.job->id.value) detail.job = other;
}

void read_position(model::Cells& cells, RequestDetail& detail) {
    PositionFacts& position = detail.position.emplace();
    cells >> position.latitude >> position.longitude >> position.heading >> position.speed >>
        position.last_updated;
}

void read_member(model::Cells& cells, RequestDetail& detail) {
    MemberFacts& member = detail.member.emplace();
    cells >> member.first_name >> member.phone;
}

constexpr int kRowColumns = static_cast<int>(model::table_of<AssistanceRequest>().columns.size());

/// One point read for one request.
class Lookup final : public sql::RowSink {
public:
    using Read = void (*)(model::Cells& cells, RequestDetail& detail);

    Lookup(const sql::Query& query, Read read, RequestDetail& detail, sql::Value key)
        : Lookup(query, read, detail, {key, {}}, 1) {}
    Lookup(const sql::Query& query, Read read, RequestDetail& detail,
           std::array<sql::Value, 2> keys, std::size_t count = 2)
        : query_(query), read_(read), detail_(detail), keys_(keys), count_(count) {}

    [[nodiscard]] sql::Asked ask(sql::Engine engine) {
        return {query_.on(engine), sql::Params(keys_).first(count_), this};
    }
    bool on_row(const sql::Row& row) override {
        model::Cells cells(row);
        read_(cells, detail_);
        good_ = good_ && cells.good();
        return good_;
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    const sql::Query& query_;
    Read read_;
    RequestDetail& detail_;
    std::array<sql::Value, 2> keys_;
    std::size_t count_;
    bool good_ = true;
};

/// The reads of a page. What several requests share is read for the first of them.
class Plan {
public:
    Plan(std::span<RequestDetail> details, RequestParts parts) : details_(details) {
        lookups_.reserve(details.size() * 3);
        for (std::size_t i = 0; i < details.size(); ++i) {
            RequestDetail& one = details[i];
            if (parts.member && first_of(i, &AssistanceRequest::user_id) == i)
                lookups_.emplace_back(kMember, read_member, one,
                                      sql::Value::uuid(one.row.user_id.value));
            if (one.row.provider_id) add_unit(i, parts);
        }
    }

    [[nodiscard]] bool is_empty() const noexcept { return lookups_.empty(); }

    [[nodiscard]] std::vector<sql::Asked> asked(sql::Engine engine) {
        std::vector<sql::Asked> asked;
        asked.reserve(lookups_.size());
        for (Lookup& one : lookups_) asked.push_back(one.ask(engine));
        return asked;
    }

    /// After they were answered.
    [[nodiscard]] Result<void> share() {
        if (!std::ranges::all_of(lookups_, &Lookup::good))
            return std::unexpected(not_as_described());
        for (std::size_t i = 1; i < details_.size(); ++i) {
            RequestDetail& one = details_[i];
            one.member = details_[first_of(i, &AssistanceRequest::user_id)].member;
            if (one.row.provider_id)
                one.unit = details_[first_of(i, &AssistanceRequest::provider_id)].unit;
        }
        return {};
    }

private:
    [[nodiscard]] static sql::Value id_of(const RequestDetail& detail) {
        return sql::Value::integer(detail.row.id.value);
    }

    void add_unit(std::size_t i, RequestParts parts) {
        RequestDetail& one = details_[i];
        const sql::Value unit = sql::Value::integer(one.row.provider_id->value);
        if (parts.unit && first_of(i, &AssistanceRequest::provider_id) == i)
            lookups_.emplace_back(kUnit, read_unit, one, unit);
        if (parts.job) lookups_.emplace_back(kJob, read_job, one, std::array{id_of(one), unit});
        if (parts.position && is_in_hands(one.row.status))
            lookups_.emplace_back(kPosition, read_position, one, unit);
    }

    /// The first request that has the same there. Pages are short.
    template <class T>
    [[nodiscard]] std::size_t first_of(std::size_t i, T AssistanceRequest::* column) const {
        const auto same = [&](const RequestDetail& other) {
            return other.row.*column == details_[i].row.*column;
        };
        return static_cast<std::size_t>(std::ranges::find_if(details_, same) - details_.begin());
    }

    std::span<RequestDetail> details_;
    std::vector<Lookup> lookups_;
};

}  // namespace

Task<Result<void>> read_parts(sql::Executor& executor, std::span<RequestDetail> details,
                              RequestParts parts) {
    Plan plan(details, parts);
    if (plan.is_empty()) co_return Result<void>();
    SEGURIFAI_CO_TRY(co_await executor.run_all(plan.asked(executor.engine())));
    co_return plan.share();
}

DetailRead::DetailRead(AssistanceRequestId id) noexcept
    : query_(kById), key_{sql::Value::integer(id.value)} {}

DetailRead::DetailRead(std::string_view request_number) noexcept
    : query_(kByNumber), key_{sql::Value::text(request_number)} {}

sql::Asked DetailRead::asked(sql::Engine engine, const Uuid& /*account*/) {
    return {query_.on(engine), key_, this};
}

bool DetailRead::on_row(const sql::Row& row) {
    const auto read = [&](int first, auto part) {
        if (row.is_null(first)) return;
        model::Cells cells(row, first);
        part(cells, *found_);
        if (!cells.good()) error_ = not_as_described();
    };
    if (!found_) {
        found_ = std::make_unique<RequestDetail>();
        const model::FirstCells own(row, kRowColumns);
        auto decoded = model::decode_into(model::table_of<AssistanceRequest>(), own, &found_->row);
        if (!decoded) error_ = std::move(decoded).error();
        read(kRowColumns, read_unit);
        read(kRowColumns + kUnitCells + kJobCells, read_position);
    }
    read(kRowColumns + kUnitCells, read_last_job);
    return !error_;
}

Result<std::unique_ptr<RequestDetail>> DetailRead::take() {
    if (error_) return std::unexpected(*std::move(error_));
    return std::move(found_);
}

Task<Result<std::unique_ptr<RequestDetail>>> run_detail_read(sql::Executor& executor,
                                                             DetailRead& read) {
    const sql::Asked asked = read.asked(executor.engine(), {});
    const auto ran = co_await executor.run(asked.statement, asked.params, asked.sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return read.take();
}

Task<Result<std::unique_ptr<RequestDetail>>> find_detail(sql::Executor& executor,
                                                         AssistanceRequestId id) {
    DetailRead read(id);
    co_return co_await run_detail_read(executor, read);
}

Task<Result<void>> add_member(sql::Executor& executor, RequestDetail& detail) {
    const RequestParts member{.unit = false, .job = false, .position = false, .member = true};
    co_return co_await read_parts(executor, {&detail, 1}, member);
}

}  // namespace segurifai::assistance

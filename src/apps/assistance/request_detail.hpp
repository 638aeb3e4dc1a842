#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/keys.hpp"
#include "apps/providers/choices.hpp"
#include "apps/providers/tables.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/phone.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/early_read.hpp"
#include "sql/database.hpp"

namespace segurifai::assistance {

/// The unit that a request is assigned to.
struct UnitFacts {
    providers::ProviderId id;
    std::string company_name;
    std::string city;
    std::string state;
    providers::StarAverage rating;
    std::int32_t total_reviews = 0;
    std::int32_t total_completed = 0;
    bool is_available = false;
    Instant created_at;
    users::UserId user_id;
    std::string first_name;
    Phone phone;
    std::optional<std::string> picture;
    std::string capabilities;  ///< approved codes, joined by commas, in no order
};

/// The vehicle it comes with.
struct VehicleFacts {
    providers::VehicleKind kind = providers::VehicleKind::kCar;
    std::string plate;
    std::string color;
};

/// Its steps in the job: the last assignment of the request to this unit.
struct JobFacts {
    dispatch::AssignmentId id;
    bool is_desk = false;
    Instant assigned_at;
    Instant promised_at;
    Instant arrival_estimate_at;
    std::optional<Instant> departed_at;
    std::optional<Instant> arrived_at;
    std::optional<Instant> started_at;
    std::optional<Instant> ended_at;
    Money pay_base;
    Money pay_distance_bonus;
    std::optional<VehicleFacts> vehicle;
};

/// Where it was heard from last.
struct PositionFacts {
    Coordinate latitude;
    Coordinate longitude;
    std::optional<double> heading;
    std::optional<double> speed;
    Instant last_updated;
};

/// Whose request it is, for those who are somebody else.
struct MemberFacts {
    std::string first_name;
    Phone phone;
};

/// A request with what its views show of others.
struct RequestDetail {
    AssistanceRequest row;
    std::optional<MemberFacts> member;
    std::optional<UnitFacts> unit;
    std::optional<JobFacts> job;
    std::optional<PositionFacts> position;  ///< while the unit has it in hands
};

/// Which parts of a RequestDetail beside its row are read.
struct RequestParts {
    bool unit = true;
    bool job = true;
    bool position = true;
    bool member = false;  ///< only staff and the unit are shown one
};
inline constexpr RequestParts kNoParts{false, false, false, false};

/// Reads the parts of the requests of a page: point reads, all at once, of what is there to read.
[[nodiscard]] Task<Result<void>> read_parts(sql::Executor& executor,
                                            std::span<RequestDetail> details, RequestParts parts);

/// The read of a request with its unit, job and position: a point read, by itself or together with
/// others.
class DetailRead final : public http::EarlyRead, private sql::RowSink {
public:
    explicit DetailRead(AssistanceRequestId id) noexcept;
    /// The characters of `request_number` outlive this.
    explicit DetailRead(std::string_view request_number) noexcept;

    [[nodiscard]] sql::Asked asked(sql::Engine engine, const Uuid& account) override;
    /// After it was answered: what it found, or null.
    [[nodiscard]] Result<std::unique_ptr<RequestDetail>> take();

private:
    bool on_row(const sql::Row& row) override;

    const sql::Query& query_;
    std::array<sql::Value, 1> key_;
    std::unique_ptr<RequestDetail> found_;
    std::optional<Error> error_;
};

/// Runs it by itself.
[[nodiscard]] Task<Result<std::unique_ptr<RequestDetail>>> run_detail_read(sql::Executor& executor,
                                                                           DetailRead& read);

/// The request with that key, with its unit, job and position, or null. A point read.
[[nodiscard]] Task<Result<std::unique_ptr<RequestDetail>>> find_detail(sql::Executor& executor,
                                                                       AssistanceRequestId id);

/// Adds the member: only staff and the unit are shown one. A point read.
[[nodiscard]] Task<Result<void>> add_member(sql::Executor& executor, RequestDetail& detail);

}  // namespace segurifai::assistance

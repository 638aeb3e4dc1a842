#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/request_detail.hpp"
#include "apps/assistance/triage.hpp"
#include "apps/keys.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/phone.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "sql/database.hpp"

/// Asking for help (RULES §6, API §2.6 requests.create).
namespace segurifai::assistance {

/// What may be asked for; URGENT comes from triage and staff only.
enum class AskedPriority : std::uint8_t { kLow, kMedium, kHigh };

/// Whom the help is for.
enum class Beneficiary : std::uint8_t { kSelf, kFamily };

}  // namespace segurifai::assistance

namespace segurifai::model {
template <>
inline constexpr std::array kWords<assistance::AskedPriority>{
    std::string_view("LOW"), std::string_view("MEDIUM"), std::string_view("HIGH")};
template <>
inline constexpr std::array kWords<assistance::Beneficiary>{std::string_view("SELF"),
                                                            std::string_view("FAMILY")};
}  // namespace segurifai::model

namespace segurifai::assistance {

struct VehicleInput {
    static constexpr std::string_view kShape = "RequestVehicle";
    std::string make;
    std::string model;
    std::int32_t year = 0;
    std::string plate;
    std::optional<std::string> color;
    std::optional<double> weight_t;  ///< required where the plan has terms
    std::optional<std::string> use;
    static consteval auto fields() {
        return std::array{
            http::field<&VehicleInput::make>("make", {.length = 60, .length_min = 1}),
            http::field<&VehicleInput::model>("model", {.length = 60, .length_min = 1}),
            http::field<&VehicleInput::year>(
                "year", {.min = "1900", .max = "2100", .help = "Next year at most"}),
            http::field<&VehicleInput::plate>("plate", {.length = 12, .length_min = 1}),
            http::field<&VehicleInput::color>("color", {.length = 30}),
            http::field<&VehicleInput::weight_t>("weight_t", {.min = "0.01", .max = "100"}),
            http::field<&VehicleInput::use>("use", {.length = 40, .length_min = 1})};
    }
};

struct CardInput {
    static constexpr std::string_view kShape = "RequestCard";
    std::string bank;
    std::string last_four;
    std::optional<Instant> discovered_at;
    static consteval auto fields() {
        return std::array{
            http::field<&CardInput::bank>("bank", {.length = 100, .length_min = 1}),
            http::field<&CardInput::last_four>("last_four", {.length = 4, .length_min = 4}),
            http::field<&CardInput::discovered_at>("discovered_at")};
    }
};

struct TriageInput {
    static constexpr std::string_view kShape = "RequestTriage";
    std::int32_t age = 0;
    Consciousness consciousness = Consciousness::kAlert;
    bool breathing = false;
    bool chest_pain = false;
    bool bleeding = false;
    PatientKind kind = PatientKind::kOther;
    std::optional<std::int32_t> people;
    static consteval auto fields() {
        return std::array{http::field<&TriageInput::age>("age", {.min = "0", .max = "130"}),
                          http::field<&TriageInput::consciousness>("consciousness"),
                          http::field<&TriageInput::breathing>("breathing"),
                          http::field<&TriageInput::chest_pain>("chest_pain"),
                          http::field<&TriageInput::bleeding>("bleeding"),
                          http::field<&TriageInput::kind>("kind"),
                          http::field<&TriageInput::people>("people", {.min = "1", .max = "100"})};
    }
};

/// The body of requests.create.
struct NewRequest {
    static constexpr std::string_view kShape = "NewAssistanceRequest";
    std::string service_code;
    std::optional<services::UserServiceId> user_service_id;
    std::optional<std::string> title;
    std::string description;
    std::optional<Coordinate> location_latitude;
    std::optional<Coordinate> location_longitude;
    std::optional<std::string> location_address;
    std::optional<std::string> location_city;
    std::optional<Phone> contact_phone;
    std::optional<AskedPriority> priority;
    std::optional<Instant> scheduled_for;
    std::optional<VehicleInput> vehicle;
    std::optional<TriageInput> triage;
    std::optional<CardInput> card;
    std::optional<Beneficiary> beneficiary;
    std::optional<users::UserId> user_id;
    static consteval auto fields() {
        using N = NewRequest;
        return std::array{
            http::field<&N::service_code>("service_code", {.length = 40, .length_min = 1}),
            http::field<&N::user_service_id>("user_service_id"),
            http::field<&N::title>("title", {.length = 200, .length_min = 1}),
            http::field<&N::description>("description", {.length = 4000, .length_min = 1}),
            http::field<&N::location_latitude>("location_latitude", {.min = "-90", .max = "90"}),
            http::field<&N::location_longitude>("location_longitude",
                                                {.min = "-180", .max = "180"}),
            http::field<&N::location_address>("location_address", {.length = 500}),
            http::field<&N::location_city>("location_city", {.length = 100}),
            http::field<&N::contact_phone>("contact_phone", {.length = 40}),
            http::field<&N::priority>("priority"),
            http::field<&N::scheduled_for>("scheduled_for"),
            http::field<&N::vehicle>("vehicle"),
            http::field<&N::triage>("triage"),
            http::field<&N::card>("card"),
            http::field<&N::beneficiary>("beneficiary"),
            http::field<&N::user_id>("user_id", {.help = "SUPPORT: for whom"})};
    }
};

/// How long before its time a scheduled request is dispatched to mobile units (API §2.6).
inline constexpr std::int64_t kDispatchAheadMinutes = 90;
/// How far ahead a service may be asked for.
inline constexpr std::int64_t kScheduleDaysMax = 365;
/// How many numbers are tried before a new request gives up; one is taken by chance once in a
/// billion.
inline constexpr int kNumberAttempts = 8;

/// Creates a request with all that API §2.6 puts into its transaction. Returns its key. Refuses
/// with kNotCovered, kQuotaExceeded (both with `limit` and `pay_per_use`), kVehicleNotCovered,
/// kNoticeTooShort, kLocationRequired, kOutsideArea, kDuplicateOpenRequest; kInvalid names fields.
[[nodiscard]] Task<Result<AssistanceRequestId>> create(sql::Transaction& transaction,
                                                       http::Call& call, const NewRequest& input);

}  // namespace segurifai::assistance

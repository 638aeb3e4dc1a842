#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/error.hpp"
#include "model/codec.hpp"
#include "sql/value.hpp"

namespace segurifai::services {

/// How a service is given (RULES §2).
enum class Flow { kImmediate, kScheduled, kCallback, kClaim };

/// What a member hands in for a service: a kind of document, or the request form.
enum class Evidence {
    kIdFront,
    kIdBack,
    kLicense,
    kVehiclePhoto,
    kDamagePhoto,
    kInvoice,
    kOther,
    kForm,
};

}  // namespace segurifai::services

namespace segurifai::model {

template <>
inline constexpr std::array kWords<services::Flow>{
    std::string_view("IMMEDIATE"), std::string_view("SCHEDULED"), std::string_view("CALLBACK"),
    std::string_view("CLAIM")};

template <>
inline constexpr std::array kWords<services::Evidence>{
    std::string_view("ID_FRONT"),     std::string_view("ID_BACK"),
    std::string_view("LICENSE"),      std::string_view("VEHICLE_PHOTO"),
    std::string_view("DAMAGE_PHOTO"), std::string_view("INVOICE"),
    std::string_view("OTHER"),        std::string_view("FORM")};

}  // namespace segurifai::model

namespace segurifai::services {

/// One service of a plan. Services of one `pool` share its count and ceiling.
struct ServiceLine {
    std::string code;  ///< "JUMP_START": capitals, digits and underscores
    std::string name;
    std::optional<std::int32_t> events_per_year;  ///< in a plan-year; nothing = no yearly count
    std::optional<Money> limit;  ///< of one event (of a pool: of the plan-year); nothing = no cost
    std::optional<std::string> pool;
    bool family = false;  ///< the member's household may be the beneficiary
    std::optional<std::vector<Evidence>> evidence;  ///< nothing = the category's own
    std::optional<std::int32_t> notice_hours;       ///< least time ahead; SCHEDULED only
    Flow flow = Flow::kImmediate;
};

/// The vehicles a plan takes.
struct VehicleTerms {
    std::int32_t max_age_years = 0;
    Decimal<5, 2> max_weight_t;
    std::string use;
};

/// `coverage_details` of a plan (RULES §2).
struct Coverage {
    std::int32_t max_requests_per_month = 0;
    std::vector<ServiceLine> services;
    std::optional<VehicleTerms> vehicle;  ///< nothing = the plan is not about vehicles
};

/// Reads a JSON text. Strict: every key known, every required key there, money as text with two
/// decimals, no code twice, the services of a pool with one count and one ceiling. Fails with
/// kInvalid and every fault under its path ("services.2.flow").
[[nodiscard]] Result<Coverage> parse_coverage(std::string_view json);

/// One Spanish line per service, made from the data, so that text and rule cannot differ:
/// "Grúa: 3 al año, hasta Q1,170.00 por evento".
[[nodiscard]] std::vector<std::string> feature_lines(const Coverage& coverage);

/// The validator of `coverage_details`. The column's default {} is let through: a plan that covers
/// nothing yet.
[[nodiscard]] std::optional<std::string> coverage_fault(const sql::Value& value);

}  // namespace segurifai::services

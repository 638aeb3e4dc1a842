#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "apps/providers/provider_view.hpp"
#include "apps/providers/working_hours.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "model/validators.hpp"

// What a unit, and OPERATIONS, may change of it (API §2.5, providers.update).

namespace segurifai::providers {

struct Edit {
    static constexpr std::string_view kShape = "ProviderEdit";
    http::Maybe<std::string> business_phone;
    http::Maybe<std::string> business_email;
    http::Maybe<std::string> website;
    http::Maybe<std::string> address;
    http::Maybe<std::string> city;
    http::Maybe<std::string> state;
    http::Maybe<std::string> postal_code;
    http::Maybe<Coordinate> latitude;
    http::Maybe<Coordinate> longitude;
    http::Maybe<std::int32_t> service_radius_km;
    http::Maybe<Json> service_areas;
    http::Maybe<Json> working_hours;
    http::Maybe<std::string> company_name;  ///< from here: OPERATIONS
    http::Maybe<std::string> tax_id;
    http::Maybe<std::string> business_license;
    http::Maybe<std::string> verification_notes;
    static consteval auto fields() {
        return std::array{
            http::field<&Edit::business_phone>("business_phone", {.length = 40}),
            http::field<&Edit::business_email>(
                "business_email", {.length = 254, .validate = &model::validators::email}),
            http::field<&Edit::website>(
                "website", {.length = 200, .validate = &model::validators::url_or_empty}),
            http::field<&Edit::address>("address", {.length = 500, .length_min = 1}),
            http::field<&Edit::city>("city", {.length = 100, .length_min = 1}),
            http::field<&Edit::state>("state", {.length = 100, .length_min = 1}),
            http::field<&Edit::postal_code>("postal_code", {.length = 20}),
            http::field<&Edit::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&Edit::longitude>("longitude", {.min = "-180", .max = "180"}),
            http::field<&Edit::service_radius_km>("service_radius_km", {.min = "1", .max = "200"}),
            http::field<&Edit::service_areas>(
                "service_areas",
                {.validate = &model::validators::strings, .json = JsonKind::kArray}),
            http::field<&Edit::working_hours>(
                "working_hours", {.inside = &working_hours_faults, .json = JsonKind::kObject}),
            http::field<&Edit::company_name>(
                "company_name", {.length = 200, .length_min = 1, .help = "OPERATIONS"}),
            http::field<&Edit::tax_id>("tax_id", {.length = 50, .help = "NIT; OPERATIONS"}),
            http::field<&Edit::business_license>(
                "business_license", {.length = 100, .length_min = 1, .help = "OPERATIONS"}),
            http::field<&Edit::verification_notes>("verification_notes",
                                                   {.length = 4'000, .help = "OPERATIONS"})};
    }
};

/// providers.update, under If-Match. kNotFound for a unit that is not the caller's; a fault for
/// each field that is not the caller's to change, for null where a value must be, for one
/// coordinate without the other, and for a licence in use.
[[nodiscard]] Task<Result<Full>> edit(http::Call& call, Edit given);

}  // namespace segurifai::providers

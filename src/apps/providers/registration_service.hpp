#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/providers/choices.hpp"
#include "apps/providers/provider_view.hpp"
#include "apps/providers/working_hours.hpp"
#include "base/decimal.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"
#include "model/validators.hpp"

// How somebody becomes a unit (API §2.5, providers.apply).

namespace segurifai::providers {

struct OfferedVehicle {
    static constexpr std::string_view kShape = "OfferedVehicle";
    VehicleKind kind = VehicleKind::kCar;
    std::string plate;
    std::string make;
    std::string model;
    std::int32_t year = 0;
    std::string color;
    static consteval auto fields() {
        return std::array{
            http::field<&OfferedVehicle::kind>("kind"),
            http::field<&OfferedVehicle::plate>("plate", {.length = 12}),
            http::field<&OfferedVehicle::make>("make", {.length = 60}),
            http::field<&OfferedVehicle::model>("model", {.length = 60}),
            http::field<&OfferedVehicle::year>("year", {.min = "1950", .max = "2100"}),
            http::field<&OfferedVehicle::color>("color", {.length = 30})};
    }
};

struct Application {
    static constexpr std::string_view kShape = "ProviderApplication";
    std::string company_name;
    std::string business_license;
    std::optional<std::string> tax_id;
    std::string business_phone;
    std::string business_email;
    std::optional<std::string> website;
    std::string address;
    std::string city;
    std::string state;
    std::string postal_code;
    std::optional<Coordinate> latitude;
    std::optional<Coordinate> longitude;
    std::optional<std::int32_t> service_radius_km;
    std::optional<Json> service_areas;
    std::optional<Json> working_hours;
    std::vector<std::string> capabilities;
    std::vector<OfferedVehicle> vehicles;
    static consteval auto fields() {
        return std::array{
            http::field<&Application::company_name>("company_name",
                                                    {.length = 200, .length_min = 1}),
            http::field<&Application::business_license>("business_license",
                                                        {.length = 100, .length_min = 1}),
            http::field<&Application::tax_id>("tax_id", {.length = 50, .help = "NIT"}),
            http::field<&Application::business_phone>("business_phone", {.length = 40}),
            http::field<&Application::business_email>(
                "business_email", {.length = 254, .validate = &model::validators::email}),
            http::field<&Application::website>(
                "website", {.length = 200, .validate = &model::validators::url_or_empty}),
            http::field<&Application::address>("address", {.length = 500, .length_min = 1}),
            http::field<&Application::city>("city", {.length = 100, .length_min = 1}),
            http::field<&Application::state>("state", {.length = 100, .length_min = 1}),
            http::field<&Application::postal_code>("postal_code", {.length = 20}),
            http::field<&Application::latitude>("latitude", {.min = "-90", .max = "90"}),
            http::field<&Application::longitude>("longitude", {.min = "-180", .max = "180"}),
            http::field<&Application::service_radius_km>("service_radius_km",
                                                         {.min = "1", .max = "200"}),
            http::field<&Application::service_areas>(
                "service_areas",
                {.validate = &model::validators::strings, .json = JsonKind::kArray}),
            http::field<&Application::working_hours>(
                "working_hours", {.inside = &working_hours_faults, .json = JsonKind::kObject}),
            http::field<&Application::capabilities>(
                "capabilities", {.length = 40, .items_min = 1, .items_max = 40}),
            http::field<&Application::vehicles>("vehicles", {.items_max = 50})};
    }
};

/// providers.apply: the unit (PENDING), its vehicles and the capabilities it asks for, in one
/// transaction. kAlreadyDone when the account has a unit; kPhoneNotVerified; kOpenRequest while the
/// member waits for help; faults for a licence or plate in use, a NIT or plate that is none, a code
/// that is no service.
[[nodiscard]] Task<Result<Full>> apply(http::Call& call, Application application);

/// What a fault of these says, here and where a unit is edited.
inline constexpr std::string_view kLicenceInUse = "This licence is already in use.";
inline constexpr std::string_view kNoNit = "Must be a NIT with its check digit.";
inline constexpr std::string_view kNoPhone = "Must be a telephone number of Guatemala.";
inline constexpr std::string_view kRequired = "This field is required.";

/// The failure of a write that met a value another has, as a fault of its field; any other failure
/// as it is.
[[nodiscard]] std::unexpected<Error> taken(Error error);

}  // namespace segurifai::providers

#include "apps/providers/registration_service.hpp"

#include <set>
#include <utility>

#include "apps/platform.hpp"
#include "apps/providers/changes.hpp"
#include "apps/providers/decision.hpp"
#include "apps/providers/registration.hpp"
#include "apps/unit_of_work.hpp"
#include "model/store.hpp"
#include "sql/statement.hpp"

namespace segurifai::providers {
namespace {

using sql::Value;

const sql::Query kHasUnit{"providers.apply.has_unit",
                          "SELECT 1 FROM providers_provider WHERE user_id = $1",
                          sql::Query::Kind::kPoint};
const sql::Query kPhoneVerified{
    "providers.apply.phone_verified",
    "SELECT 1 FROM users_accountsettings WHERE user_id = $1 AND phone_verified_at IS NOT NULL",
    sql::Query::Kind::kPoint};
const sql::Query kLicenceTaken{"providers.apply.licence",
                               "SELECT 1 FROM providers_provider WHERE business_license = $1",
                               sql::Query::Kind::kPoint};
const sql::Query kPlateTaken{"providers.apply.plate",
                             "SELECT 1 FROM providers_vehicle WHERE plate = $1",
                             sql::Query::Kind::kPoint};

Task<Result<bool>> is_there(sql::Executor& executor, const sql::Query& query, Value key) {
    const std::array params{key};
    const auto ran = co_await executor.run(query, params);
    if (!ran) co_return std::unexpected(ran.error());
    co_return *ran > 0;
}

std::string place_of(std::string_view list, std::size_t index, std::string_view member = {}) {
    std::string path(list);
    path += '.';
    path += std::to_string(index);
    if (!member.empty()) {
        path += '.';
        path += member;
    }
    return path;
}

/// The application with its numbers in the form they are kept in, and what is wrong with it that
/// needs no database.
std::vector<Fault> normalise(Application& given) {
    std::vector<Fault> faults;
    if (given.tax_id && !given.tax_id->empty()) {
        const auto nit = read_nit(*given.tax_id);
        if (!nit) faults.push_back({"tax_id", std::string(kNoNit)});
        given.tax_id = nit;
    }
    if (const auto phone = Phone::parse(given.business_phone))
        given.business_phone = phone->text();
    else
        faults.push_back({"business_phone", std::string(kNoPhone)});
    if (given.latitude.has_value() != given.longitude.has_value())
        faults.push_back({given.latitude ? "longitude" : "latitude", std::string(kRequired)});
    std::set<std::string> seen;
    for (std::size_t i = 0; i < given.capabilities.size(); ++i) {
        const std::string& code = given.capabilities[i];
        if (!is_capability_code(code))
            faults.push_back({place_of("capabilities", i), "There is no such service."});
        else if (!seen.insert(code).second)
            faults.push_back({place_of("capabilities", i), "Stands twice: name each once."});
    }
    for (std::size_t i = 0; i < given.vehicles.size(); ++i) {
        const auto plate = read_plate(given.vehicles[i].plate);
        if (!plate)
            faults.push_back(
                {place_of("vehicles", i, "plate"), "Must be a number plate: P-123ABC."});
        else if (!seen.insert(*plate).second)
            faults.push_back({place_of("vehicles", i, "plate"), "Stands twice: name each once."});
        else
            given.vehicles[i].plate = *plate;
    }
    return faults;
}

std::unexpected<Error> invalid(std::vector<Fault> faults) {
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    error.faults = std::move(faults);
    return std::unexpected(std::move(error));
}

/// Whether the account may apply now.
Task<Result<void>> require_applicant(sql::Transaction& transaction, Uuid user_id) {
    const Value user = Value::uuid(user_id);
    SEGURIFAI_CO_TRY_AS(const bool has_unit, co_await is_there(transaction, kHasUnit, user));
    if (has_unit) co_return refuse(Refusal::kAlreadyDone);
    SEGURIFAI_CO_TRY_AS(const bool verified, co_await is_there(transaction, kPhoneVerified, user));
    if (!verified) co_return refuse(Refusal::kPhoneNotVerified);
    SEGURIFAI_CO_TRY_AS(const bool waits,
                        co_await has_open_request(transaction, users::UserId(user_id)));
    if (waits) co_return refuse(Refusal::kOpenRequest);
    co_return Result<void>();
}

Task<Result<void>> require_free(sql::Transaction& transaction, const Application& given) {
    std::vector<Fault> faults;
    const Value licence = Value::text(given.business_license);
    SEGURIFAI_CO_TRY_AS(const bool is_taken,
                        co_await is_there(transaction, kLicenceTaken, licence));
    if (is_taken) faults.push_back({"business_license", std::string(kLicenceInUse)});
    for (std::size_t i = 0; i < given.vehicles.size(); ++i) {
        const Value plate = Value::text(given.vehicles[i].plate);
        SEGURIFAI_CO_TRY_AS(const bool in_use, co_await is_there(transaction, kPlateTaken, plate));
        if (in_use)
            faults.push_back({place_of("vehicles", i, "plate"), "This plate is already in use."});
    }
    if (!faults.empty()) co_return invalid(std::move(faults));
    co_return Result<void>();
}

Provider unit_of(const Application& given, Uuid user_id) {
    Provider unit;
    unit.user_id = users::UserId{user_id};
    unit.company_name = given.company_name;
    unit.business_license = given.business_license;
    unit.tax_id = given.tax_id.value_or(std::string());
    unit.business_phone = Phone::stored(given.business_phone);
    unit.business_email = given.business_email;
    unit.website = given.website.value_or(std::string());
    unit.address = given.address;
    unit.city = given.city;
    unit.state = given.state;
    unit.postal_code = given.postal_code;
    unit.latitude = given.latitude;
    unit.longitude = given.longitude;
    if (given.service_radius_km) unit.service_radius_km = *given.service_radius_km;
    if (given.service_areas) unit.service_areas = *given.service_areas;
    if (given.working_hours) unit.working_hours = *given.working_hours;
    unit.status = ProviderStatus::kPending;
    return unit;
}

Task<Result<void>> store_parts(sql::Transaction& transaction, Clock& clock,
                               const Application& given, ProviderId id) {
    for (const OfferedVehicle& one : given.vehicles) {
        Vehicle vehicle;
        vehicle.provider_id = id;
        vehicle.kind = one.kind;
        vehicle.plate = one.plate;
        vehicle.make = one.make;
        vehicle.model = one.model;
        vehicle.year = one.year;
        vehicle.color = one.color;
        SEGURIFAI_CO_TRY(co_await model::insert(transaction, clock, vehicle));
    }
    for (const std::string& code : given.capabilities) {
        Capability capability;
        capability.provider_id = id;
        capability.code = code;
        SEGURIFAI_CO_TRY(co_await model::insert(transaction, clock, capability));
    }
    co_return Result<void>();
}

Task<Result<void>> tell(sql::Transaction& transaction, const http::Call& call, ProviderId id) {
    audit::Change change;
    change.object_table = "providers_provider";
    change.object_id = std::to_string(id.value);
    change.after = R"({"status":"PENDING"})";
    SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
    co_return co_await publish_status(transaction, call.at, id, std::nullopt,
                                      ProviderStatus::kPending);
}

}  // namespace

std::unexpected<Error> taken(Error error) {
    if (error.code == Code::kUniqueViolation) {
        if (error.column.contains("business_license"))
            return fault("business_license", std::string(kLicenceInUse));
        if (error.column.contains("plate"))
            return fault("vehicles", "This plate is already in use.");
        if (error.column.contains("user_id")) return refuse(Refusal::kAlreadyDone);
    }
    return std::unexpected(std::move(error));
}

Task<Result<Full>> apply(http::Call& call, Application application) {
    if (std::vector<Fault> faults = normalise(application); !faults.empty())
        co_return invalid(std::move(faults));
    const Uuid user_id = call.caller.user_id;
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<Full>> {
        SEGURIFAI_CO_TRY(co_await require_applicant(transaction, user_id));
        SEGURIFAI_CO_TRY(co_await require_free(transaction, application));
        Clock& clock = call.platform.clock;
        Provider unit = unit_of(application, user_id);
        SEGURIFAI_CO_TRY(co_await model::insert(transaction, clock, unit));
        SEGURIFAI_CO_TRY(co_await store_parts(transaction, clock, application, unit.id));
        SEGURIFAI_CO_TRY(co_await tell(transaction, call, unit.id));
        call.answer.set("Location", "/api/providers/" + std::to_string(unit.id.value) + "/");
        SEGURIFAI_CO_TRY_AS(Full view, co_await find_full(transaction, unit.id, call.caller));
        call.answer.set("ETag", etag_of_full(view));
        co_return view;
    };
    auto done = co_await apps::perform<Full>(call, work);
    if (!done) co_return taken(std::move(done).error());
    co_return done;
}

}  // namespace segurifai::providers

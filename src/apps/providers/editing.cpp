#include "apps/providers/editing.hpp"

#include <utility>
#include <vector>

#include "apps/audit/service.hpp"
#include "apps/platform.hpp"
#include "apps/providers/changes.hpp"
#include "apps/providers/registration.hpp"
#include "apps/providers/registration_service.hpp"
#include "apps/unit_of_work.hpp"
#include "model/store.hpp"

namespace segurifai::providers {
namespace {

/// Takes a field's value over, noting what is wrong with it.
class Taker {
public:
    template <class T>
    void take(std::string_view name, const http::Maybe<T>& given, T& column) {
        if (!given.given()) return;
        if (given.null())
            refuse(name, "This field may not be null.");
        else
            column = *given;
    }
    template <class T>
    void take(std::string_view, const http::Maybe<T>& given, std::optional<T>& column) {
        if (given.given()) column = given.value();
    }
    void refuse(std::string_view name, std::string_view why) {
        faults_.push_back({std::string(name), std::string(why)});
    }
    [[nodiscard]] std::vector<Fault> faults() && { return std::move(faults_); }

private:
    std::vector<Fault> faults_;
};

void take_contact(Taker& taker, const Edit& given, Provider& unit) {
    std::string phone = unit.business_phone.text();
    taker.take("business_phone", given.business_phone, phone);
    if (given.business_phone.given() && !given.business_phone.null()) {
        if (const auto read = Phone::parse(phone))
            unit.business_phone = *read;
        else
            taker.refuse("business_phone", kNoPhone);
    }
    taker.take("business_email", given.business_email, unit.business_email);
    taker.take("website", given.website, unit.website);
    taker.take("address", given.address, unit.address);
    taker.take("city", given.city, unit.city);
    taker.take("state", given.state, unit.state);
    taker.take("postal_code", given.postal_code, unit.postal_code);
}

void take_place(Taker& taker, const Edit& given, Provider& unit) {
    taker.take("latitude", given.latitude, unit.latitude);
    taker.take("longitude", given.longitude, unit.longitude);
    if (given.latitude.given() != given.longitude.given() ||
        given.latitude.null() != given.longitude.null())
        taker.refuse(given.latitude.given() && !given.latitude.null() ? "longitude" : "latitude",
                     kRequired);
    taker.take("service_radius_km", given.service_radius_km, unit.service_radius_km);
    taker.take("service_areas", given.service_areas, unit.service_areas);
    taker.take("working_hours", given.working_hours, unit.working_hours);
}

void take_staff_fields(Taker& taker, const Edit& given, bool is_staff, Provider& unit) {
    const auto take = [&](std::string_view name, const http::Maybe<std::string>& value,
                          std::string& column) {
        if (value.given() && !is_staff)
            taker.refuse(name, "Only operations may change this field.");
        else
            taker.take(name, value, column);
    };
    take("company_name", given.company_name, unit.company_name);
    std::string tax_id = unit.tax_id;
    take("tax_id", given.tax_id, tax_id);
    if (is_staff && tax_id != unit.tax_id) {
        const auto nit = tax_id.empty() ? std::optional(std::string()) : read_nit(tax_id);
        if (nit)
            unit.tax_id = *nit;
        else
            taker.refuse("tax_id", kNoNit);
    }
    take("business_license", given.business_license, unit.business_license);
    take("verification_notes", given.verification_notes, unit.verification_notes);
}

Result<Provider> edited(const Provider& before, const Edit& given, bool is_staff) {
    Taker taker;
    Provider after = before;
    take_contact(taker, given, after);
    take_place(taker, given, after);
    take_staff_fields(taker, given, is_staff, after);
    std::vector<Fault> faults = std::move(taker).faults();
    if (faults.empty()) return after;
    Error error{.code = Code::kInvalid, .message = "The input is not valid."};
    error.faults = std::move(faults);
    return std::unexpected(std::move(error));
}

}  // namespace

Task<Result<Full>> edit(http::Call& call, Edit given) {
    SEGURIFAI_CO_TRY_AS(const ProviderId id, call.path_id<ProviderId>());
    const bool is_own = call.caller.provider_id && *call.caller.provider_id == id.value;
    const bool is_staff = call.reach.any;
    if (!is_staff && !is_own) co_return refuse(Refusal::kNotFound);
    const auto work = [&](sql::Transaction& transaction) -> Task<Result<Full>> {
        SEGURIFAI_CO_TRY_AS(const Provider before, co_await hold_provider(transaction, id));
        SEGURIFAI_CO_TRY_AS(const Full current, co_await full_of(transaction, before, call.caller));
        SEGURIFAI_CO_TRY(call.require_match(etag_of_full(current)));
        SEGURIFAI_CO_TRY_AS(Provider after, edited(before, given, is_staff));
        audit::Change change = change_of(before, after);
        SEGURIFAI_CO_TRY(co_await model::update(transaction, call.platform.clock, after));
        SEGURIFAI_CO_TRY(co_await audit::record(transaction, call, std::move(change)));
        SEGURIFAI_CO_TRY_AS(Full view, co_await find_full(transaction, id, call.caller));
        call.answer.set("ETag", etag_of_full(view));
        co_return view;
    };
    auto done = co_await apps::perform<Full>(call, work);
    if (!done) co_return taken(std::move(done).error());
    co_return done;
}

}  // namespace segurifai::providers

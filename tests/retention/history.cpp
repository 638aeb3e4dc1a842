#include "retention/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <stdexcept>

#include "apps/assistance/tables.hpp"
#include "apps/dispatch/tables.hpp"
#include "apps/paq_wallet/tables.hpp"
#include "apps/platform/tables.hpp"
#include "apps/promotions/tables.hpp"
#include "apps/providers/tables.hpp"
#include "apps/registry.hpp"
#include "apps/services/tables.hpp"
#include "apps/sessions/tables.hpp"
#include "apps/users/tables.hpp"
#include "migrate/partitions.hpp"
#include "migrate/state.hpp"
#include "model/registry.hpp"

namespace segurifai::testing {
namespace {

constexpr int kMembers = 12;
constexpr int kProviders = 4;
constexpr std::int64_t kMinute = 60'000'000;

template <model::Described T>
model::Record record(const T& row) {
    return model::Record::of_struct(model::table_of<T>(), &row);
}

Uuid uuid_of(int kind, int number) {
    return *Uuid::parse(fmt::format("{:08x}-0000-4000-8000-{:012x}", kind, number));
}
users::UserId member(int number) {
    return users::UserId{uuid_of(1, number)};
}
users::UserId driver(int number) {
    return users::UserId{uuid_of(2, number)};
}
std::string person(const users::UserId& id) {
    return id.value.to_string();
}

Instant later(Instant at, std::int64_t minutes) {
    return Instant{at.micros + minutes * kMinute};
}

void expect(const auto& result) {
    if (!result) throw std::runtime_error(describe(result.error()));
}

}  // namespace

History::History(std::uint64_t seed, const Extent& extent) : random_(seed) {
    add_people();
    for (int i = 0; i < extent.requests; ++i) {
        const std::int64_t span = extent.days * kMicrosPerDay;
        const std::int64_t at = extent.first.days * kMicrosPerDay + span / extent.requests * i +
                                below(1'000'000) * std::int64_t{3'600};
        add_request(Instant{at});
        add_outside(requests.size() - 1);
    }
    add_positions(extent);
    add_sessions(extent);
}

int History::below(int limit) {
    return static_cast<int>(random_() % static_cast<std::uint64_t>(limit));
}

std::string History::words(int most) {
    static constexpr std::array kWords{"grúa",       "llanta", "Ñandú",    "zona 10",
                                       "O'Brien",    "100%",   "a_b",      "\\ruta",
                                       "línea\ndos", "日本",   "\"cita\"", "Água"};
    std::string text = "x";
    for (int count = below(most + 1); count > 0; --count)
        text += std::string(" ") + kWords[static_cast<std::size_t>(below(kWords.size()))];
    return text;
}

void History::add_people() {
    const auto add_user = [&](users::UserId id, int number, users::Role role) {
        users::User user;
        user.id = id;
        user.email = fmt::format("p{}@example.gt", number);
        user.password = "!";
        user.phone_number = *Phone::parse(fmt::format("{}", 50'000'000 + number));
        user.role = role;
        user.date_joined = *Instant::parse("2017-01-01T00:00:00Z");
        fixed.push_back(record(user));
    };
    for (int i = 0; i < kMembers; ++i) add_user(member(i), i, users::Role::kUser);
    for (int i = 0; i < kProviders; ++i) add_user(driver(i), 100 + i, users::Role::kProvider);
    for (int i = 0; i < 3; ++i) {
        services::ServiceCategory category;
        category.id.value = i + 1;
        category.name = fmt::format("Categoría {}", i);
        category.category_type = static_cast<services::CategoryType>(i);
        fixed.push_back(record(category));
    }
    for (int i = 0; i < kProviders; ++i) {
        providers::Provider provider;
        provider.id.value = i + 1;
        provider.user_id = driver(i);
        provider.company_name = fmt::format("Grúas {}", i);
        provider.business_license = fmt::format("L-{}", i);
        provider.business_phone = *Phone::parse("22334455");
        provider.business_email = "grua@example.gt";
        provider.address = provider.city = provider.state = "Guatemala";
        provider.postal_code = "01010";
        fixed.push_back(record(provider));
    }
    promotions::PromoCode code;
    code.id.value = 1;
    code.code = "BIENVENIDA";
    code.name = "Bienvenida";
    code.valid_from = *Instant::parse("2017-01-01T00:00:00Z");
    code.valid_until = *Instant::parse("2017-12-31T00:00:00Z");
    fixed.push_back(record(code));
}

void History::add_request(Instant made) {
    const auto number = static_cast<std::int32_t>(requests.size() + 1);
    Request made_request;
    made_request.id = number;
    made_request.number = fmt::format("REQ-{:08}-{:06}", number, below(1'000'000));
    const users::UserId user = member(below(kMembers));
    const bool ends = !chance(6);
    const bool cancelled = ends && chance(25);
    const bool assigned = !cancelled || chance(50);
    const Instant ended = later(made, 20 + below(3'000));
    const providers::ProviderId provider{1 + below(kProviders)};

    assistance::AssistanceRequest request;
    request.id.value = number;
    request.request_number = made_request.number;
    request.user_id = user;
    if (chance(80)) request.service_category_id = services::ServiceCategoryId{1 + below(3)};
    if (assigned) request.provider_id = provider;
    request.title = words(3);
    request.description = words(12);
    if (chance(80)) {
        request.location_latitude = Coordinate{14'000'000 + below(999'999)};
        request.location_longitude = Coordinate{-90'000'000 - below(999'999)};
    }
    request.location_address = words(4);
    request.location_city = chance(50) ? "Guatemala" : "Antigua Guatemala";
    request.priority = static_cast<assistance::Priority>(below(4));
    request.status = !ends       ? assistance::RequestStatus::kInProgress
                     : cancelled ? assistance::RequestStatus::kCancelled
                                 : assistance::RequestStatus::kCompleted;
    if (chance(50)) request.actual_cost = Money{below(100'000)};
    if (ends && !cancelled) request.completed_at = ended;
    request.metadata.text = R"({"service_code":"TOW","x":[1,2.50,null,"ñ"]})";
    request.created_at = made;
    request.updated_at = later(ended, below(100'000));
    made_request.rows.push_back(record(request));

    const auto add_update = [&](assistance::UpdateType type, Instant at) {
        assistance::RequestUpdate update;
        update.id.value = number * 10 + static_cast<std::int32_t>(made_request.rows.size());
        update.request_id = request.id;
        if (chance(70)) update.user_id = user;
        update.update_type = type;
        update.message = words(8);
        update.metadata.text = R"({"to":"X"})";
        update.created_at = at;
        made_request.rows.push_back(record(update));
    };
    add_update(assistance::UpdateType::kStatusChange, made);
    add_update(assistance::UpdateType::kNote, later(ended, 60));  // talk after the end
    if (ends) add_update(assistance::UpdateType::kStatusChange, ended);

    std::optional<assistance::RequestDocumentId> signature;
    for (int i = 0; i < below(3); ++i) {
        assistance::RequestDocument document;
        document.id.value = number * 10 + i;
        document.request_id = request.id;
        document.uploaded_by_id = user;
        document.document_type = static_cast<assistance::DocumentType>(below(7));
        document.file = fmt::format("{:02}/{:02}/{}.jpg", number % 100, i, document.id.value);
        document.filename = words(2);
        document.file_size = below(1'000'000);
        document.created_at = made;
        made_request.files.push_back(document.file);
        made_request.rows.push_back(record(document));
        signature = document.id;
    }

    dispatch::Search looked;
    looked.id.value = number;
    looked.request_id = request.id;
    looked.state = ends ? dispatch::SearchState::kEnded : dispatch::SearchState::kQueued;
    looked.created_at = looked.updated_at = made;
    made_request.rows.push_back(record(looked));
    dispatch::Offer offer;
    offer.id.value = number;
    offer.request_id = request.id;
    offer.provider_id = provider;
    offer.state = dispatch::OfferState::kAccepted;
    offer.distance_km.unscaled = below(9'999);
    offer.created_at = made;
    offer.expires_at = later(made, 1);
    made_request.rows.push_back(record(offer));
    if (assigned) {
        dispatch::Assignment job;
        job.id.value = number;
        job.request_id = request.id;
        job.provider_id = provider;
        job.offer_id = offer.id;
        job.is_desk = !ends;
        job.assigned_at = job.promised_at = job.arrival_estimate_at = made;
        if (ends) job.ended_at = ended;
        job.completion_notes = words(5);
        job.signature_document_id = signature;
        made_request.rows.push_back(record(job));
    }
    dispatch::Decision decision;
    decision.id.value = number;
    decision.request_id = request.id;
    decision.at = made;
    made_request.rows.push_back(record(decision));

    made_request.user = person(user);
    if (assigned) made_request.provider = provider.value;
    if (ends) made_request.ended = ended;
    requests.push_back(std::move(made_request));
}

void History::add_outside(std::size_t request) {
    const assistance::AssistanceRequestId id{requests[request].id};
    const auto number = static_cast<std::int32_t>(outside.size() + 1);
    const users::UserId user{*Uuid::parse(requests[request].user)};
    const Instant at = later(*Instant::parse("2018-01-01T00:00:00Z"), number);
    if (chance(40)) {
        paq_wallet::PaqTransaction payment;
        payment.id.value = number;
        payment.transaction_id = fmt::format("TXN-{}", number);
        payment.user_id = user;
        payment.amount = Money{below(100'000)};
        payment.created_at = at;
        if (chance(80)) payment.assistance_request_id = id;
        const bool tied = payment.assistance_request_id.has_value();
        outside.push_back({record(payment), tied ? std::optional(request) : std::nullopt});
    }
    if (chance(40)) {
        providers::ProviderReview review;
        review.id.value = number;
        review.provider_id = providers::ProviderId{1 + below(kProviders)};
        review.user_id = user;
        review.assistance_request_id = id;
        review.rating = 1 + below(5);
        review.comment = words(6);
        review.created_at = review.updated_at = at;
        outside.push_back({record(review), request});
    }
    if (chance(20)) {
        promotions::PromoCodeUsage usage;
        usage.id.value = number;
        usage.promo_code_id.value = 1;
        usage.user_id = user;
        usage.assistance_request_id = id;
        usage.used_at = at;
        outside.push_back({record(usage), request});
    }
}

void History::add_positions(const Extent& extent) {
    std::int32_t number = 0;
    for (int day = 0; day < extent.positions_days; ++day)
        for (int i = 0; i < 3; ++i) {
            providers::ProviderLocationHistory position;
            position.id.value = ++number;
            position.provider_id = providers::ProviderId{1 + below(kProviders)};
            position.latitude = Coordinate{14'000'000 + below(999'999)};
            position.longitude = Coordinate{-90'000'000 - below(999'999)};
            if (chance(50)) position.speed = below(100'000) / 1000.0;
            // The edges of the day among them.
            const std::int64_t within = i == 0   ? 0
                                        : i == 1 ? kMicrosPerDay - 1
                                                 : below(86'400) * std::int64_t{1'000'000};
            position.recorded_at =
                Instant{(extent.positions_first.days + day) * kMicrosPerDay + within};
            std::optional<std::size_t> request;
            if (chance(50)) {
                // One that was made about then.
                const int passed = extent.positions_first.days + day - extent.first.days;
                const int about = passed * extent.requests / extent.days;
                request = static_cast<std::size_t>(std::max(about - below(5), 0));
                position.assistance_request_id =
                    assistance::AssistanceRequestId{requests[*request].id};
            }
            positions.push_back(
                {record(position), position.recorded_at, position.provider_id.value, request});
        }
}

void History::add_sessions(const Extent& extent) {
    constexpr int kSessions = 60;
    for (int i = 0; i < kSessions; ++i) {
        const Instant at{(extent.first.days + below(extent.days)) * kMicrosPerDay +
                         below(86'400) * std::int64_t{1'000'000}};
        const users::UserId user = member(below(kMembers));
        const std::string hash = fmt::format("{:064}", i);
        sessions::Session session;
        session.id = sessions::SessionId{uuid_of(3, i * 7'919)};
        session.user_id = user;
        session.created_at = session.last_seen = at;
        session.expires_at = later(at, 1'440);
        session.device_name = words(2);
        timed.push_back({record(session), session.expires_at, person(user)});
        sessions::RefreshToken token;
        token.id.value = i + 1;
        token.session_id = session.id;
        token.token_hash = hash;
        token.created_at = at;
        token.expires_at = later(at, 1'440);
        timed.push_back({record(token), token.expires_at, person(user)});
        sessions::OneTimeCode code;
        code.id.value = i + 1;
        code.phone = *Phone::parse("55512345");
        code.code_hash = hash;
        code.created_at = at;
        code.expires_at = later(at, 5);
        timed.push_back({record(code), code.expires_at, ""});
        sessions::SignInFailure failure;
        failure.id.value = i + 1;
        failure.subject = hash;
        failure.at = at;
        timed.push_back({record(failure), at, ""});
        platform::IdempotencyKey key;
        key.id.value = i + 1;
        key.caller = person(user);
        key.operation = "requests.create";
        key.key = hash;
        key.body_hash = hash;
        key.status = 201;
        key.created_at = at;
        timed.push_back({record(key), at, ""});
    }
}

void History::load(sql::Session& session) const {
    std::map<const model::Table*, std::vector<const model::Record*>> rows;
    const auto add = [&](const model::Record& row) { rows[&row.table()].push_back(&row); };
    for (const model::Record& row : fixed) add(row);
    for (const Request& request : requests)
        for (const model::Record& row : request.rows) add(row);
    for (const Outside& one : outside) add(one.row);
    for (const Position& one : positions) add(one.row);
    for (const Timed& one : timed) add(one.row);
    const auto registry = model::Registry::make(apps::all_tables());
    expect(registry);
    if (!positions.empty()) {
        const auto day = [](Instant at) {
            return Date{static_cast<std::int32_t>(at.micros / kMicrosPerDay)};
        };
        const auto schema = migrate::state_of(registry->tables());
        expect(migrate::ensure_partitions(session,
                                          *schema.find("providers_providerlocationhistory"),
                                          day(positions.front().at), day(positions.back().at)));
    }
    for (const model::Table* table : registry->tables()) {
        std::vector<sql::BulkColumn> columns;
        for (const model::Column& column : table->columns)
            columns.push_back({std::string(column.name), column.value_type()});
        std::size_t next = 0;
        const auto& of_table = rows[table];
        const sql::BulkSource source = [&](std::vector<sql::Value>& values) -> Result<bool> {
            if (next == of_table.size()) return false;
            values.clear();
            for (const sql::OwnedValue& value : of_table[next]->values())
                values.push_back(value.view());
            ++next;
            return true;
        };
        if (!of_table.empty()) expect(session.bulk_insert(table->name, columns, source));
    }
}

}  // namespace segurifai::testing

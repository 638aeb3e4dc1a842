#include "support/api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "apps/migrations.hpp"
#include "apps/permissions.hpp"
#include "apps/providers/tables.hpp"
#include "apps/reference_data.hpp"
#include "apps/sessions/authenticator.hpp"
#include "apps/sessions/tables.hpp"
#include "apps/users/staff_tables.hpp"
#include "apps/users/tables.hpp"
#include "migrate/executor.hpp"
#include "security/encoding.hpp"
#include "security/password.hpp"

namespace segurifai::testing {

namespace {

template <class T>
T value_of(Result<T> result) {
    if (!result) throw std::runtime_error(describe(result.error()));
    return std::move(*result);
}

std::unique_ptr<security::Secrets> test_secrets() {
    std::array<std::uint8_t, 32> bytes;
    SeededRandom(20'260'203).fill(bytes);
    return std::make_unique<security::Secrets>(
        value_of(security::secrets_from(security::base64url(bytes))));
}

http::Request request_of(http::Method method, std::string_view target, const TestRequest& made,
                         std::string& authorization) {
    http::Request request;
    request.method = method;
    request.method_text = http::name_of(method);
    request.target = target;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    if (mark != std::string_view::npos) request.query = target.substr(mark + 1);
    request.body = made.body;
    request.peer = made.peer;
    const auto set = [&](http::Header header, std::string_view value) {
        request.headers[static_cast<std::size_t>(header)] = value;
    };
    if (!made.token.empty()) {
        authorization = "Bearer " + made.token;
        set(http::Header::kAuthorization, authorization);
    }
    if (!made.body.empty()) set(http::Header::kContentType, made.content_type);
    if (!made.key.empty()) set(http::Header::kIdempotencyKey, made.key);
    for (const auto& [header, value] : made.headers) set(header, value);
    return request;
}

TestAnswer answer_of(const http::Answer& given) {
    TestAnswer answer;
    answer.status = given.status;
    answer.content_type = given.content_type;
    for (const auto& [name, value] : given.headers) answer.headers.emplace_back(name, value);
    answer.body = given.body;
    boost::system::error_code error;
    answer.json = boost::json::parse(given.body, error);
    if (error) answer.json = nullptr;
    return answer;
}

/// As a connection sends it.
Task<void> read_source(http::Answer& answer) {
    while (answer.body.size() < answer.source->size()) {
        const auto piece = co_await answer.source->next();
        if (!piece || piece->empty()) throw std::runtime_error("A body ends before its size.");
        answer.body += *piece;
    }
}

/// One call with everything it borrows from.
struct Flight {
    std::string authorization;
    http::Request request;
    http::Answer answer;
    bool is_done = false;
};

}  // namespace

Result<void> RememberingSink::deliver_blocking(const apps::Message& message) {
    const std::scoped_lock lock(mutex_);
    if (fails_) return fail(Code::kGone, "The gateway does not answer.");
    sent_.push_back({std::string(message.channel), message.to, message.text});
    return {};
}

std::vector<SentMessage> RememberingSink::sent() const {
    const std::scoped_lock lock(mutex_);
    return sent_;
}

void RememberingSink::fail_from_now(bool fails) {
    const std::scoped_lock lock(mutex_);
    fails_ = fails;
}

void RememberingLog::write(const http::AccessRecord& record) noexcept {
    lines_.push_back({std::string(record.request_id), std::string(record.operation),
                      std::string(record.method), std::string(record.address),
                      std::string(record.code), std::string(record.detail), record.status});
}

std::string TestAnswer::header(std::string_view name) const {
    const auto found = std::ranges::find_if(headers, [&](auto& one) { return one.first == name; });
    return found == headers.end() ? std::string() : found->second;
}

std::string TestAnswer::at(std::string_view pointer) const {
    boost::system::error_code error;
    const boost::json::value* value = json.find_pointer(pointer, error);
    if (value == nullptr) return "<none>";
    if (value->is_string()) return std::string(value->get_string());
    return boost::json::serialize(*value);
}

void TestApi::check(const Result<void>& result) {
    if (!result) throw std::runtime_error(describe(result.error()));
}

TestApi::TestApi(sql::Engine engine, std::vector<http::Route> routes, TestApiOptions options)
    : database_(engine), session_(database_.session()), secrets_(test_secrets()) {
    const migrate::MigrationGraph history = value_of(apps::embedded_history());
    if (engine == sql::Engine::kSqlite) check(session_->script("PRAGMA synchronous = OFF"));
    migrate::Executor executor(*session_, history, clock, random);
    if (const auto done = executor.migrate({}); !done)
        throw std::runtime_error(describe(done.error()));
    (void)value_of(apps::load_reference_data(*session_, clock));
    product_ = value_of(sql::open_database(database_.url()));
    tokens_ = std::make_unique<security::AccessTokens>(secrets_->access_token_keys());
    cursors_ = std::make_unique<security::TextSigner>(secrets_->cursor_keys());
    workers_ = std::make_unique<security::WorkerPool>(2, 64, "test workers");
    platform_ = std::make_unique<Platform>(
        Platform{*product_, clock, random, *secrets_, *tokens_, *cursors_, *workers_, messages,
                 (folder_ / "documents").string(), [this] { ++wakes_; }});
    platform_->erasures_file = erasures_file();
    platform_->job_files = (folder_ / "jobs").string();
    authenticator_ = std::make_unique<sessions::SessionAuthenticator>(*product_, *tokens_);

    permissions_ = std::move(options.permissions);
    for (const http::Route& route : routes) {
        const http::Permission* row = http::find(apps::permissions(), route.operation);
        if (row != nullptr) permissions_.push_back(*row);
    }
    std::ranges::sort(permissions_, {}, &http::Permission::operation);
    options.pipeline.rates.enabled = options.rate_limits;
    http::Authenticator& authenticator =
        options.authenticator != nullptr ? *options.authenticator : *authenticator_;
    pipeline_ = value_of(http::Pipeline::make(std::move(routes), permissions_, *platform_, clock,
                                              random, authenticator, &log, options.pipeline));
}

TestApi::~TestApi() {
    io_.stop();  // nobody runs it any more: the database does not wait for what it would do
    product_->close();
    workers_->close();
}

void TestApi::run_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!done()) {
        io_.restart();
        io_.run_one_until(deadline);
        if (!done() && std::chrono::steady_clock::now() >= deadline)
            throw std::runtime_error("A call was not answered within 30 seconds.");
    }
    settle();
}

void TestApi::settle() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (std::chrono::steady_clock::now() < deadline) {
        const security::WorkerPoolStats stats = workers_->stats();
        io_.restart();
        const bool is_idle = stats.waiting == 0 && stats.working == 0;
        if (io_.poll() == 0 && is_idle) return;
        if (!is_idle) io_.run_one_for(std::chrono::milliseconds(1));
    }
}

TestAnswer TestApi::call(http::Method method, std::string_view target, const TestRequest& request) {
    Flight flight;
    flight.request = request_of(method, target, request, flight.authorization);
    run(pipeline_->answer(flight.request, flight.answer));
    if (flight.answer.source) run(read_source(flight.answer));
    return answer_of(flight.answer);
}

TestAnswer TestApi::get(std::string_view target, const TestRequest& request) {
    return call(http::Method::kGet, target, request);
}
TestAnswer TestApi::post(std::string_view target, const TestRequest& request) {
    return call(http::Method::kPost, target, request);
}
TestAnswer TestApi::put(std::string_view target, const TestRequest& request) {
    return call(http::Method::kPut, target, request);
}
TestAnswer TestApi::patch(std::string_view target, const TestRequest& request) {
    return call(http::Method::kPatch, target, request);
}
TestAnswer TestApi::remove(std::string_view target, const TestRequest& request) {
    return call(http::Method::kDelete, target, request);
}

std::vector<TestAnswer> TestApi::together(const std::vector<Planned>& calls) {
    std::vector<std::unique_ptr<Flight>> flights;
    std::size_t open = calls.size();
    std::exception_ptr defect;
    for (const Planned& planned : calls) {
        Flight& flight = *flights.emplace_back(std::make_unique<Flight>());
        flight.request =
            request_of(planned.method, planned.target, planned.request, flight.authorization);
        boost::asio::co_spawn(io_, pipeline_->answer(flight.request, flight.answer),
                              [&](std::exception_ptr thrown) {
                                  if (thrown) defect = thrown;
                                  --open;
                              });
    }
    run_until([&] { return open == 0; });
    if (defect) std::rethrow_exception(defect);
    std::vector<TestAnswer> answers;
    for (const auto& flight : flights) answers.push_back(answer_of(flight->answer));
    return answers;
}

Person TestApi::add_person(const NewPerson& person, users::Role role, bool staff, bool superuser) {
    const int number = ++people_;
    users::User row;
    row.id.value = Uuid::make(clock, random);
    row.email = person.email.empty() ? fmt::format("persona{}@example.gt", number) : person.email;
    row.password =
        person.password.empty() ? "!nobody" : security::hash_password_blocking(person.password);
    row.first_name = person.first_name;
    row.last_name = person.last_name;
    const std::string phone =
        person.phone.empty() ? fmt::format("+502{:08}", 50'000'000 + number) : person.phone;
    row.phone_number = Phone::parse(phone).value();
    row.role = role;
    row.is_active = true;
    row.is_staff = staff;
    row.is_superuser = superuser;
    insert(row);
    return {row.id, row.email, row.phone_number.text()};
}

Person TestApi::add_member(const NewPerson& person) {
    return add_person(person, users::Role::kUser, false, false);
}

Person TestApi::add_staff(const std::vector<http::Scope>& scopes, const NewPerson& person) {
    const Person added = add_person(person, users::Role::kAdmin, true, false);
    for (const http::Scope scope : scopes) {
        users::StaffScope row;
        row.user_id = added.id;
        row.scope = scope;
        insert(row);
    }
    return added;
}

Person TestApi::add_superuser(const NewPerson& person) {
    return add_person(person, users::Role::kAdmin, true, true);
}

Unit TestApi::add_unit(providers::ProviderStatus status, const NewPerson& person) {
    const bool is_active = status == providers::ProviderStatus::kActive;
    const Person added =
        add_person(person, is_active ? users::Role::kProvider : users::Role::kUser, false, false);
    providers::Provider row;
    row.user_id = added.id;
    row.company_name = fmt::format("Grúas {}", people_);
    row.business_license = fmt::format("LIC-{:06}", people_);
    row.business_phone = Phone::parse(added.phone).value();
    row.business_email = added.email;
    row.address = "6a avenida 1-23, zona 1";
    row.city = "Guatemala";
    row.state = "Guatemala";
    row.postal_code = "01001";
    row.country = "Guatemala";
    row.latitude = Coordinate{14'634'915};
    row.longitude = Coordinate{-90'506'882};
    row.service_radius_km = 50;
    row.service_areas.text = "[]";
    row.working_hours.text = "{}";
    row.is_available = true;
    row.status = status;
    insert(row);
    return {added.id, row.id, added.email};
}

std::string TestApi::sign_in_as(users::UserId user_id) {
    sessions::Session row;
    row.id.value = Uuid::make(clock, random);
    row.user_id = user_id;
    row.last_seen = clock.now();
    row.expires_at = {clock.now().micros + std::int64_t{24} * 3'600 * 1'000'000};
    row.address = "203.0.113.7";
    row.device_name = "test";
    insert(row);
    return tokens_->issue(user_id.value, row.id.value, clock.now());
}

void TestApi::execute(std::string_view sql) {
    check(session_->script(std::string(sql)));
}

std::int64_t TestApi::integer(std::string_view sql) {
    std::int64_t found = 0;
    auto sink = sql::each_row([&](const sql::Row& row) {
        found = row.integer(0);
        return false;
    });
    (void)value_of(session_->run(sql, {}, &sink));
    return found;
}

std::string TestApi::text(std::string_view sql) {
    std::string found;
    auto sink = sql::each_row([&](const sql::Row& row) {
        found = row.text(0);
        return false;
    });
    (void)value_of(session_->run(sql, {}, &sink));
    return found;
}

}  // namespace segurifai::testing

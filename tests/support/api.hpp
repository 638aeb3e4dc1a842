#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/keys.hpp"
#include "apps/messages.hpp"
#include "apps/platform.hpp"
#include "apps/providers/choices.hpp"
#include "apps/users/choices.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "http/caller.hpp"
#include "http/pipeline.hpp"
#include "model/store.hpp"
#include "support/databases.hpp"
#include "support/temporary_folder.hpp"

namespace segurifai::testing {

/// A message that would have left.
struct SentMessage {
    std::string channel;
    std::string to;
    std::string text;
};

/// Remembers what would have left; can be told to fail.
class RememberingSink final : public apps::MessageSink {
public:
    [[nodiscard]] Result<void> deliver_blocking(const apps::Message& message) override;
    [[nodiscard]] std::vector<SentMessage> sent() const;
    void fail_from_now(bool fails);

private:
    mutable std::mutex mutex_;
    std::vector<SentMessage> sent_;
    bool fails_ = false;
};

/// Remembers what the access log would hold.
class RememberingLog final : public http::AccessLog {
public:
    struct Line {
        std::string request_id, operation, method, address, code, detail;
        int status = 0;
    };
    void write(const http::AccessRecord& record) noexcept override;
    [[nodiscard]] const std::vector<Line>& lines() const noexcept { return lines_; }

private:
    std::vector<Line> lines_;
};

/// One request as a test writes it.
struct TestRequest {
    std::string token;  ///< access token; empty = nobody signed in
    std::string body;
    std::string key;  ///< Idempotency-Key; empty = none
    std::vector<std::pair<http::Header, std::string>> headers;
    /// Content-Type when there is a body and `headers` has none.
    std::string content_type = "application/json";
    std::string peer = "203.0.113.7";
};

struct TestAnswer {
    int status = 0;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    boost::json::value json;  ///< null when the body is no JSON

    /// A header's value; empty when it is not there.
    [[nodiscard]] std::string header(std::string_view name) const;
    /// The text at a JSON pointer ("/code", "/results/0/id"), texts without quotes; "<none>" when
    /// nothing is there.
    [[nodiscard]] std::string at(std::string_view pointer) const;
};

struct TestApiOptions {
    bool rate_limits = false;
    http::PipelineOptions pipeline = {};
    std::vector<http::Permission> permissions = {};  ///< besides those of the product
    http::Authenticator* authenticator = nullptr;    ///< instead of the product's
};

struct Person {
    users::UserId id;
    std::string email;
    std::string phone;
};

struct Unit {
    users::UserId user_id;
    providers::ProviderId id;
    std::string email;
};

struct NewPerson {
    std::string email = {};     ///< made when empty
    std::string phone = {};     ///< made when empty
    std::string password = {};  ///< empty = an account nobody can sign in to by password
    std::string first_name = "Ana";
    std::string last_name = "Pérez";
};

/// The whole product without sockets, over a fresh migrated database with reference data. Routes
/// that are given are served; of the permission table only their rows count.
///
///     TestApi api(GetParam(), users::routes());
///     const Person ana = api.add_member();
///     const TestAnswer me = api.get("/api/users/me/", {.token = api.sign_in_as(ana.id)});
///     EXPECT_EQ(me.at("/email"), ana.email);
class TestApi {
public:
    TestApi(sql::Engine engine, std::vector<http::Route> routes, TestApiOptions options = {});
    ~TestApi();
    TestApi(const TestApi&) = delete;
    TestApi& operator=(const TestApi&) = delete;

    /// Answers one request. Throws std::runtime_error after 30 seconds. What the handler spawned
    /// (messages) has ended when this returns.
    TestAnswer call(http::Method method, std::string_view target, const TestRequest& request = {});
    TestAnswer get(std::string_view target, const TestRequest& request = {});
    TestAnswer post(std::string_view target, const TestRequest& request = {});
    TestAnswer put(std::string_view target, const TestRequest& request = {});
    TestAnswer patch(std::string_view target, const TestRequest& request = {});
    TestAnswer remove(std::string_view target, const TestRequest& request = {});

    struct Planned {
        http::Method method;
        std::string target;
        TestRequest request = {};
    };
    /// Answers all of them at the same time; the answers in the order of `calls`.
    std::vector<TestAnswer> together(const std::vector<Planned>& calls);

    /// Runs any coroutine on the io_context of the calls.
    template <class T>
    T run(Task<T> task);

    // People, straight into the tables.
    Person add_member(const NewPerson& person = {});
    Person add_staff(const std::vector<http::Scope>& scopes, const NewPerson& person = {});
    Person add_superuser(const NewPerson& person = {});
    /// An account with a provider row in that state, with service_radius_km 50 at Guatemala City.
    Unit add_unit(providers::ProviderStatus status = providers::ProviderStatus::kActive,
                  const NewPerson& person = {});
    /// Opens a session for the account and gives its access token, valid an hour of `clock`.
    std::string sign_in_as(users::UserId user_id);

    /// Inserts any described row; it then holds its identity. Throws when the database refuses.
    template <model::Described T>
    T& insert(T& row) {
        check(model::insert_row_blocking(*session_, clock, model::plan_of<T>(), &row));
        return row;
    }
    /// A blocking session beside the product's, to look and to arrange.
    [[nodiscard]] sql::Session& session() noexcept { return *session_; }
    /// Runs a statement without parameters. Throws when the database refuses.
    void execute(std::string_view sql);
    /// The first column of the first row as an integer or a text; 0 or "" without a row.
    std::int64_t integer(std::string_view sql);
    std::string text(std::string_view sql);

    [[nodiscard]] Platform& platform() noexcept { return *platform_; }
    [[nodiscard]] sql::Database& database() noexcept { return *product_; }
    [[nodiscard]] http::Pipeline& pipeline() noexcept { return *pipeline_; }
    [[nodiscard]] boost::asio::io_context& io() noexcept { return io_; }
    [[nodiscard]] sql::DatabaseUrl url() const { return database_.url(); }
    /// Stands for the data folder.
    [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
    /// Where the list of archived people is.
    [[nodiscard]] std::string erasures_file() const {
        return (folder_ / "erasures.ndjson").string();
    }
    [[nodiscard]] const security::Secrets& secrets() const noexcept { return *secrets_; }
    /// How often the dispatch was woken.
    [[nodiscard]] int wakes() const noexcept { return wakes_; }

    /// 2026-02-03 18:00 UTC, noon in Guatemala. Stands still until it is moved.
    ManualClock clock{Instant{1'770'141'600'000'000}};
    SystemRandom random;
    RememberingSink messages;
    RememberingLog log;

private:
    static void check(const Result<void>& result);
    void run_until(const std::function<bool()>& done);
    Person add_person(const NewPerson& person, users::Role role, bool staff, bool superuser);
    void settle();

    TemporaryFolder folder_;
    boost::asio::io_context io_{1};
    TestDatabase database_;
    std::unique_ptr<sql::Session> session_;
    std::unique_ptr<sql::Database> product_;
    std::unique_ptr<security::Secrets> secrets_;
    std::unique_ptr<security::AccessTokens> tokens_;
    std::unique_ptr<security::TextSigner> cursors_;
    std::unique_ptr<security::WorkerPool> workers_;
    std::unique_ptr<Platform> platform_;
    std::unique_ptr<http::Authenticator> authenticator_;
    std::vector<http::Permission> permissions_;
    std::unique_ptr<http::Pipeline> pipeline_;
    std::atomic<int> wakes_ = 0;
    int people_ = 0;
};

template <class T>
T TestApi::run(Task<T> task) {
    std::exception_ptr defect;
    bool is_done = false;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown) {
            defect = thrown;
            is_done = true;
        });
        run_until([&] { return is_done; });
        if (defect) std::rethrow_exception(defect);
    } else {
        std::optional<T> value;
        boost::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr thrown, T given) {
            defect = thrown;
            value.emplace(std::move(given));
            is_done = true;
        });
        run_until([&] { return is_done; });
        if (defect) std::rethrow_exception(defect);
        return *std::move(value);
    }
}

}  // namespace segurifai::testing

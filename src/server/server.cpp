#include "server/server.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <exception>
#include <thread>
#include <utility>

#include "apps/dispatch/arrival.hpp"
#include "apps/dispatch/engine.hpp"
#include "apps/jobs/files.hpp"
#include "apps/jobs/runner.hpp"
#include "apps/messages.hpp"
#include "apps/permissions.hpp"
#include "apps/platform.hpp"
#include "apps/providers/position_buffer.hpp"
#include "apps/sessions/authenticator.hpp"
#include "apps/users/erasure_list.hpp"
#include "base/thread.hpp"
#include "http/openapi.hpp"
#include "ops/backup/service.hpp"
#include "ops/retention/archived_requests.hpp"
#include "security/access_token.hpp"
#include "security/password.hpp"
#include "security/secrets.hpp"
#include "security/signed_text.hpp"
#include "security/worker_pool.hpp"
#include "server/access_log.hpp"
#include "server/crowd.hpp"
#include "server/facts.hpp"
#include "server/job_kinds.hpp"
#include "server/pages.hpp"
#include "server/process_metrics.hpp"
#include "server/restore_check.hpp"
#include "server/routes.hpp"
#include "server/schema_check.hpp"
#include "server/watch.hpp"
#include "sql/database.hpp"

namespace segurifai::server {
namespace {

namespace asio = boost::asio;

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>,
                                         asio::io_context::executor_type>;

constexpr std::chrono::seconds kLookEvery{1};
constexpr std::chrono::hours kErasuresEvery{1};
constexpr std::size_t kJobsAtOnce = 3;
constexpr std::size_t kArchiveReadersMax = 8;  ///< calls that wait to read segments

std::size_t threads_for_hashing(int wanted) {
    if (wanted > 0) return static_cast<std::size_t>(wanted);
    return std::max(1U, std::thread::hardware_concurrency() / 2);
}

Result<security::Secrets> secrets_of(const ServerOptions& options, Random& random) {
    if (options.secret_key) return security::secrets_from(options.secret_key);
    return security::load_or_make_secrets(options.data_dir, random);
}

class RunningServer final : public Server {
public:
    RunningServer(ServerOptions options, Clock& clock, Random& random, security::Secrets secrets)
        : options_(std::move(options)),
          clock_(clock),
          random_(random),
          secrets_(std::move(secrets)),
          access_tokens_(secrets_.access_token_keys()),
          cursors_(secrets_.cursor_keys()),
          workers_(threads_for_hashing(options_.hashing_threads),
                   static_cast<std::size_t>(options_.hashing_queue_limit), "segurifai-work"),
          job_workers_(kJobsAtOnce, kJobsAtOnce, "segurifai-jobs"),
          archive_workers_(1, kArchiveReadersMax, "segurifai-archive") {}

    ~RunningServer() override {
        finish();
        if (database_) database_->close();
        if (backups_) backups_->stop();  // every commit is in them
        workers_.close();
        job_workers_.close();
        archive_workers_.close();
    }

    Result<void> open_all() {
        SEGURIFAI_TRY_AS(log_, open_log(options_.log, clock_));
        SEGURIFAI_TRY(check_schema(options_.database, clock_, random_));
        SEGURIFAI_TRY(check_settled(options_.database));
        const int workers =
            options_.wire.workers > 0
                ? options_.wire.workers
                : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
        options_.wire.workers = workers;
        if (options_.backups && options_.database.engine == sql::Engine::kSqlite) begin_shipping();
        SEGURIFAI_TRY_AS(database_, open_database(workers + 1));
        messages_ = apps::file_sink(options_.data_dir / "messages.log", clock_);
        platform_ = std::make_unique<Platform>(
            Platform{*database_, clock_, random_, secrets_, access_tokens_, cursors_, workers_,
                     *messages_, (options_.data_dir / "documents").string()});
        platform_->job_files = (options_.data_dir / jobs::kFilesFolder).string();
        platform_->erasures_file = (options_.data_dir / users::kErasuresFile).string();
        SEGURIFAI_TRY_AS(request_archive_, retention::archived_requests());
        platform_->request_archive = request_archive_.get();
        make_facts();
        make_positions();
        installation_ = {.database = options_.database,
                         .data_dir = options_.data_dir,
                         .secret_key = options_.secret_key,
                         .keep_log = backups_ != nullptr,
                         .backups = options_.backups,
                         .ships = backups_ != nullptr};
        SEGURIFAI_TRY_AS(job_kinds_, all_job_kinds(installation_));
        platform_->job_kinds = &job_kinds_;
        make_watch();
        authenticator_ =
            std::make_unique<sessions::SessionAuthenticator>(*database_, access_tokens_);
        SEGURIFAI_TRY_AS(pipeline_, http::Pipeline::make(
                                        all_routes(), apps::permissions(), *platform_, clock_,
                                        random_, *authenticator_, log_.get(), options_.pipeline));
        SEGURIFAI_TRY_AS(wire_, http::WireServer::bind(options_.wire, *pipeline_));
        make_start_pages();
        begin_background();
        return {};
    }

    std::uint16_t port() const noexcept override { return wire_->port(); }

    void run() override {
        log_->note("info", fmt::format("Serving on {} port {} with {} workers, database {}.",
                                       options_.wire.address, port(), wire_->workers(),
                                       options_.database.to_display()));
        wire_->run();
        finish();
        log_->note("info", "Everything is answered; the server ends.");
    }

    void stop() noexcept override {
        if (wire_) wire_->stop();
    }

private:
    void begin_shipping() {
        backup::ServiceOptions backups{.database = options_.database,
                                       .repository = *options_.backups,
                                       .keys = secrets_.backup_keys()};
        backups.report = [this](backup::Loudness loudness, std::string_view sentence) {
            log_->note(loudness == backup::Loudness::kAlarm ? "error" : "info",
                       fmt::format("backups: {}", sentence));
        };
        backups_ =
            std::make_unique<backup::BackupService>(files_, std::move(backups), clock_, random_);
    }

    Result<std::unique_ptr<sql::Database>> open_database(int io_threads) {
        sql::DatabaseOptions database;
        database.io_threads = io_threads;
        if (backups_) {
            database.keep_log = true;
            database.on_commit = [this] { backups_->wake(); };
        }
        return sql::open_database(options_.database, database);
    }

    /// What the pages and the health operations say.
    void make_facts() {
        const std::vector<http::Route> routes = all_routes();
        const auto document = http::openapi_document(
            routes, apps::permissions(),
            {.title = "SegurifAI x PAQ",
             .version = options_.version,
             .description = "Roadside, health and card assistance in Guatemala."});
        facts_.version = options_.version;
        facts_.draining = [this] { return wire_ && wire_->draining(); };
        facts_.metrics = [this] { return metrics(); };
        facts_.schema_json = boost::json::serialize(document);
        facts_.schema_yaml = http::to_yaml(document);
        facts_.docs_html = docs_page(document, refusal_lines());
        platform_->server = &facts_;
    }

    /// Once the port is known.
    void make_start_pages() {
        const std::string& listens = options_.wire.address;
        const bool everywhere = listens == "0.0.0.0" || listens == "::";
        const bool is_v6 = !everywhere && listens.find(':') != std::string::npos;
        const std::string host = everywhere ? "127.0.0.1" : is_v6 ? "[" + listens + "]" : listens;
        const std::string base = fmt::format("http://{}:{}", host, port());
        facts_.start_spanish = start_page(http::Language::kSpanish, options_.version, base);
        facts_.start_english = start_page(http::Language::kEnglish, options_.version, base);
    }

    std::string metrics() const {
        std::string text = pipeline_->metrics().expose();
        append_metrics(text, wire_->stats());
        append_metrics(text, database_->stats());
        append_metrics(text, workers_.stats());
        append_metrics(text, engine_->stats());
        append_metrics(text, positions_->stats());
        append_metrics(text, jobs_->stats());
        append_metric(text, "segurifai_log_lines_lost_total", log_->lost());
        if (backups_) append_metrics(text, backups_->stats());
        append_metrics(text, watch_->observed());
        if (const auto seen = watch_->backups(); options_.backups && !backups_ && seen)
            append_metrics(text, *seen);
        append_process_metrics(text);
        return text;
    }

    void make_positions() {
        providers::PositionBufferOptions options;
        options.on_job_fixes = &dispatch::on_fixes;
        options.report = [this](const Error& error) {
            log_->note("error", fmt::format("positions: {}", describe(error)));
        };
        positions_ =
            std::make_unique<providers::PositionBuffer>(*database_, clock_, std::move(options));
        platform_->positions = positions_.get();
    }

    void make_watch() {
        const Watched watched{.database = *database_,
                              .clock = clock_,
                              .kinds = job_kinds_,
                              .secrets = secrets_,
                              .installation = installation_,
                              .files = files_};
        const auto report = [this](const Error& error) {
            log_->note("error", fmt::format("watch: {}", describe(error)));
        };
        const auto note = [this](bool is_well, std::string_view sentence) {
            log_->note(is_well ? "info" : "warning", fmt::format("backups: {}", sentence));
        };
        watch_ = std::make_unique<Watch>(watched, report, note);
        facts_.watch = watch_.get();
        platform_->archive_failed = [this](const Error& error) { watch_->archive_failed(error); };
        facts_.installation = &installation_;
        facts_.archive_workers = &archive_workers_;
    }

    void make_jobs() {
        const jobs::Resources resources{*database_, clock_, random_, job_workers_,
                                        options_.data_dir / jobs::kFilesFolder};
        jobs::RunnerOptions options;
        options.places = kJobsAtOnce;
        options.report = [this](const Error& error) {
            log_->note("error", fmt::format("jobs: {}", describe(error)));
        };
        jobs_ =
            std::make_unique<jobs::Runner>(resources, background_, job_kinds_, std::move(options));
        platform_->wake_jobs = [this] { jobs_->wake(); };
    }

    /// The thread of everything that is nobody's request.
    void begin_background() {
        dispatch::EngineOptions options;
        options.policy = options_.policy;
        options.report = [this](const Error& error) {
            log_->note("warning", fmt::format("dispatch: {}", describe(error)));
        };
        engine_ = std::make_unique<dispatch::Engine>(*platform_, background_, std::move(options));
        platform_->wake_dispatch = [this] { engine_->wake(); };
        make_jobs();
        signals_.async_wait([this](boost::system::error_code cancelled, int) {
            if (!cancelled) stop();
        });
        spawn(engine_->run());
        spawn(positions_->run(background_));
        spawn(jobs_->run());
        spawn(watch_->run(background_));
        spawn(keep_house());
        thread_ = std::thread([this] {
            name_this_thread("background");
            background_.run();
        });
        // The first failed sign-in shall not be slower than the others.
        hash_ahead_ = std::thread([] { (void)security::decoy_hash(); });
    }

    void spawn(Task<void> task) {
        asio::co_spawn(background_, std::move(task), [this](std::exception_ptr defect) {
            if (!defect) return;
            try {
                std::rethrow_exception(defect);
            } catch (const std::exception& error) {
                log_->note("error", fmt::format("A background task ended: {}", error.what()));
            }
        });
    }

    /// When a crowd of connections has left, its memory goes too. Erasures that could not be put on
    /// their list when they were made are put there once it can be written.
    Task<void> keep_house() {
        auto next = std::chrono::steady_clock::now() + kErasuresEvery;
        Timer timer(background_);
        Crowd crowd;
        while (!finishing_) {
            timer.expires_after(kLookEvery);
            co_await timer.async_wait(asio::use_awaitable_t<asio::io_context::executor_type>());
            const std::size_t most = wire_->take_connections_most();
            if (crowd.has_left(wire_->stats().connections_open, most)) give_back_memory();
            if (std::chrono::steady_clock::now() < next) continue;
            next += kErasuresEvery;
            if (const auto listed = co_await users::list_erasures(*platform_); !listed)
                log_->note("error", fmt::format("erasures: {}", describe(listed.error())));
        }
    }

    /// Ends the background; once.
    void finish() {
        if (std::exchange(finishing_requested_, true)) return;
        finishing_ = true;
        if (engine_) engine_->stop();
        if (positions_) positions_->stop();
        if (jobs_) jobs_->stop();
        if (watch_) watch_->stop();
        asio::post(background_, [this] {
            boost::system::error_code ignored;  // there may be no signal waited for any more
            signals_.cancel(ignored);
        });
        if (thread_.joinable()) thread_.join();
        if (hash_ahead_.joinable()) hash_ahead_.join();
    }

    ServerOptions options_;
    Clock& clock_;
    Random& random_;
    security::Secrets secrets_;
    security::AccessTokens access_tokens_;
    security::TextSigner cursors_;
    std::unique_ptr<LogWriter> log_;
    // The io_contexts outlive what posts to them: destroyed after the pool and the database close.
    asio::io_context background_{1};
    asio::signal_set signals_{background_, SIGTERM, SIGINT};
    std::unique_ptr<apps::MessageSink> messages_;
    security::WorkerPool workers_;
    security::WorkerPool job_workers_;
    security::WorkerPool archive_workers_;
    Installation installation_;
    jobs::Kinds job_kinds_;
    std::unique_ptr<http::WireServer> wire_;
    backup::SystemFiles files_;
    std::unique_ptr<backup::BackupService> backups_;
    std::unique_ptr<sql::Database> database_;
    std::unique_ptr<assistance::RequestArchive> request_archive_;
    std::unique_ptr<Platform> platform_;
    std::unique_ptr<sessions::SessionAuthenticator> authenticator_;
    std::unique_ptr<http::Pipeline> pipeline_;
    std::unique_ptr<providers::PositionBuffer> positions_;
    std::unique_ptr<dispatch::Engine> engine_;
    std::unique_ptr<jobs::Runner> jobs_;
    std::unique_ptr<Watch> watch_;
    Facts facts_;
    std::thread thread_;
    std::thread hash_ahead_;
    std::atomic<bool> finishing_{false};
    bool finishing_requested_ = false;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Clock& clock, Random& random) {
    SEGURIFAI_TRY_AS(security::Secrets secrets, secrets_of(options, random));
    auto server =
        std::make_unique<RunningServer>(std::move(options), clock, random, std::move(secrets));
    SEGURIFAI_TRY(server->open_all());
    return server;
}

}  // namespace segurifai::server

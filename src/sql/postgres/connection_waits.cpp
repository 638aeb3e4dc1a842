// The parts of a connection that wait as coroutines: connecting, and COPY.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sql/postgres/connection.hpp"
#include "sql/postgres/result_row.hpp"

namespace segurifai::sql::postgres {
namespace asio = boost::asio;

namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;
using Resolver = asio::ip::basic_resolver<asio::ip::tcp, IoExecutor>;

}  // namespace

Task<bool> Connection::wait_socket(asio::posix::descriptor_base::wait_type what) {
    const std::uint64_t generation = generation_;
    boost::system::error_code error;
    co_await descriptor_->async_wait(what, asio::redirect_error(Await(), error));
    co_return !error && generation == generation_;
}

Task<std::string> Connection::resolve(std::string name) {
    // Asio looks names up on a thread of its own; libpq would block this one.
    boost::system::error_code error;
    Resolver resolver(executor_);
    const std::string no_service;
    const auto found =
        co_await resolver.async_resolve(name, no_service, asio::redirect_error(Await(), error));
    if (error || found.empty()) co_return std::string();
    co_return found.begin()->endpoint().address().to_string();
}

Task<Result<void>> Connection::open() {
    const std::shared_ptr<Connection> self = shared_from_this();
    release_socket();
    opening_ = true;
    std::string address;
    if (std::string name = target_->name_to_resolve(); !name.empty())
        address = co_await resolve(name);
    connection_ = target_->start(address);
    Timer deadline(executor_, limits_.connect);
    const std::uint64_t generation = generation_;
    deadline.async_wait([self, generation](boost::system::error_code error) {
        if (!error && generation == self->generation_ && self->descriptor_)
            self->descriptor_->cancel();
    });
    auto connected = co_await poll_connect();
    deadline.cancel();
    opening_ = false;
    if (generation != generation_) co_return std::unexpected(lost_connection().error);
    if (!connected) {
        release_socket();
        co_return connected;
    }
    finish_connecting(connection_.get());
    descriptor_.emplace(executor_, PQsocket(connection_.get()));
    if (PQsetnonblocking(connection_.get(), 1) != 0 ||
        PQenterPipelineMode(connection_.get()) == 0) {
        release_socket();
        co_return std::unexpected(lost_connection().error);
    }
    progress_ = std::chrono::steady_clock::now();
    if (!queue_.empty()) schedule_flush();
    co_return Result<void>();
}

Task<Result<void>> Connection::poll_connect() {
    if (PQstatus(connection_.get()) == CONNECTION_BAD)
        co_return std::unexpected(connect_error(connection_.get()));
    auto next = PGRES_POLLING_WRITING;
    while (next != PGRES_POLLING_OK) {
        // libpq may take another socket for each address, so it is looked up before each wait.
        descriptor_.emplace(executor_, PQsocket(connection_.get()));
        const bool ready = co_await wait_socket(next == PGRES_POLLING_READING
                                                    ? asio::posix::descriptor_base::wait_read
                                                    : asio::posix::descriptor_base::wait_write);
        if (!connection_) co_return std::unexpected(lost_connection().error);
        if (descriptor_) descriptor_->release();
        descriptor_.reset();
        if (!ready) co_return std::unexpected(connect_timed_out(connection_.get()));
        next = PQconnectPoll(connection_.get());
        if (next == PGRES_POLLING_FAILED)
            co_return std::unexpected(connect_error(connection_.get()));
    }
    co_return Result<void>();
}

Task<bool> Connection::flush_all() {
    while (true) {
        if (!is_open()) co_return false;
        const int rest = PQflush(connection_.get());
        if (rest <= 0) co_return rest == 0;
        const bool ready = co_await wait_socket(asio::posix::descriptor_base::wait_write);
        if (!ready) co_return false;
        progress_ = std::chrono::steady_clock::now();
    }
}

/// The next result outside pipeline mode; null at the end, or when the connection went.
Task<ResultPtr> Connection::next_result() {
    while (is_open() && PQisBusy(connection_.get()) != 0) {
        const bool ready = co_await wait_socket(asio::posix::descriptor_base::wait_read);
        if (!ready || PQconsumeInput(connection_.get()) == 0) co_return nullptr;
        progress_ = std::chrono::steady_clock::now();
    }
    co_return is_open() ? ResultPtr(PQgetResult(connection_.get())) : nullptr;
}

Task<Result<void>> Connection::copy_rows(CopyFormat& format, const BulkSource& source) {
    std::string chunk;
    chunk.reserve(2 * CopyFormat::kChunkBytes);
    CopyFormat::append_header(chunk);
    std::vector<Value> row;
    bool more = true;
    while (more) {
        auto next = source(row);
        if (!next) co_return std::unexpected(std::move(next).error());
        more = *next;
        if (more)
            SEGURIFAI_CO_TRY(format.append_row(chunk, row));
        else
            CopyFormat::append_trailer(chunk);
        if (more && chunk.size() < CopyFormat::kChunkBytes) continue;
        const bool written = co_await flush_all();  // so that libpq's buffer stays small
        if (!written ||
            PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1)
            co_return std::unexpected(lost_connection().error);
        chunk.clear();
        co_await asio::post(executor_, Await());  // others of this thread have their turn
        if (!is_open()) co_return std::unexpected(lost_connection().error);
    }
    co_return Result<void>();
}

Task<std::expected<std::int64_t, Failure>> Connection::copy_in(CopyFormat& format,
                                                               const BulkSource& source) {
    const std::shared_ptr<Connection> self = shared_from_this();
    if (!is_open() || is_busy() || PQexitPipelineMode(connection_.get()) == 0)
        co_return std::unexpected(lost_connection());
    copying_ = true;
    progress_ = std::chrono::steady_clock::now();
    std::optional<Failure> failed;
    Result<void> copied;
    std::int64_t rows = 0;
    bool line = PQsendQuery(connection_.get(), format.statement().c_str()) == 1;
    if (line) line = co_await flush_all();
    ResultPtr result = co_await next_result();
    if (line && PQresultStatus(result.get()) == PGRES_COPY_IN) {
        copied = co_await copy_rows(format, source);
        if (is_open()) {
            PQputCopyEnd(connection_.get(), copied ? nullptr : "the source of the rows failed");
            line = co_await flush_all();
        }
        result = co_await next_result();
    }
    while (result) {
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_COMMAND_OK)
            rows = rows_changed(result.get());
        else if (!failed)
            failed = failure_of(result.get(), connection_.get());
        result = co_await next_result();
    }
    copying_ = false;
    if (!is_open() || PQenterPipelineMode(connection_.get()) == 0) {
        if (!failed) failed = lost_connection();
        close();
    }
    if (!copied && copied.error().code != Code::kGone) failed = Failure{copied.error(), ""};
    if (failed) co_return std::unexpected(std::move(*failed));
    co_return rows;
}

}  // namespace segurifai::sql::postgres

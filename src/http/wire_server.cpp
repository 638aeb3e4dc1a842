#include "http/wire_server.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "base/thread.hpp"
#include "http/wire_worker.hpp"

namespace segurifai::http {
namespace {

using ErrorCode = boost::system::error_code;

Result<void> check(const WireOptions& options) {
    const bool positive =
        options.head_bytes_max > 0 && options.fields_max > 0 && options.target_bytes_max > 0 &&
        options.connections_max > 0 && options.in_flight_max > 0 && options.workers >= 0 &&
        std::min({options.head_timeout, options.body_timeout, options.idle_timeout,
                  options.write_timeout, options.drain_timeout}) > std::chrono::milliseconds(0);
    if (positive) return {};
    return fail(Code::kInvalid, "Every limit of the HTTP server is at least 1.");
}

Error refusal_of(const ErrorCode& fault, const Endpoint& where) {
    Code code = Code::kInternal;
    if (fault.value() == EADDRINUSE) code = Code::kConflict;
    if (fault.value() == EACCES || fault.value() == EPERM) code = Code::kPermission;
    if (fault.value() == EADDRNOTAVAIL || fault.value() == EAFNOSUPPORT) code = Code::kInvalid;
    return {.code = code,
            .message = "Cannot listen at " + where.address().to_string() + " port " +
                       std::to_string(where.port()) + ": " + fault.message() + "."};
}

class Server final : public WireServer {
public:
    Server(const WireOptions& options, RequestHandler& handler) : shared_{options, handler} {
        int count = options.workers;
        if (count == 0) count = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
        for (int i = 0; i < count; ++i)
            workers_.push_back(std::make_unique<Worker>(shared_, [this] { one_drained(); }));
        undrained_ = count;
    }

    Result<void> listen(Endpoint where) {
        if (where.port() != 0) {
            // Workers share the port by SO_REUSEPORT, which would let another server share it too.
            if (const ErrorCode fault = taken(where))
                return std::unexpected(refusal_of(fault, where));
        }
        for (const auto& worker : workers_)
            if (const ErrorCode fault = worker->listen(where))
                return std::unexpected(refusal_of(fault, where));
        port_ = where.port();
        return {};
    }

    std::uint16_t port() const noexcept override { return port_; }
    int workers() const noexcept override { return static_cast<int>(workers_.size()); }
    boost::asio::io_context& context(int worker) noexcept override {
        return workers_[static_cast<std::size_t>(worker)]->context();
    }
    bool draining() const noexcept override { return shared_.draining.load(); }
    WireStats stats() const noexcept override;
    std::size_t take_connections_most() noexcept override {
        return shared_.connections_most.exchange(shared_.connections_open.load());
    }

    void run() override {
        std::vector<std::jthread> threads;
        threads.reserve(workers_.size() - 1);
        for (std::size_t i = 1; i < workers_.size(); ++i)
            threads.emplace_back([i, worker = workers_[i].get()] {
                name_this_thread("requests-" + std::to_string(i));
                worker->run();
            });
        workers_.front()->run();
    }

    void stop() noexcept override {
        if (shared_.draining.exchange(true)) return;
        for (const auto& worker : workers_) worker->start_drain();
    }

private:
    ErrorCode taken(const Endpoint& where) {
        ErrorCode fault;
        Acceptor probe(workers_.front()->context());
        probe.open(where.protocol(), fault);
        if (!fault) probe.set_option(Acceptor::reuse_address(true), fault);
        if (!fault) probe.bind(where, fault);
        return fault;
    }

    /// The last one ends them all: what one worker still does may need another.
    void one_drained() {
        if (undrained_.fetch_sub(1) != 1) return;
        for (const auto& worker : workers_) worker->context().stop();
    }

    WireShared shared_;
    std::atomic<int> undrained_{0};
    std::vector<std::unique_ptr<Worker>> workers_;
    std::uint16_t port_ = 0;
};

WireStats Server::stats() const noexcept {
    WireStats sum;
    for (const auto& worker : workers_) {
        const WireCounters& one = worker->counters();
        sum.connections_accepted += one.accepted.value();
        sum.connections_open += one.open.value();
        sum.connections_refused += one.refused.value();
        sum.requests += one.requests.value();
        sum.refused_head += one.refused_head.value();
        sum.refused_size += one.refused_size.value();
        sum.refused_busy += one.refused_busy.value();
        sum.timeouts += one.timeouts.value();
        sum.bytes_in += one.bytes_in.value();
        sum.bytes_out += one.bytes_out.value();
        sum.accept_pauses += one.accept_pauses.value();
        sum.cut += one.cut.value();
    }
    return sum;
}

}  // namespace

Result<std::unique_ptr<WireServer>> WireServer::bind(const WireOptions& options,
                                                     RequestHandler& handler) {
    SEGURIFAI_TRY(check(options));
    ErrorCode fault;
    const auto address = boost::asio::ip::make_address(options.address, fault);
    if (fault) return fail(Code::kInvalid, "\"" + options.address + "\" is no IP address.");
    auto server = std::make_unique<Server>(options, handler);
    SEGURIFAI_TRY(server->listen(Endpoint(address, options.port)));
    return server;
}

}  // namespace segurifai::http

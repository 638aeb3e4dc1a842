#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"
#include "http/answer.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// Limits of the floor, each counted in WireStats when it is reached.
struct WireOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8000;  ///< 0 = any free one; see WireServer::port()
    int workers = 0;            ///< io threads; 0 = one a core
    std::size_t head_bytes_max = 16'384;
    std::size_t fields_max = 64;  ///< header lines
    std::size_t target_bytes_max = 8'192;
    std::size_t body_bytes_max = 1'000'000;      ///< unless `body_limit` says otherwise
    std::size_t buffer_bytes_max = 268'435'456;  ///< received and not yet answered, per worker
    std::size_t connections_max = 12'000;        ///< in all; more are closed at once
    std::size_t in_flight_max = 1'024;  ///< requests being answered, per worker; more get 503
    std::chrono::milliseconds head_timeout{
        10'000};  ///< from a request's first byte to its head's end
    std::chrono::milliseconds body_timeout{30'000};   ///< from there to the body's end
    std::chrono::milliseconds idle_timeout{75'000};   ///< between requests
    std::chrono::milliseconds write_timeout{30'000};  ///< a peer that does not read
    std::chrono::milliseconds drain_timeout{10'000};  ///< for what is in flight at the end
    std::size_t pipeline_bytes_max = 262'144;         ///< answers gathered before they are written
};

/// Counted since start; readable from any thread.
struct WireStats {
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_open = 0;
    std::uint64_t connections_refused = 0;
    std::uint64_t requests = 0;
    std::uint64_t refused_head = 0;  ///< malformed or smuggling
    std::uint64_t refused_size = 0;  ///< head, target or body over its limit
    std::uint64_t refused_busy = 0;  ///< in_flight_max, buffer_bytes_max
    std::uint64_t timeouts = 0;      ///< of any kind, idle connections among them
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t accept_pauses = 0;  ///< accepting failed (no descriptors left): 50 ms each
    std::uint64_t cut = 0;            ///< connections cut at drain_timeout
};

/// What answers requests. Called on the connection's io thread; `request` and `answer` stay alive
/// until the task ends. It never throws for what a client can cause.
class RequestHandler {
public:
    virtual ~RequestHandler() = default;
    [[nodiscard]] virtual Task<void> answer(const Request& request, Answer& answer) = 0;
    /// The most bytes a body for this head may have; asked before the body is read. The largest
    /// std::size_t leaves it to WireOptions::body_bytes_max.
    [[nodiscard]] virtual std::size_t body_limit(const Request& head) const noexcept = 0;
    /// Answers a request that never became one (400, 408, 413, 414, 431, 503): `code` is a word of
    /// API §1.5 ("parse_error", "payload_too_large", "service_unavailable"), or
    /// "request_timeout", "target_too_long", "headers_too_large" (408, 414, 431). Also 500 with
    /// "internal_error" when answer() threw. `read` is what was read of the request: its head,
    /// the lines of its head that stood before what was wrong, or nothing but its peer. The
    /// connection closes after it, but for 503.
    virtual void refuse(int status, std::string_view code, const Request& read,
                        Answer& answer) noexcept = 0;
};

/// HTTP/1.1 over plain TCP: one io_context a worker, each with its own SO_REUSEPORT acceptor.
///
/// A handler that is still waiting at the end of drain_timeout is abandoned; its coroutine goes
/// when the server is destroyed. So what handlers wait for (pools, databases) is closed between
/// run() and the destruction of the server: its last completions are posted to these contexts.
class WireServer {
public:
    /// Binds. Fails with kConflict when the address is taken, kPermission when it may not be bound,
    /// kInvalid when it is none.
    [[nodiscard]] static Result<std::unique_ptr<WireServer>> bind(const WireOptions& options,
                                                                  RequestHandler& handler);
    virtual ~WireServer() = default;

    [[nodiscard]] virtual std::uint16_t port() const noexcept = 0;
    [[nodiscard]] virtual int workers() const noexcept = 0;
    /// The workers' io_contexts, for timers and loops that belong to the server.
    [[nodiscard]] virtual boost::asio::io_context& context(int worker) noexcept = 0;
    [[nodiscard]] virtual WireStats stats() const noexcept = 0;
    /// The most connections that were open at once since this was asked last. For one asker.
    [[nodiscard]] virtual std::size_t take_connections_most() noexcept = 0;

    /// Serves on this and further threads until stop(). Returns when everything is answered or
    /// drain_timeout is over; then the io_contexts are stopped. Once only.
    virtual void run() = 0;
    /// Two-phase end, callable from any thread and from a signal's handler thread, once or more:
    /// stops accepting and answers `Connection: close`; cuts what is left after drain_timeout.
    virtual void stop() noexcept = 0;
    [[nodiscard]] virtual bool draining() const noexcept = 0;
};

}  // namespace segurifai::http

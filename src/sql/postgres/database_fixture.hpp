#pragma once

/// What the tests of this engine's Database share.

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "sql/postgres/database.hpp"
#include "sql/postgres/session.hpp"

namespace segurifai::sql {

inline constexpr Statement kRead{"test.read", "SELECT b FROM t WHERE a = $1", 4000, true};

inline std::unique_ptr<Session> session_on(const std::string& url) {
    auto opened = open_postgres_session(url, {});
    if (!opened) throw std::runtime_error(describe(opened.error()));
    return std::move(*opened);
}

inline std::unique_ptr<Database> database_on(const std::string& url,
                                             const DatabaseOptions& options = {}) {
    auto opened = open_postgres_database(url, options);
    if (!opened) throw std::runtime_error(describe(opened.error()));
    return std::move(*opened);
}

/// Spawns `task` and rethrows what it throws.
inline void start(boost::asio::io_context& io, Task<void> task) {
    boost::asio::co_spawn(io, std::move(task), [](std::exception_ptr defect) {
        if (defect) std::rethrow_exception(defect);
    });
}

inline Task<void> pause(std::chrono::milliseconds time) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, time);
    co_await timer.async_wait(
        boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>());
}

inline Task<std::int64_t> read_one(Database& database, std::int64_t a) {
    const Value param = Value::integer(a);
    std::int64_t b = -1;
    auto sink = each_row([&b](const Row& row) { b = row.integer(0); });
    const auto rows = co_await database.run(kRead, Params(&param, 1), &sink);
    EXPECT_TRUE(rows) << describe(rows.error());
    co_return b;
}

/// Runs what waits in `io` while the server of `cluster` is killed and started again; then sets
/// `stop`, and returns when all has ended.
template <class Cluster>
void run_through_a_restart(boost::asio::io_context& io, Cluster& cluster, bool& stop) {
    using std::chrono::milliseconds;
    auto guard = boost::asio::make_work_guard(io);
    std::thread restarter([&] {
        std::this_thread::sleep_for(milliseconds(200));
        cluster.stop();
        cluster.start();
        std::this_thread::sleep_for(milliseconds(500));
        boost::asio::post(io, [&] {
            stop = true;
            guard.reset();
        });
    });
    io.run();
    restarter.join();
}

}  // namespace segurifai::sql

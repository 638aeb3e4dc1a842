#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sql/session.hpp"

namespace segurifai::migrate {

/// The right to be the one runner on a database: a row with an end, polled and never waited for
/// (a runner blocked in an advisory lock while another makes an index CONCURRENTLY is a deadlock).
/// On PostgreSQL the runner also holds an advisory lock that it only ever tries, so that a long
/// statement, during which nothing can be renewed, keeps others away.
class Lease {
public:
    Lease(sql::Session& session, Clock& clock, Random& random, std::chrono::milliseconds length);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    /// Tries until it has it; kConflict after `wait`. Calls `on_waiting` once when it has to wait.
    [[nodiscard]] Result<void> take(std::chrono::milliseconds wait,
                                    const std::function<void()>& on_waiting);

    /// Prolongs it; kConflict when somebody else has it now. Also inside a transaction, which then
    /// commits only if the lease was still there.
    [[nodiscard]] Result<void> renew();

    void give_back() noexcept;

private:
    [[nodiscard]] Result<bool> try_take();
    [[nodiscard]] Result<bool> write_row(bool only_own);

    sql::Session& session_;
    Clock& clock_;
    std::string holder_;
    std::chrono::milliseconds length_;
    bool locked_ = false;  ///< the advisory lock is held
    bool held_ = false;
};

}  // namespace segurifai::migrate

#pragma once

#include <utility>

#include "base/error.hpp"
#include "sql/session.hpp"

namespace segurifai::backup {

/// Begins a transaction that nobody can write beside. kBusy when writers did not leave the lock for
/// half a second. The session has PRAGMA busy_timeout=0.
[[nodiscard]] Result<void> take_write_lock(sql::Session& session);

/// Ends such a transaction without what it has written, unless that is committed.
class Barrier {
public:
    explicit Barrier(sql::Session& session) noexcept : session_(&session) {}
    ~Barrier() {
        if (session_ != nullptr) session_->rollback();
    }
    Barrier(Barrier&& from) noexcept : session_(std::exchange(from.session_, nullptr)) {}
    Barrier& operator=(Barrier&& from) noexcept {
        std::swap(session_, from.session_);
        return *this;
    }
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;

private:
    sql::Session* session_;
};

}  // namespace segurifai::backup

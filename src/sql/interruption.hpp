#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "sql/session.hpp"

namespace segurifai::sql {

/// While this lives, what `session` runs ends with kTimeout a moment after `stopped` says so. It is
/// asked a few times a second, on a thread of its own. The session outlives this.
class Interruption {
public:
    Interruption(Session& session, std::function<bool()> stopped);

private:
    void watch(const std::stop_token& ended);

    Session& session_;
    std::function<bool()> stopped_;
    std::mutex mutex_;
    std::condition_variable_any woken_;
    std::jthread watcher_;  // the last member: ends first
};

}  // namespace segurifai::sql

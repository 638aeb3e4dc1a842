#include "sql/interruption.hpp"

#include <chrono>
#include <stop_token>
#include <utility>

#include "base/thread.hpp"

namespace segurifai::sql {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // between two looks

}  // namespace

Interruption::Interruption(Session& session, std::function<bool()> stopped)
    : session_(session),
      stopped_(std::move(stopped)),
      watcher_([this](const std::stop_token& ended) { watch(ended); }) {}

void Interruption::watch(const std::stop_token& ended) {
    name_this_thread("interruption");
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, ended, kLook, [&] { return ended.stop_requested(); }))
        if (stopped_()) session_.interrupt();
}

}  // namespace segurifai::sql

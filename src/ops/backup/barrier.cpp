#include "ops/backup/barrier.hpp"

#include <chrono>
#include <thread>

namespace segurifai::backup {
namespace {

/// A busy writer leaves the write lock for microseconds only, which SQLite's own waiting, that
/// sleeps longer each time, seldom meets.
constexpr std::chrono::microseconds kPause{100};
constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

Result<void> take_write_lock(sql::Session& session) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
        auto begun = session.begin();
        if (begun || begun.error().code != Code::kBusy || std::chrono::steady_clock::now() >= until)
            return begun;
        std::this_thread::sleep_for(kPause);
    }
}

}  // namespace segurifai::backup

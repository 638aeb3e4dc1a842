#pragma once

#include <future>

namespace segurifai::backup {

/// The calling thread, and those that it starts from now on, let the threads that answer requests
/// go first, at the processor and at the disk. A system that forbids it changes nothing else.
void let_requests_go_first() noexcept;

/// Runs `work` on a thread that does so, and waits for what it returns.
template <class Work>
[[nodiscard]] auto in_background(const Work& work) {
    return std::async(std::launch::async | std::launch::deferred,
                      [&work] {
                          let_requests_go_first();
                          return work();
                      })
        .get();
}

}  // namespace segurifai::backup

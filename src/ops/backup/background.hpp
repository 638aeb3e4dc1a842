#pragma once

#include <future>

namespace segurifai::backup {

/// The calling thread, and those that it starts from now on, let the threads that answer requests
/// go first, at the processor and at the disk. A system that forbids it changes nothing else.
void let_requests_go_first() noexcept;

/// The calling thread works only while a processor has nothing else to do: on one that never rests,
/// three thousandths of it. For the rest of its life; one that must end in time does not do so.
void take_what_is_left() noexcept;

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

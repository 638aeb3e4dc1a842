#pragma once

#include <cstddef>

namespace segurifai::server {

/// Tells when most of a crowd of connections has left. What it used is free by then, but lies
/// between what is still in use, where the allocator keeps it: give_back_memory().
class Crowd {
public:
    static constexpr std::size_t kCrowd = 500;  ///< connections; fewer leave little behind

    /// Told now and then how many connections are `open`, and the most that were since it was told
    /// last. True once a crowd, when three of four have left.
    [[nodiscard]] bool has_left(std::size_t open, std::size_t most) noexcept;

private:
    std::size_t most_ = 0;  ///< since the last crowd left
};

/// Gives memory that nothing uses back to the system, page by page. Takes up to 10 ms after 10,000
/// connections, during which other threads may wait for memory: not for a thread of low priority.
void give_back_memory() noexcept;

}  // namespace segurifai::server

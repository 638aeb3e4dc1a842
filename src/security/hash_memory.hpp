#pragma once

#include <cstddef>

namespace segurifai::security {

/// What a hash of ours needs, in whole pages of 2 MiB.
inline constexpr std::size_t kHashMemoryBytes = std::size_t{20} << 20U;

/// Keeps the memory that password hashes of one thread work in from one hash to the next: to map
/// it for each costs as much as the hash, and unmapping it interrupts every thread of the process.
/// Lives on the thread that made it, one at a time; a thread without one maps memory for each hash.
///
/// In the memory stands what was made of the last password: the owner gives it back when no hash
/// follows. It is in no core dump.
class HashMemory {
public:
    HashMemory() noexcept;
    ~HashMemory();
    HashMemory(const HashMemory&) = delete;
    HashMemory& operator=(const HashMemory&) = delete;

    /// Returns the memory to the system; the next hash maps it anew.
    void give_back() noexcept;

    [[nodiscard]] bool is_held() const noexcept { return mapped_ != nullptr; }

private:
    friend struct HashMemoryOfThread;
    void* take() noexcept;

    void* mapped_ = nullptr;
    void* aligned_ = nullptr;  ///< within it, at a page of 2 MiB
};

}  // namespace segurifai::security

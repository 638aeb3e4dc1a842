#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// What the operating system knows of a thread.
namespace segurifai {

/// The system shows no more of a thread's name.
inline constexpr std::size_t kThreadNameMax = 15;

/// Names the calling thread, as `top -H` and `ps -L` show it; of a longer name the first 15 bytes.
/// The process's first thread keeps the program's name, because that is the process's own.
void name_this_thread(std::string_view name) noexcept;

/// How long a thread's turns on a core are. Who wakes goes at once before a thread with longer
/// turns; its share of the core stays the same. (EEVDF, Linux's scheduler, picks whose turn would
/// end first: kernel.org, "EEVDF Scheduler".) Linux before 6.12 has one length for all, and nothing
/// changes there; nor where the system refuses.
enum class Turns : std::uint8_t {
    kShort,  ///< a millisecond, for whom somebody waits; others, 3 ms at most
    kLong,   ///< 100 ms, the longest, for work that lets all others go first
};

/// Asks for such turns for the calling thread.
void take_turns(Turns turns) noexcept;

/// How long the calling thread's turns are; 0 where the system has one length for all.
[[nodiscard]] std::chrono::nanoseconds turn_of_this_thread() noexcept;

}  // namespace segurifai

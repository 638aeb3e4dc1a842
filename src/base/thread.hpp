#pragma once

#include <cstddef>
#include <string_view>

/// What the operating system knows of a thread.
namespace segurifai {

/// The system shows no more of a thread's name.
inline constexpr std::size_t kThreadNameMax = 15;

/// Names the calling thread, as `top -H` and `ps -L` show it; of a longer name the first 15 bytes.
/// The process's first thread keeps the program's name, because that is the process's own.
void name_this_thread(std::string_view name) noexcept;

/// Asks for turns of one millisecond on a core instead of some. Such a thread goes before those
/// with longer turns as soon as it wakes, and lets others go before it as soon; its share of the
/// core stays the same. Linux before 6.12 has one length for all, and nothing changes there.
void take_short_turns() noexcept;

}  // namespace segurifai

#include <sys/random.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace segurifai {

Instant SystemClock::now() {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return Instant{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
    while (!bytes.empty()) {
        const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw std::runtime_error("The operating system gives no random bytes.");
        bytes = bytes.subspan(static_cast<std::size_t>(got));
    }
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(engine_());
}

}  // namespace segurifai

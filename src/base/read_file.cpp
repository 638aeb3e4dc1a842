#include "base/read_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/descriptor.hpp"

namespace segurifai {

std::expected<std::string, std::error_code> read_file(const std::filesystem::path& path) {
    const auto failed = [] {
        return std::unexpected(std::error_code(errno, std::generic_category()));
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return failed();
    std::string text;
    for (std::array<char, 16384> part{};;) {
        const ssize_t got = ::read(file.number(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed();
        if (got == 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace segurifai

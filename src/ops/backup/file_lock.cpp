#include "ops/backup/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <system_error>
#include <thread>

namespace segurifai::backup {

Result<FileLock> FileLock::take(const std::filesystem::path& path, std::string busy) {
    Descriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (file.is_open() && ::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
        return FileLock(std::move(file));
    const int reason = errno;
    if (reason == EWOULDBLOCK) return fail(Code::kBusy, std::move(busy));
    return fail(reason == EROFS ? Code::kReadOnly : Code::kPermission,
                fmt::format("{} could not be locked: {}.", path.string(),
                            std::generic_category().message(reason)));
}

Result<FileLock> FileLock::take_within(std::chrono::milliseconds patience,
                                       const std::filesystem::path& path, const std::string& busy) {
    constexpr std::chrono::milliseconds kAskEvery{10};
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        auto taken = take(path, busy);
        const bool is_busy = !taken && taken.error().code == Code::kBusy;
        if (!is_busy || std::chrono::steady_clock::now() >= until) return taken;
        std::this_thread::sleep_for(kAskEvery);
    }
}

}  // namespace segurifai::backup

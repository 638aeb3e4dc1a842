#include "ops/backup/file_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace segurifai::backup {

Result<FileLock> FileLock::take(const std::filesystem::path& path, std::string busy) {
    const int descriptor = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock(descriptor);
    const int reason = errno;
    if (descriptor >= 0) ::close(descriptor);
    if (reason == EWOULDBLOCK) return fail(Code::kBusy, std::move(busy));
    return fail(reason == EROFS ? Code::kReadOnly : Code::kPermission,
                fmt::format("{} could not be locked: {}.", path.string(),
                            std::generic_category().message(reason)));
}

FileLock::~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace segurifai::backup

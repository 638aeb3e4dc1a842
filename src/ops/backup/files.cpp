#include "ops/backup/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/descriptor.hpp"

namespace segurifai::backup {
namespace {

std::unexpected<Error> file_failure(const std::filesystem::path& path, std::string_view doing) {
    const int reason = errno;
    Code code = Code::kPermission;
    if (reason == ENOSPC || reason == EDQUOT) code = Code::kDiskFull;
    if (reason == EROFS) code = Code::kReadOnly;
    if (reason == ENOENT || reason == ENOTDIR) code = Code::kNotFound;
    if (reason == EEXIST) code = Code::kConflict;
    if (reason == EIO) code = Code::kCorrupt;
    return fail(code, fmt::format("{} could not be {}: {}.", path.string(), doing,
                                  std::generic_category().message(reason)));
}

/// After so many bytes the system begins to write them to the disk. What waits for sync() stays
/// little: the sync of another file, a commit of the database, may have to wait for all of it.
constexpr std::uint64_t kWriteOutBytes = 8U << 20U;

class SystemOutput final : public OutputFile {
public:
    SystemOutput(int number, std::filesystem::path path) noexcept
        : descriptor_(number), path_(std::move(path)) {}

    Result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(descriptor_.number(), bytes.data(), bytes.size(),
                                             static_cast<off_t>(offset));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return file_failure(path_, "written");
            bytes.remove_prefix(static_cast<std::size_t>(written));
            offset += static_cast<std::uint64_t>(written);
            waiting_ += static_cast<std::uint64_t>(written);
        }
        if (waiting_ >= kWriteOutBytes) write_out();
        return {};
    }
    Result<void> resize(std::uint64_t size) override {
        if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0)
            return file_failure(path_, "resized");
        return {};
    }
    Result<void> reserve(std::uint64_t size) override {
        while (::fallocate(descriptor_.number(), 0, 0, static_cast<off_t>(size)) != 0) {
            if (errno == EOPNOTSUPP) return {};
            if (errno != EINTR) return file_failure(path_, "made longer");
        }
        return {};
    }
    Result<void> sync() override {
        if (::fdatasync(descriptor_.number()) != 0) return file_failure(path_, "synced");
        waiting_ = 0;
        return {};
    }

private:
    /// Waits for nothing; where it fails, sync() will.
    void write_out() noexcept {
        (void)::sync_file_range(descriptor_.number(), 0, 0, SYNC_FILE_RANGE_WRITE);
        waiting_ = 0;
    }

    std::uint64_t waiting_ = 0;  ///< bytes written since
    Descriptor descriptor_;
    std::filesystem::path path_;
};

class SystemInput final : public InputFile {
public:
    SystemInput(int number, std::filesystem::path path) noexcept
        : descriptor_(number), path_(std::move(path)) {}

    Result<std::uint64_t> size() override {
        struct stat found{};
        if (::fstat(descriptor_.number(), &found) != 0) return file_failure(path_, "measured");
        return static_cast<std::uint64_t>(found.st_size);
    }
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) override {
        std::size_t given = 0;
        while (given < out.size()) {
            const ssize_t got = ::pread(descriptor_.number(), out.data() + given,
                                        out.size() - given, static_cast<off_t>(offset + given));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return file_failure(path_, "read");
            if (got == 0) break;
            given += static_cast<std::size_t>(got);
        }
        return given;
    }

private:
    Descriptor descriptor_;
    std::filesystem::path path_;
};

Result<void> write_new(Files& files, const std::filesystem::path& path, std::string_view text) {
    SEGURIFAI_TRY_AS(const auto file, files.make(path));
    SEGURIFAI_TRY(file->write_at(0, text));
    return file->sync();
}

}  // namespace

Result<std::unique_ptr<OutputFile>> SystemFiles::make(const std::filesystem::path& path) {
    const int made = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (made < 0) return file_failure(path, "made");
    return std::make_unique<SystemOutput>(made, path);
}

Result<std::unique_ptr<InputFile>> SystemFiles::open(const std::filesystem::path& path) {
    const int opened = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (opened < 0) return file_failure(path, "opened");
    return std::make_unique<SystemInput>(opened, path);
}

Result<void> SystemFiles::rename(const std::filesystem::path& from,
                                 const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return file_failure(to, "named");
    return {};
}

Result<void> SystemFiles::remove(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_failure(path, "removed");
    return {};
}

Result<void> SystemFiles::sync_folder(const std::filesystem::path& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.number() < 0 || ::fsync(folder.number()) != 0) return file_failure(path, "synced");
    return {};
}

Result<void> SystemFiles::make_folder(const std::filesystem::path& path) {
    std::filesystem::path made;
    for (const auto& part : path) {
        made /= part;
        if (::mkdir(made.c_str(), S_IRWXU) != 0 && errno != EEXIST)
            return file_failure(made, "made");
    }
    return {};
}

Result<std::vector<std::string>> SystemFiles::list(const std::filesystem::path& path) {
    std::vector<std::string> names;
    DIR* folder = ::opendir(path.c_str());
    if (folder == nullptr) {
        if (errno == ENOENT) return names;
        return file_failure(path, "listed");
    }
    while (const dirent* entry = ::readdir(folder)) {  // NOLINT(concurrency-mt-unsafe): own stream
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(folder);
    std::ranges::sort(names);
    return names;
}

Result<std::string> read_whole(Files& files, const std::filesystem::path& path,
                               std::size_t size_max) {
    SEGURIFAI_TRY_AS(const auto file, files.open(path));
    SEGURIFAI_TRY_AS(const std::uint64_t size, file->size());
    if (size > size_max)
        return fail(Code::kInvalid,
                    fmt::format("{} is longer than {} bytes.", path.string(), size_max));
    std::string text(size, '\0');
    SEGURIFAI_TRY_AS(const std::size_t given, file->read_at(0, text));
    text.resize(given);
    return text;
}

Error remove_after(Files& files, const std::filesystem::path& path, Error why) {
    if (const auto removed = files.remove(path); !removed)
        why.message += " " + removed.error().message;
    return why;
}

Result<void> write_whole(Files& files, const std::filesystem::path& path, std::string_view text) {
    std::filesystem::path partial = path;
    partial += ".partial";
    SEGURIFAI_TRY(files.remove(partial));  // of a run that was cut off
    auto written = write_new(files, partial, text);
    if (written) written = files.rename(partial, path);
    if (!written) return std::unexpected(remove_after(files, partial, std::move(written).error()));
    return files.sync_folder(path.parent_path());
}

}  // namespace segurifai::backup

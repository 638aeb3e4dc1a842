#include "ops/audit_segments/folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr const char* kLockName = "lock";

Code code_of(int error) noexcept {
    switch (error) {
        case ENOENT:
        case ENOTDIR: return Code::kNotFound;
        case ENOSPC:
        case EDQUOT: return Code::kDiskFull;
        case EROFS: return Code::kReadOnly;
        default: return Code::kPermission;
    }
}

std::unexpected<Error> file_failure(const std::filesystem::path& path, std::string_view doing) {
    const int error = errno;
    return fail(code_of(error), path.string() + " could not be " + std::string(doing) + ": " +
                                    std::generic_category().message(error) + ".");
}

class DiskNewFile final : public NewFile {
public:
    DiskNewFile(Descriptor file, std::filesystem::path path)
        : file_(std::move(file)), path_(std::move(path)) {}

    Result<void> append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const ssize_t put = write(file_.number(), bytes.data(), bytes.size());
            if (put < 0 && errno == EINTR) continue;
            if (put < 0) return file_failure(path_, "written");
            bytes.remove_prefix(static_cast<std::size_t>(put));
        }
        return {};
    }

    Result<void> sync() override {
        if (fdatasync(file_.number()) != 0) return file_failure(path_, "written");
        return {};
    }

private:
    Descriptor file_;
    std::filesystem::path path_;
};

class DiskStoredFile final : public StoredFile {
public:
    DiskStoredFile(Descriptor file, std::uint64_t size, std::filesystem::path path)
        : file_(std::move(file)), size_(size), path_(std::move(path)) {}

    std::uint64_t size() const noexcept override { return size_; }

    Result<void> seek(std::uint64_t offset) override {
        if (::lseek(file_.number(), static_cast<off_t>(offset), SEEK_SET) < 0)
            return file_failure(path_, "read");
        return {};
    }

    Result<std::size_t> read(std::span<char> buffer) override {
        for (;;) {
            const ssize_t got = ::read(file_.number(), buffer.data(), buffer.size());
            if (got >= 0) return static_cast<std::size_t>(got);
            if (errno != EINTR) return file_failure(path_, "read");
        }
    }

private:
    Descriptor file_;
    std::uint64_t size_;
    std::filesystem::path path_;
};

class DiskLock final : public FolderLock {
public:
    explicit DiskLock(Descriptor file) : file_(std::move(file)) {}

private:
    Descriptor file_;  // closing it ends the lock
};

class DiskFolder final : public Folder {
public:
    explicit DiskFolder(std::filesystem::path path) : path_(std::move(path)) {}

    Result<std::unique_ptr<FolderLock>> lock(Hold hold) override {
        const auto path = path_ / kLockName;
        SEGURIFAI_TRY_AS(Descriptor file, open_lock(path, hold));
        if (flock(file.number(), (hold == Hold::kAlone ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
            if (errno != EWOULDBLOCK) return file_failure(path, "locked");
            return fail(Code::kConflict, "Another run is at work in " + path_.string() +
                                             "; wait until it has ended.");
        }
        return std::make_unique<DiskLock>(std::move(file));
    }

    Result<std::unique_ptr<NewFile>> create(const std::string& name) override {
        const auto path = path_ / name;
        Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                               kOwnerOnly));
        if (!file.is_open()) return file_failure(path, "made");
        return std::make_unique<DiskNewFile>(std::move(file), path);
    }

    Result<std::unique_ptr<StoredFile>> open(const std::string& name) override {
        const auto path = path_ / name;
        Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        if (!file.is_open()) return file_failure(path, "read");
        struct stat about{};
        if (fstat(file.number(), &about) != 0) return file_failure(path, "read");
        if (!S_ISREG(about.st_mode))
            return fail(Code::kPermission, path.string() + " is not a plain file.");
        return std::make_unique<DiskStoredFile>(std::move(file),
                                                static_cast<std::uint64_t>(about.st_size), path);
    }

    Result<void> rename(const std::string& from, const std::string& to) override {
        const auto path = path_ / to;
        if (::rename((path_ / from).c_str(), path.c_str()) != 0) return file_failure(path, "made");
        return {};
    }

    Result<void> remove(const std::string& name) override {
        const auto path = path_ / name;
        if (unlink(path.c_str()) != 0 && errno != ENOENT) return file_failure(path, "removed");
        return {};
    }

    Result<void> sync() override { return sync_folder(path_); }

    Result<std::vector<std::string>> names() override {
        std::vector<std::string> names;
        std::error_code error;
        for (std::filesystem::directory_iterator at(path_, error), end; !error && at != end;
             at.increment(error))
            names.push_back(at->path().filename().string());
        if (error == std::errc::no_such_file_or_directory) return names;
        if (error)
            return fail(code_of(error.value()),
                        path_.string() + " could not be read: " + error.message() + ".");
        std::ranges::sort(names);
        return names;
    }

    std::string shown(const std::string& name) const override { return (path_ / name).string(); }

private:
    [[nodiscard]] static Result<void> sync_folder(const std::filesystem::path& path) {
        const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder.is_open() || fsync(folder.number()) != 0) return file_failure(path, "written");
        return {};
    }

    /// Who only looks needs nothing but to read it: the folder may be on a read-only mount.
    [[nodiscard]] Result<Descriptor> open_lock(const std::filesystem::path& path, Hold hold) const {
        if (hold == Hold::kShared)
            if (Descriptor there(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
                there.is_open())
                return there;
        SEGURIFAI_TRY(make_folder());
        Descriptor made(
            ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
        if (!made.is_open()) return file_failure(path, "made");
        return made;
    }

    /// Each missing folder of the path, on disk before anything is put into it.
    [[nodiscard]] Result<void> make_folder() const {
        std::vector<std::filesystem::path> missing;
        std::error_code ignored;  // what cannot be looked into fails at mkdir() with its reason
        for (auto path = path_; !path.empty() && !std::filesystem::exists(path, ignored);
             path = path.parent_path())
            missing.push_back(path);
        for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
            if (mkdir(path->c_str(), 0700) != 0 && errno != EEXIST)
                return file_failure(*path, "made");
            const auto parent = path->parent_path();
            SEGURIFAI_TRY(sync_folder(parent.empty() ? "." : parent));
        }
        return {};
    }

    std::filesystem::path path_;
};

}  // namespace

std::unique_ptr<Folder> disk_folder(std::filesystem::path path) {
    return std::make_unique<DiskFolder>(std::move(path));
}

Result<std::string> read_whole(Folder& folder, const std::string& name, std::size_t bytes_max) {
    SEGURIFAI_TRY_AS(const auto file, folder.open(name));
    std::string text(std::min<std::uint64_t>(file->size(), bytes_max), '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        SEGURIFAI_TRY_AS(const std::size_t got,
                         file->read({text.data() + size, text.size() - size}));
        if (got == 0) break;
        size += got;
    }
    text.resize(size);
    return text;
}

}  // namespace segurifai::audit_segments

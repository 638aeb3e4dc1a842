#include "apps/assistance/document_store.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/descriptor.hpp"
#include "security/encoding.hpp"

namespace segurifai::assistance {
namespace {

constexpr mode_t kFileMode = 0600;

std::unexpected<Error> refused(int number) {
    if (number == ENOSPC || number == EDQUOT)
        return std::unexpected(Error{.code = Code::kDiskFull,
                                     .message = "There is no room for the document.",
                                     .refusal = Refusal::kInsufficientStorage});
    const Code code = number == EACCES || number == EPERM || number == EROFS ? Code::kPermission
                                                                             : Code::kInternal;
    return fail(code,
                "The document cannot be written: " + std::generic_category().message(number) + ".");
}

Result<void> write_whole(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return refused(errno);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(file) != 0) return refused(errno);
    return {};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.number() < 0 || ::fsync(opened.number()) != 0) return refused(errno);
    return {};
}

Result<void> write_file(const std::filesystem::path& temporary, std::string_view bytes) {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode));
    if (file.number() < 0) return refused(errno);
    return write_whole(file.number(), bytes);
}

}  // namespace

std::string new_document_path(Random& random, FileKind kind) {
    std::array<std::uint8_t, 16> bytes{};
    random.fill(bytes);
    const std::string name = security::hex(bytes);
    std::string path = name.substr(0, 2);
    path += '/';
    path += name.substr(2, 2);
    path += '/';
    path += name;
    path += extension_of(kind);
    return path;
}

std::string sha256_of(std::string_view bytes) {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
    const auto text = security::bytes_of(bytes);
    crypto_hash_sha256(digest.data(), text.data(), text.size());
    return security::hex(digest);
}

Result<void> write_document_blocking(const std::string& folder, const std::string& path,
                                     std::string_view bytes) {
    const std::filesystem::path root(folder);
    const std::filesystem::path final_path = root / path;
    const std::filesystem::path parent = final_path.parent_path();
    std::error_code error;
    // Nobody else reads even the names inside, whoever may look into the data folder.
    if (std::filesystem::create_directories(root, error))
        std::filesystem::permissions(root, std::filesystem::perms::owner_all, error);
    const bool made = !error && std::filesystem::create_directories(parent, error);
    if (error) return refused(error.value());
    const std::filesystem::path temporary = final_path.string() + ".part";
    const auto written = write_file(temporary, bytes);
    if (!written || ::rename(temporary.c_str(), final_path.c_str()) != 0) {
        const int number = errno;
        std::filesystem::remove(temporary, error);
        return written ? refused(number) : written;
    }
    SEGURIFAI_TRY(sync_folder(parent));
    if (made) {  // the names of new folders stand in the folders above
        SEGURIFAI_TRY(sync_folder(parent.parent_path()));
        SEGURIFAI_TRY(sync_folder(root));
    }
    return {};
}

void forget_document_blocking(const std::string& folder, const std::string& path) noexcept {
    std::error_code error;  // a file that stays is harmless: nothing names it
    std::filesystem::remove(std::filesystem::path(folder) / path, error);
}

}  // namespace segurifai::assistance

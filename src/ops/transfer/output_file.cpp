#include "ops/transfer/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace segurifai::transfer {
namespace {

std::unexpected<Error> file_failure(const std::filesystem::path& path, const char* doing) {
    Code code = Code::kPermission;
    if (errno == ENOSPC || errno == EDQUOT) code = Code::kDiskFull;
    if (errno == EROFS) code = Code::kReadOnly;
    if (errno == ENOENT || errno == ENOTDIR) code = Code::kNotFound;
    return fail(code, path.string() + " could not be " + doing + ": " +
                          std::generic_category().message(errno) + ".");
}

std::unexpected<Error> already_there(const std::filesystem::path& path) {
    return fail(Code::kConflict,
                path.string() + " is there already; remove it or choose another name.");
}

}  // namespace

Result<OutputFile> OutputFile::make(std::filesystem::path path) {
    std::error_code ignored;  // a folder that cannot be looked into fails at open() with its reason
    if (std::filesystem::exists(path, ignored)) return already_there(path);
    std::filesystem::path partial = path;
    partial += ".partial";
    const int descriptor =
        open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) return file_failure(path, "made");
    std::FILE* file = fdopen(descriptor, "w");
    if (file == nullptr) {
        close(descriptor);
        return file_failure(path, "made");
    }
    return OutputFile(file, std::move(path), std::move(partial));
}

OutputFile::~OutputFile() {
    if (file_ == nullptr) return;
    file_.reset();
    std::error_code ignored;  // what is left behind is named .partial and is overwritten next time
    std::filesystem::remove(partial_, ignored);
}

Result<void> OutputFile::write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), file_.get()) != text.size())
        return file_failure(path_, "written");
    return {};
}

Result<void> OutputFile::finish() {
    if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0)
        return file_failure(path_, "written");
    // link() refuses to replace a file that appeared meanwhile; rename() would not.
    if (link(partial_.c_str(), path_.c_str()) != 0)
        return errno == EEXIST ? already_there(path_) : file_failure(path_, "made");
    unlink(partial_.c_str());
    file_.reset();
    return {};
}

}  // namespace segurifai::transfer

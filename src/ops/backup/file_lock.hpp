#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "base/descriptor.hpp"
#include "base/error.hpp"

namespace segurifai::backup {

/// A lock on a file, held until this goes or the process ends, however it ends.
class FileLock {
public:
    /// Makes the file when it is missing. kBusy with `busy` when another process, or another object
    /// of this one, holds it.
    [[nodiscard]] static Result<FileLock> take(const std::filesystem::path& path, std::string busy);
    /// The same, asked again until `patience` is over.
    [[nodiscard]] static Result<FileLock> take_within(std::chrono::milliseconds patience,
                                                      const std::filesystem::path& path,
                                                      const std::string& busy);

private:
    explicit FileLock(Descriptor file) noexcept : file_(std::move(file)) {}
    Descriptor file_;  ///< closing it ends the lock
};

}  // namespace segurifai::backup

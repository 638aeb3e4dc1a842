#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/error.hpp"

namespace segurifai::transfer {

/// A file of stored data being written: readable by its owner only, made under a temporary name
/// beside its place and only there under its own name once it is whole and on disk. Gone when it
/// is not finished.
class OutputFile {
public:
    /// Fails with kConflict when there is a file of that name already: nothing is overwritten.
    [[nodiscard]] static Result<OutputFile> make(std::filesystem::path path);

    OutputFile(OutputFile&& other) noexcept = default;
    OutputFile& operator=(OutputFile&& other) noexcept = default;
    ~OutputFile();

    [[nodiscard]] Result<void> write(std::string_view text);
    /// Flushes, syncs and gives the file its name.
    [[nodiscard]] Result<void> finish();

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    OutputFile(std::FILE* file, std::filesystem::path path, std::filesystem::path partial)
        : file_(file), path_(std::move(path)), partial_(std::move(partial)) {}

    std::unique_ptr<std::FILE, Close> file_;
    std::filesystem::path path_;
    std::filesystem::path partial_;
};

}  // namespace segurifai::transfer

#pragma once

#include <string>
#include <string_view>

#include "apps/assistance/file_kind.hpp"
#include "base/error.hpp"
#include "base/random.hpp"

namespace segurifai::assistance {

/// A new path for a document below the documents folder: two levels of folders, so that none grows
/// large, and 128 random bits, so that a name tells nothing: "3f/a0/3fa0….jpg".
[[nodiscard]] std::string new_document_path(Random& random, FileKind kind);

/// SHA-256 in 64 hex digits.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

/// Writes a document at `path` below `folder`, which is made when it is not there: a temporary
/// file, fsync, rename, fsync of the folders. When this returns, the file survives a loss of power.
/// Blocks: call it on the worker pool. kDiskFull, kPermission or kInternal when the disk refuses;
/// nothing is left then.
///
/// A crash between this and the row that names the file leaves a file that nothing names: it does
/// no harm and takes its space only.
[[nodiscard]] Result<void> write_document_blocking(const std::string& folder,
                                                   const std::string& path, std::string_view bytes);

/// Removes a file again whose row was not written. Blocks.
void forget_document_blocking(const std::string& folder, const std::string& path) noexcept;

}  // namespace segurifai::assistance

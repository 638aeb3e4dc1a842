#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace segurifai::assistance {

/// What a document may be.
enum class FileKind : std::uint8_t { kJpeg, kPng, kWebp, kHeic, kPdf };

/// The largest picture, in pixels (RULES §8).
inline constexpr std::uint64_t kPixelsMax = 50'000'000;

/// What a file is, by its content and never by its name. Refuses with kUnsupportedMediaType what
/// is none of the kinds, and with kImageUnreadable a picture whose header does not tell its size,
/// is empty or is larger than kPixelsMax. Reads headers only: nothing is decoded.
[[nodiscard]] Result<FileKind> identify(std::string_view bytes);

/// "image/jpeg".
[[nodiscard]] std::string_view mime_type_of(FileKind kind) noexcept;
/// ".jpg".
[[nodiscard]] std::string_view extension_of(FileKind kind) noexcept;

}  // namespace segurifai::assistance

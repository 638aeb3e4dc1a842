#include "apps/assistance/file_kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

namespace segurifai::assistance {
namespace {

using Size = std::optional<std::uint64_t>;  // in pixels; nothing = the header does not tell

/// An unsigned number of `count` bytes, or nothing past the end.
std::optional<std::uint32_t> big_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    if (at > bytes.size() || bytes.size() - at < count) return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < count; ++i)
        number = (number << 8U) | static_cast<std::uint8_t>(bytes[at + i]);
    return number;
}

std::optional<std::uint32_t> little_endian(std::string_view bytes, std::size_t at,
                                           std::size_t count) {
    if (at > bytes.size() || bytes.size() - at < count) return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = count; i > 0; --i)
        number = (number << 8U) | static_cast<std::uint8_t>(bytes[at + i - 1]);
    return number;
}

Size area(std::optional<std::uint32_t> width, std::optional<std::uint32_t> height) {
    if (!width || !height) return std::nullopt;
    return std::uint64_t{*width} * *height;
}

/// ITU T.81: segments of FF, marker, length; the frame header (SOF) holds the size.
Size jpeg_size(std::string_view bytes) {
    std::size_t at = 2;
    while (at + 4 <= bytes.size()) {
        if (static_cast<std::uint8_t>(bytes[at]) != 0xFF) return std::nullopt;
        const auto marker = static_cast<std::uint8_t>(bytes[at + 1]);
        if (marker == 0xFF) {  // a fill byte
            ++at;
            continue;
        }
        if (marker == 0xD9 || marker == 0xDA) return std::nullopt;  // the end, or the scan
        const bool alone = marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
        if (alone) {
            at += 2;
            continue;
        }
        const bool frame =
            marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
        if (frame) return area(big_endian(bytes, at + 7, 2), big_endian(bytes, at + 5, 2));
        const auto length = big_endian(bytes, at + 2, 2);
        if (!length || *length < 2) return std::nullopt;
        at += 2 + *length;
    }
    return std::nullopt;
}

Size png_size(std::string_view bytes) {
    if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return std::nullopt;
    return area(big_endian(bytes, 16, 4), big_endian(bytes, 20, 4));
}

/// RFC 9649: the first chunk is VP8, VP8L or VP8X, each with its own form of the size.
Size webp_size(std::string_view bytes) {
    if (bytes.size() < 30) return std::nullopt;
    const std::string_view chunk = bytes.substr(12, 4);
    if (chunk == "VP8 ") {
        if (bytes.substr(23, 3) != "\x9D\x01\x2A") return std::nullopt;
        const auto width = little_endian(bytes, 26, 2);
        const auto height = little_endian(bytes, 28, 2);
        if (!width || !height) return std::nullopt;
        return area(*width & 0x3FFFU, *height & 0x3FFFU);
    }
    if (chunk == "VP8L") {
        const auto packed = little_endian(bytes, 21, 4);
        if (bytes[20] != 0x2F || !packed) return std::nullopt;
        return area((*packed & 0x3FFFU) + 1, ((*packed >> 14U) & 0x3FFFU) + 1);
    }
    if (chunk == "VP8X") {
        const auto width = little_endian(bytes, 24, 3);
        const auto height = little_endian(bytes, 27, 3);
        if (!width || !height) return std::nullopt;
        return area(*width + 1, *height + 1);
    }
    return std::nullopt;
}

/// ISO 14496-12: the content of the first box named `name`; empty when there is none.
std::string_view box(std::string_view bytes, std::string_view name) {
    std::size_t at = 0;
    while (at + 8 <= bytes.size()) {
        const auto size = big_endian(bytes, at, 4);
        if (!size || *size < 8 || *size > bytes.size() - at) return {};
        if (bytes.substr(at + 4, 4) == name) return bytes.substr(at + 8, *size - 8);
        at += *size;
    }
    return {};
}

/// ISO 23008-12: meta/iprp/ipco holds an ispe for the picture and one for each of its tiles; the
/// largest is the picture's.
Size heic_size(std::string_view bytes) {
    const std::string_view meta = box(bytes, "meta");
    if (meta.size() < 4) return std::nullopt;
    std::string_view properties = box(box(meta.substr(4), "iprp"), "ipco");
    Size largest;
    while (properties.size() >= 8) {
        const auto size = big_endian(properties, 0, 4);
        if (!size || *size < 8 || *size > properties.size()) break;
        if (properties.substr(4, 4) == "ispe" && *size >= 20) {
            const Size one = area(big_endian(properties, 12, 4), big_endian(properties, 16, 4));
            if (one && (!largest || *one > *largest)) largest = one;
        }
        properties.remove_prefix(*size);
    }
    return largest;
}

bool is_heic(std::string_view bytes) {
    static constexpr std::array<std::string_view, 8> kBrands{"heic", "heix", "heim", "heis",
                                                             "hevc", "hevx", "mif1", "msf1"};
    return bytes.size() >= 12 && bytes.substr(4, 4) == "ftyp" &&
           std::ranges::find(kBrands, bytes.substr(8, 4)) != kBrands.end();
}

Result<FileKind> bounded(FileKind kind, Size size) {
    if (!size || *size == 0 || *size > kPixelsMax) return refuse(Refusal::kImageUnreadable);
    return kind;
}

}  // namespace

Result<FileKind> identify(std::string_view bytes) {
    if (bytes.starts_with("\xFF\xD8\xFF")) return bounded(FileKind::kJpeg, jpeg_size(bytes));
    if (bytes.starts_with("\x89PNG\r\n\x1A\n")) return bounded(FileKind::kPng, png_size(bytes));
    if (bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP")
        return bounded(FileKind::kWebp, webp_size(bytes));
    if (is_heic(bytes)) return bounded(FileKind::kHeic, heic_size(bytes));
    if (bytes.starts_with("%PDF-")) return FileKind::kPdf;
    return refuse(Refusal::kUnsupportedMediaType);
}

std::string_view mime_type_of(FileKind kind) noexcept {
    switch (kind) {
        case FileKind::kJpeg: return "image/jpeg";
        case FileKind::kPng: return "image/png";
        case FileKind::kWebp: return "image/webp";
        case FileKind::kHeic: return "image/heic";
        case FileKind::kPdf: return "application/pdf";
    }
    return {};
}

std::string_view extension_of(FileKind kind) noexcept {
    switch (kind) {
        case FileKind::kJpeg: return ".jpg";
        case FileKind::kPng: return ".png";
        case FileKind::kWebp: return ".webp";
        case FileKind::kHeic: return ".heic";
        case FileKind::kPdf: return ".pdf";
    }
    return {};
}

}  // namespace segurifai::assistance

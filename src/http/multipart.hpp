#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

/// Forms with a file (RFC 7578), read strictly: what two readers could read in two ways is refused.
namespace segurifai::http {

inline constexpr std::size_t kBoundarySizeMax = 70;         ///< RFC 2046
inline constexpr std::size_t kFormPartsMax = 20;            ///< fields and the file
inline constexpr std::size_t kFormPartHeadSizeMax = 4'096;  ///< bytes of a part's headers
inline constexpr std::size_t kFormNameSizeMax = 100;        ///< bytes of a field's name
inline constexpr std::size_t kFormFieldSizeMax = 65'536;    ///< bytes of a field's text

struct FormField {
    std::string name;
    std::string_view text;  ///< UTF-8 without U+0000; borrowed from the body
};

struct FormFile {
    std::string name;  ///< of the field
    /// As the client calls it, for people only: no part of a path, no control characters; may be
    /// empty.
    std::string filename;
    std::string content_type;  ///< as the client says; empty when it says none
    std::string_view bytes;    ///< borrowed from the body
};

struct Form {
    std::vector<FormField> fields;  ///< in the order of the body, each name once
    std::optional<FormFile> file;

    /// The text of a field; nothing when it was not sent.
    [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const noexcept;
};

/// The boundary that a Content-Type of multipart/form-data names; nothing when it is of another
/// type, or its boundary is missing, named twice or no boundary of RFC 2046.
[[nodiscard]] std::optional<std::string> boundary_of(std::string_view content_type);

/// Reads a form of fields and at most one file, a part that has a filename. The time is linear in
/// the size of `body`. Refuses with kParseError what is no such form or is over a limit above;
/// kInvalid names the fields that are given twice, are no text or too long, and a second file.
[[nodiscard]] Result<Form> read_form(std::string_view content_type, std::string_view body);

}  // namespace segurifai::http

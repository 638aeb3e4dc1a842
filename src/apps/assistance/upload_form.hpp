#pragma once

#include <string>
#include <string_view>

#include "apps/assistance/upload.hpp"
#include "base/error.hpp"

namespace segurifai::assistance {

/// Reads the form of docs.upload (http/multipart.hpp): request_id, document_type, file, each once
/// and nothing else. `content_type` is the header with its boundary. Refuses with kParseError what
/// is no form; kInvalid names the fields that are wrong. The file's bytes are borrowed from `body`.
[[nodiscard]] Result<Upload> read_upload_form(std::string_view content_type, std::string_view body);

}  // namespace segurifai::assistance

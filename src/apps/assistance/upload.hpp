#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/assistance/choices.hpp"
#include "apps/assistance/tables.hpp"
#include "apps/keys.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/call.hpp"
#include "http/shape.hpp"

/// Evidence handed in with a request (RULES §8, API §2.9).
namespace segurifai::assistance {

inline constexpr std::size_t kDocumentBytesMax = 10'000'000;
inline constexpr std::size_t kIdentityBytesMax = 5'000'000;  ///< ID_FRONT and ID_BACK
inline constexpr std::int64_t kDocumentsMax = 20;            ///< a request
inline constexpr std::int64_t kUploadDays = 30;              ///< after the request has ended

/// A file as it came.
struct Upload {
    AssistanceRequestId request_id;
    DocumentType document_type = DocumentType::kOther;
    std::string filename;    ///< as the client named it; for people only
    std::string_view bytes;  ///< borrowed from the request
};

struct DocumentView {
    static constexpr std::string_view kShape = "RequestDocument";
    RequestDocumentId id;
    AssistanceRequestId request_id;
    DocumentType document_type = DocumentType::kOther;
    std::string filename;
    std::int32_t file_size = 0;
    std::string mime_type;
    ReviewStatus review_status = ReviewStatus::kPending;
    std::vector<std::string> tips;
    bool uploaded_by_me = false;
    Instant created_at;
    http::Maybe<Json> ai_analysis;            // staff
    http::Maybe<std::string> reviewer_notes;  // staff
    http::Maybe<std::string> sha256;          // staff
    static consteval auto fields() {
        using V = DocumentView;
        return std::array{http::field<&V::id>("id"),
                          http::field<&V::request_id>("request_id"),
                          http::field<&V::document_type>("document_type"),
                          http::field<&V::filename>("filename"),
                          http::field<&V::file_size>("file_size"),
                          http::field<&V::mime_type>("mime_type"),
                          http::field<&V::review_status>("review_status"),
                          http::field<&V::tips>("tips"),
                          http::field<&V::uploaded_by_me>("uploaded_by_me"),
                          http::field<&V::created_at>("created_at"),
                          http::field<&V::ai_analysis>("ai_analysis"),
                          http::field<&V::reviewer_notes>("reviewer_notes"),
                          http::field<&V::sha256>("sha256")};
    }
};

/// Takes a file: judged by its content, written and made durable first, then its row, its DOCUMENT
/// update and its audit event in one transaction. Refuses with kUnsupportedMediaType,
/// kImageUnreadable, kPayloadTooLarge, kNotFound (the request is not the caller's),
/// kInvalidTransition (it ended more than kUploadDays ago).
[[nodiscard]] Task<Result<DocumentView>> take_upload(http::Call& call, Upload upload);

/// The last part of a file name, without control characters, at most 255 characters; "documento"
/// with the kind's extension when nothing is left.
[[nodiscard]] std::string shown_filename(std::string_view sent, std::string_view extension);

}  // namespace segurifai::assistance

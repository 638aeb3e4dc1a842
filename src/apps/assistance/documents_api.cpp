// docs.upload (API §2.9).

#include <array>
#include <utility>

#include "apps/assistance/api.hpp"
#include "apps/assistance/upload.hpp"
#include "apps/assistance/upload_form.hpp"

namespace segurifai::assistance {
namespace {

/// The largest file with the form around it.
constexpr std::size_t kBodyBytesMax = 11'000'000;

constexpr std::array kRefusals{Refusal::kPayloadTooLarge, Refusal::kUnsupportedMediaType,
                               Refusal::kImageUnreadable, Refusal::kInvalidTransition};

Task<Result<DocumentView>> upload_document(http::Call& call) {
    const auto type = call.request.header(http::Header::kContentType);
    if (!type) co_return refuse(Refusal::kUnsupportedMediaType);
    SEGURIFAI_CO_TRY_AS(Upload upload, read_upload_form(*type, call.request.body));
    co_return co_await take_upload(call, std::move(upload));
}

}  // namespace

std::vector<http::Route> document_routes() {
    return {http::post<&upload_document>("/api/assistance/docs/", "docs.upload",
                                         {.summary = "Hand in evidence: request_id, document_type, "
                                                     "file",
                                          .status = 201,
                                          .keyed = true,
                                          .media = http::Media::kMultipart,
                                          .body_bytes_max = kBodyBytesMax,
                                          .refusals = kRefusals})};
}

}  // namespace segurifai::assistance

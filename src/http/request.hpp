#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace segurifai::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };

/// "GET"; empty for kOther.
[[nodiscard]] std::string_view name_of(Method method) noexcept;

/// The request headers the server reads. All others are parsed, checked and dropped.
enum class Header : std::uint8_t {
    kAccept,
    kAcceptLanguage,
    kAccessControlRequestHeaders,
    kAccessControlRequestMethod,
    kAuthorization,
    kContentType,
    kCookie,
    kForwardedFor,  ///< X-Forwarded-For
    kForwardedProto,
    kHost,
    kIdempotencyKey,
    kIfMatch,
    kIfNoneMatch,
    kOrigin,
    kRequestId,  ///< X-Request-Id
    kTraceparent,
    kCount,
};

/// One complete request, as the connection read it. Everything borrows from the connection's
/// buffer and is valid until its answer is written.
struct Request {
    Method method = Method::kOther;
    std::string_view method_text;  ///< as it was sent
    std::string_view target;       ///< path and query as sent (origin form)
    std::string_view path;         ///< before '?', still percent-encoded
    std::string_view query;        ///< after '?', still percent-encoded
    std::string_view body;         ///< decoded from chunks when it came in chunks
    std::string_view peer;         ///< the other end's address as text, without a port
    bool keep_alive = true;
    std::array<std::optional<std::string_view>, static_cast<std::size_t>(Header::kCount)> headers;

    /// A header's value without surrounding spaces; nothing when it was not sent.
    [[nodiscard]] std::optional<std::string_view> header(Header which) const noexcept {
        return headers[static_cast<std::size_t>(which)];
    }
};

}  // namespace segurifai::http

#pragma once

#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// How an answer goes onto the wire.
struct Framing {
    bool without_body = false;    ///< HEAD: the same headers, no body
    bool close = false;           ///< "Connection: close"
    bool say_keep_alive = false;  ///< to HTTP/1.0, which closes otherwise
    std::string_view date;        ///< see append_date
};

/// Appends `answer` to `out`, of one with a source all but its body. 204 and 304 have no body
/// whatever the answer holds. Returns where in `out` a further header line may be inserted.
std::size_t append_answer(std::string& out, const Answer& answer, const Framing& framing);

inline constexpr std::string_view kCloseLine = "Connection: close\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// Appends a moment as "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
void append_date(std::string& out, std::int64_t seconds_since_1970);

}  // namespace segurifai::http

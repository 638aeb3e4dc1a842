#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// What a request may look like before any parser sees it. Everything here is stricter than RFC
/// 9112 wherever two servers have been known to disagree about where a request ends.
namespace segurifai::http {

/// Why a request is refused. `status` is 0 while nothing is wrong.
struct Refused {
    int status = 0;         ///< 400, 408, 413, 414, 431 or 503
    std::string_view code;  ///< a word for RequestHandler::refuse
    std::string_view why;   ///< for people who read tests and counters
};

inline constexpr Refused kHeadTooLarge{431, "headers_too_large", "the head is over its limit"};
inline constexpr Refused kBodyTooLarge{413, "payload_too_large", "the body is over its limit"};
[[nodiscard]] constexpr Refused malformed(std::string_view why) noexcept {
    return {400, "parse_error", why};
}

struct HeadLimits {
    std::size_t head_bytes_max = 16'384;
    std::size_t fields_max = 64;
    std::size_t target_bytes_max = 8'192;
};

/// What the connection must know of a head to frame its body.
struct HeadFacts {
    std::size_t size = 0;  ///< bytes, the empty line included
    bool http11 = false;
    bool chunked = false;
    bool has_length = false;
    std::uint64_t length = 0;  ///< Content-Length
    bool close = false;        ///< Connection: close
    bool keep_alive = false;   ///< Connection: keep-alive
    bool expect_continue = false;

    /// Whether the connection goes on after this request.
    [[nodiscard]] bool persistent() const noexcept { return !close && (http11 || keep_alive); }
    [[nodiscard]] bool has_body() const noexcept { return chunked || length > 0; }
};

/// Scans one head, resuming where it stopped, each byte a bounded number of times.
class HeadGuard {
public:
    enum class State : std::uint8_t { kMore, kComplete, kRefused };

    explicit HeadGuard(const HeadLimits& limits) noexcept : limits_(limits) {}

    /// For the next request.
    void reset() noexcept;
    /// Looks at `head`: every byte received since the request began, the earlier ones unchanged
    /// (their address may differ). Bytes after the head's end are not looked at.
    [[nodiscard]] State scan(std::string_view head) noexcept;

    [[nodiscard]] const HeadFacts& facts() const noexcept { return facts_; }
    [[nodiscard]] const Refused& refused() const noexcept { return refused_; }
    /// Bytes of the lines that passed, without the empty one at the end: of a head that is refused
    /// or not whole, what may be believed.
    [[nodiscard]] std::size_t passed() const noexcept {
        return facts_.size != 0 ? facts_.size - 2 : line_at_;
    }

private:
    struct Part {
        std::size_t at = 0;
        std::size_t size = 0;
        [[nodiscard]] std::string_view of(std::string_view head) const noexcept {
            return head.substr(at, size);
        }
    };

    bool refuse(const Refused& why) noexcept;
    bool request_line_so_far(std::string_view line) noexcept;
    bool partial_line(std::string_view head) noexcept;
    bool request_line(std::string_view line) noexcept;
    bool target(std::string_view method, std::string_view target) noexcept;
    bool field_line(std::string_view head, std::string_view line) noexcept;
    bool framing_field(std::string_view name, std::string_view value) noexcept;
    bool content_length(std::string_view value) noexcept;
    bool finish(std::string_view head) noexcept;

    HeadLimits limits_;
    HeadFacts facts_;
    Refused refused_;
    std::size_t line_at_ = 0;  ///< where the line being read begins
    std::size_t scanned_ = 0;  ///< no line feed before this place
    std::size_t fields_ = 0;
    Part authority_;  ///< of an absolute-form target
    Part host_;
    int hosts_ = 0;
};

/// The bytes of a head's target that name the resource: "/a?b" for "/a?b" and for
/// "http://host/a?b".
[[nodiscard]] std::string_view origin_form(std::string_view target) noexcept;

/// A host with an optional port, as a Host header or an authority may have it.
[[nodiscard]] bool is_host(std::string_view text) noexcept;

/// ASCII letters compared without case.
[[nodiscard]] bool same_word(std::string_view a, std::string_view lower) noexcept;

}  // namespace segurifai::http

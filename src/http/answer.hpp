#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"

namespace segurifai::http {

/// A body that is read while it is sent, because it is too large to be held: a piece of it is in
/// memory at a time. Of one call, on its io thread.
class BodySource {
public:
    BodySource() = default;
    BodySource(const BodySource&) = delete;
    BodySource& operator=(const BodySource&) = delete;
    virtual ~BodySource() = default;

    /// In bytes; it is promised in Content-Length before anything is read.
    [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
    /// The next piece, from the beginning on; never empty before `size` bytes were given. After a
    /// failure nobody asks again: the connection ends, and the peer sees that something is missing.
    [[nodiscard]] virtual Task<Result<std::string>> next() = 0;
};

/// What is sent back. The connection adds Date, Content-Length, Connection and the security
/// headers, and leaves the body out for HEAD.
struct Answer {
    int status = 200;
    std::string_view content_type = "application/json";  ///< empty = no body, no header
    std::string body;
    std::unique_ptr<BodySource> source;  ///< instead of `body`
    /// Further headers. Names are constants; values hold no CR or LF (whoever sets one from what
    /// came in has checked it).
    std::vector<std::pair<std::string_view, std::string>> headers;
    bool close = false;  ///< end the connection after this answer

    void set(std::string_view name, std::string value) {
        headers.emplace_back(name, std::move(value));
    }
};

/// "OK" for 200 and so on; empty for a status that is not ours.
[[nodiscard]] std::string_view reason_of(int status) noexcept;

}  // namespace segurifai::http

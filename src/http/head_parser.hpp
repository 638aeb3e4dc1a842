#pragma once

#include <forward_list>
#include <string>
#include <string_view>

#include "http/head_guard.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// Reads a head that HeadGuard has passed into a Request, by Boost.Beast's parser: the two must
/// agree on every head, and what Beast refuses is refused.
class HeadParser {
public:
    /// Fills method, target, path, query, keep_alive and headers of `request`, which borrow from
    /// `head` and from this parser until the next call. A header that may come once and comes
    /// twice is refused; lists (Accept, If-Match, X-Forwarded-For …) are joined by commas.
    [[nodiscard]] Refused read(std::string_view head, const HeadFacts& facts, Request& request);

private:
    std::forward_list<std::string> joined_;
};

}  // namespace segurifai::http

// Hostile requests: no bytes make the reader crash, the same bytes in other pieces are read the
// same, a request that is read has one framing only, and as much is known of one that is refused.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "http/request_reader.hpp"

namespace {

using namespace segurifai::http;  // NOLINT: a program of its own

/// What is known of a request that never becomes one.
std::string known_of(RequestReader& reader) {
    const Request& known = reader.give_up();
    std::string text(known.target);
    for (const Header header : {Header::kAccept, Header::kAcceptLanguage, Header::kRequestId})
        text.append(" ").append(known.header(header).value_or("-"));
    return text;
}

/// What was made of the bytes, as text.
std::string read(std::string_view text, std::size_t piece) {
    BufferBudget budget{.bytes_max = std::numeric_limits<std::size_t>::max()};
    RequestReader reader(HeadLimits{}, budget);
    std::string seen;
    for (;;) {
        switch (reader.step()) {
            case RequestReader::Step::kHead:
                if (reader.facts().chunked && reader.facts().has_length) std::abort();
                if (reader.facts().http11 && !reader.request().header(Header::kHost)) std::abort();
                reader.begin_body(4'096);
                break;
            case RequestReader::Step::kRefused:
                return seen + std::to_string(reader.refused().status) + known_of(reader);
            case RequestReader::Step::kRequest: {
                const Request& request = reader.request();
                if (request.target.empty() || request.body.size() > 4'096) std::abort();
                if (request.target != "*" && request.target.front() != '/') std::abort();
                seen.append(request.method_text).append(" ").append(request.target);
                seen.append(" ").append(request.body).append("\n");
                reader.consume();
                break;
            }
            case RequestReader::Step::kMore: {
                if (text.empty()) return seen + known_of(reader);
                const std::span<char> room = reader.room();
                const std::size_t size = std::min({piece, room.size(), text.size()});
                text.copy(room.data(), size);
                reader.received(size);
                text.remove_prefix(size);
                break;
            }
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::string whole = read(text, std::max<std::size_t>(size, 1));
    if (whole != read(text, 1) || whole != read(text, 7)) std::abort();
    return 0;
}

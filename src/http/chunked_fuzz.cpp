// Hostile bodies in chunks: no bytes make the decoder crash or write past its input, the same bytes
// in other pieces are decoded the same, and what is accepted is what Beast decodes.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunk_decoder.hpp"

namespace {

using namespace segurifai::http;  // NOLINT: a program of its own
constexpr std::size_t kBodyMax = 4'096;

struct Decoded {
    ChunkDecoder::State state = ChunkDecoder::State::kMore;
    int status = 0;
    std::string body;
    std::size_t used = 0;
};

Decoded decode(std::string_view text, std::size_t piece) {
    ChunkDecoder decoder;
    decoder.reset(kBodyMax);
    Decoded made;
    while (made.state == ChunkDecoder::State::kMore && !text.empty()) {
        std::string part(text.substr(0, piece));  // in place, of exactly that size
        const ChunkDecoder::Step step = decoder.decode(part.data(), part.size(), part.data());
        if (step.consumed > part.size() || step.produced > step.consumed) std::abort();
        if (step.state == ChunkDecoder::State::kMore && step.consumed != part.size()) std::abort();
        made.state = step.state;
        made.body.append(part, 0, step.produced);
        made.used += step.consumed;
        text.remove_prefix(step.consumed);
    }
    made.status = decoder.refused().status;
    return made;
}

void agree_with_beast(std::string_view text, const Decoded& ours) {
    namespace http = boost::beast::http;
    const std::string_view framed = text.substr(0, ours.used);
    if (framed.contains(';')) return;  // its grammar of extensions is another
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    parser.body_limit(kBodyMax);
    const std::string whole =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(framed);
    boost::beast::error_code fault;
    std::string_view rest = whole;
    while (!fault && !parser.is_done() && !rest.empty())
        rest.remove_prefix(parser.put(boost::asio::const_buffer(rest.data(), rest.size()), fault));
    if (fault || !parser.is_done() || !rest.empty() || parser.get().body() != ours.body)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Decoded whole = decode(text, std::string_view::npos);
    const Decoded bytes = decode(text, 1);
    if (whole.state != bytes.state || whole.status != bytes.status || whole.body != bytes.body ||
        whole.used != bytes.used)
        std::abort();
    if (whole.body.size() > kBodyMax) std::abort();
    if (whole.state == ChunkDecoder::State::kComplete) agree_with_beast(text, whole);
    return 0;
}

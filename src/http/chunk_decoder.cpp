#include "http/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace segurifai::http {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

void ChunkDecoder::reset(std::size_t bytes_max) noexcept {
    *this = {};
    left_ = bytes_max;
}

bool ChunkDecoder::refuse(const Refused& why) noexcept {
    refused_ = why;
    return false;
}

ChunkDecoder::Step ChunkDecoder::decode(const char* in, std::size_t size, char* out) noexcept {
    Step step;
    while (step.consumed < size && at_ != At::kDone && refused_.status == 0) {
        if (at_ != At::kData) {
            framing(in[step.consumed++]);
            continue;
        }
        const std::size_t piece =
            static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, size - step.consumed));
        std::memmove(out + step.produced, in + step.consumed, piece);
        step.consumed += piece;
        step.produced += piece;
        chunk_ -= piece;
        if (chunk_ == 0) at_ = At::kDataReturn;
    }
    if (refused_.status != 0)
        step.state = State::kRefused;
    else if (at_ == At::kDone)
        step.state = State::kComplete;
    return step;
}

bool ChunkDecoder::framing(char c) noexcept {
    switch (at_) {
        case At::kSize: return size_byte(c);
        case At::kExtension:
            if (c == '\r') {
                at_ = At::kSizeLineFeed;
                return true;
            }
            if (c != '\t' && (c < 0x20 || c == 0x7F))
                return refuse(malformed("a control character in a chunk extension"));
            if (++extension_ > kChunkExtensionBytesMax ||
                ++extensions_ > kChunkExtensionBytesTotalMax)
                return refuse(malformed("a chunk extension over its limit"));
            return true;
        case At::kSizeLineFeed:
            if (c != '\n') return refuse(malformed("a chunk size that does not end in CR LF"));
            digits_ = 0;
            extension_ = 0;
            at_ = chunk_ == 0 ? At::kEndReturn : At::kData;
            return true;
        case At::kDataReturn:
        case At::kDataLineFeed:
            if (c != (at_ == At::kDataReturn ? '\r' : '\n'))
                return refuse(malformed("a chunk that does not end in CR LF"));
            at_ = at_ == At::kDataReturn ? At::kDataLineFeed : At::kSize;
            return true;
        case At::kEndReturn:
            if (c != '\r') return refuse(malformed("a trailer field"));
            at_ = At::kEndLineFeed;
            return true;
        case At::kEndLineFeed:
            if (c != '\n') return refuse(malformed("a last chunk that does not end in CR LF"));
            at_ = At::kDone;
            return true;
        case At::kData:
        case At::kDone: break;
    }
    return true;
}

bool ChunkDecoder::size_byte(char c) noexcept {
    if (const int value = hex_value(c); value >= 0) {
        if (++digits_ > kChunkSizeDigitsMax)
            return refuse(malformed("a chunk size with too many digits"));
        chunk_ = chunk_ * 16 + static_cast<std::uint64_t>(value);
        return true;
    }
    if (digits_ == 0 || (c != '\r' && c != ';'))
        return refuse(malformed("a chunk size that is no hexadecimal number"));
    if (chunk_ > left_) return refuse(kBodyTooLarge);
    left_ -= static_cast<std::size_t>(chunk_);
    at_ = c == ';' ? At::kExtension : At::kSizeLineFeed;
    return true;
}

}  // namespace segurifai::http

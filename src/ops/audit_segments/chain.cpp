#include "ops/audit_segments/chain.hpp"

#include <array>

#include "security/encoding.hpp"

namespace segurifai::audit_segments {
namespace {

constexpr std::size_t kHashSize = std::size_t{2} * crypto_hash_sha256_BYTES;
constexpr std::string_view kBeforeEvent = R"({"event":)";
constexpr std::string_view kBeforeHash = R"(,"hash":")";
constexpr std::string_view kAfterHash = "\"}";

}  // namespace

Sha256::Sha256() noexcept {
    crypto_hash_sha256_init(&state_);
}

void Sha256::add(std::string_view bytes) noexcept {
    crypto_hash_sha256_update(&state_, security::bytes_of(bytes).data(), bytes.size());
}

std::string Sha256::finish() noexcept {
    std::array<std::uint8_t, crypto_hash_sha256_BYTES> hash;
    crypto_hash_sha256_final(&state_, hash.data());
    return security::hex(hash);
}

std::string sha256(std::string_view bytes) {
    Sha256 sum;
    sum.add(bytes);
    return sum.finish();
}

std::string chain_start() {
    return std::string(kHashSize, '0');
}

std::string chain_next(std::string_view before, std::string_view event) {
    Sha256 sum;
    sum.add(before);
    sum.add(event);
    return sum.finish();
}

std::string line_of(std::string_view event, std::string_view hash) {
    std::string line;
    line.reserve(event.size() + kLineHashSize + 32);
    line.append(kBeforeEvent).append(event).append(kBeforeHash);
    line.append(hash.substr(0, kLineHashSize)).append(kAfterHash).append("\n");
    return line;
}

std::optional<Line> split_line(std::string_view line) noexcept {
    constexpr std::size_t kTail = kBeforeHash.size() + kLineHashSize + kAfterHash.size();
    if (line.size() < kBeforeEvent.size() + kTail) return std::nullopt;
    const std::size_t event_size = line.size() - kBeforeEvent.size() - kTail;
    const std::string_view event = line.substr(kBeforeEvent.size(), event_size);
    const std::string_view tail = line.substr(line.size() - kTail);
    if (!line.starts_with(kBeforeEvent) || !tail.starts_with(kBeforeHash) ||
        !tail.ends_with(kAfterHash))
        return std::nullopt;
    return Line{event, tail.substr(kBeforeHash.size(), kLineHashSize)};
}

}  // namespace segurifai::audit_segments

#include "http/proxies.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace segurifai::http {
namespace {

constexpr std::size_t kIpv4At = 12;  ///< where an IPv4 address stands in an IPv4-mapped one
constexpr std::size_t kHouseholdBytes = 8;

bool is_ipv4(const AddressBytes& address) noexcept {
    constexpr AddressBytes kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    return std::equal(kMapped.begin(), kMapped.begin() + kIpv4At, address.begin());
}

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
    std::ranges::copy(text, terminated.begin());
    AddressBytes bytes{};
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) == 1) return bytes;
    bytes = {};
    bytes[10] = bytes[11] = 0xFF;
    if (inet_pton(AF_INET, terminated.data(), bytes.data() + kIpv4At) == 1) return bytes;
    return std::nullopt;
}

std::string text_of(const AddressBytes& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool is_v4 = is_ipv4(address);
    inet_ntop(is_v4 ? AF_INET : AF_INET6, address.data() + (is_v4 ? kIpv4At : 0), text.data(),
              text.size());
    return text.data();
}

std::string network_of(std::string_view address) {
    const bool may_be_v6 = address.contains(':');
    auto bytes = may_be_v6 ? parse_address(address) : std::nullopt;
    if (!bytes) return std::string(address);
    if (!is_ipv4(*bytes)) std::fill(bytes->begin() + kHouseholdBytes, bytes->end(), 0);
    return text_of(*bytes);
}

Result<Proxies> Proxies::make(const std::vector<std::string>& blocks) {
    Proxies proxies;
    for (const std::string& text : blocks) {
        const std::size_t slash = text.find('/');
        const auto address = parse_address(std::string_view(text).substr(0, slash));
        const bool is_v4 = text.find(':') == std::string::npos;
        const int bits_max = is_v4 ? 32 : 128;
        int bits = bits_max;
        if (slash != std::string::npos) {
            const char* const end = text.data() + text.size();
            const auto read = std::from_chars(text.data() + slash + 1, end, bits);
            if (read.ec != std::errc() || read.ptr != end) bits = -1;
        }
        if (!address || bits < 0 || bits > bits_max)
            return fail(Code::kInvalid, "'" + text + "' is no address block, such as 10.0.0.0/8.");
        proxies.blocks_.push_back({*address, is_v4 ? bits + 96 : bits});
    }
    return proxies;
}

bool Proxies::holds(const AddressBytes& address) const noexcept {
    return std::ranges::any_of(blocks_, [&](const Block& block) {
        int bits = block.bits;
        for (std::size_t i = 0; i < address.size() && bits > 0; ++i, bits -= 8) {
            const auto mask = static_cast<std::uint8_t>(bits >= 8 ? 0xFF : 0xFF << (8 - bits));
            if (((address[i] ^ block.address[i]) & mask) != 0) return false;
        }
        return true;
    });
}

std::string Proxies::caller(std::string_view peer,
                            std::optional<std::string_view> forwarded_for) const {
    if (blocks_.empty() || !forwarded_for) return std::string(peer);
    std::string_view rest = *forwarded_for;
    auto address = parse_address(peer);
    auto found = address;
    while (address && holds(*address) && !rest.empty()) {
        const std::size_t comma = rest.rfind(',');
        std::string_view entry = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
        while (!entry.empty() && entry.front() == ' ') entry.remove_prefix(1);
        while (!entry.empty() && entry.back() == ' ') entry.remove_suffix(1);
        address = parse_address(entry);
        if (address) found = address;
    }
    return found ? text_of(*found) : std::string(peer);
}

}  // namespace segurifai::http

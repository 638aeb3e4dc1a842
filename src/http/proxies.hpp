#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::http {

/// A network address; IPv4 as an IPv4-mapped IPv6 address.
using AddressBytes = std::array<std::uint8_t, 16>;

/// Reads an address without a port. Nothing for anything else.
[[nodiscard]] std::optional<AddressBytes> parse_address(std::string_view text) noexcept;

/// An address as the rest of the server writes it: IPv4 always with its points, also where a proxy
/// that listens on IPv6 wrote ::ffff:192.0.2.1.
[[nodiscard]] std::string text_of(const AddressBytes& address);

/// Who an address counts for where tries are limited: one customer has a whole /64 of IPv6, and
/// often an address of it for each connection. What is no address counts for itself.
[[nodiscard]] std::string network_of(std::string_view address);

/// The proxies in front of the server, whose word about who called is taken.
class Proxies {
public:
    /// Blocks as CIDR ("10.0.0.0/8", "::1/128") or single addresses. kInvalid for anything else.
    [[nodiscard]] static Result<Proxies> make(const std::vector<std::string>& blocks);

    /// Who called: `peer`, or when that is a proxy, the last address of X-Forwarded-For that is
    /// none. What is no address there ends the list, because only a proxy's own entry is true.
    [[nodiscard]] std::string caller(std::string_view peer,
                                     std::optional<std::string_view> forwarded_for) const;

private:
    struct Block {
        AddressBytes address{};
        int bits = 128;
    };
    [[nodiscard]] bool holds(const AddressBytes& address) const noexcept;

    std::vector<Block> blocks_;
};

}  // namespace segurifai::http

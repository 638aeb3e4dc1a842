#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

/// Numbers in the files of a repository: little-endian, of fixed width. SQLite's own are big.
namespace segurifai::backup {

static_assert(std::endian::native == std::endian::little);

template <class Number>
void put(std::string& out, Number number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

/// Takes a number off the front of `rest`, which holds as many bytes.
template <class Number>
[[nodiscard]] Number take(std::string_view& rest) noexcept {
    Number number;
    rest.copy(reinterpret_cast<char*>(&number), sizeof number);
    rest.remove_prefix(sizeof number);
    return number;
}

/// SQLite's number at `offset` of `bytes`, which reach beyond it.
[[nodiscard]] inline std::uint32_t big_endian(std::string_view bytes, std::size_t offset) {
    std::uint32_t number = 0;
    bytes.copy(reinterpret_cast<char*>(&number), sizeof number, offset);
    return __builtin_bswap32(number);
}

}  // namespace segurifai::backup

#pragma once

/// The words of a migration file, in one place for reading and writing.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "migrate/state.hpp"

namespace segurifai::migrate::words {

template <class T, std::size_t N>
using Words = std::array<std::pair<std::string_view, T>, N>;

inline constexpr Words<model::OnDelete, 3> kOnDelete{{{"restrict", model::OnDelete::kRestrict},
                                                      {"cascade", model::OnDelete::kCascade},
                                                      {"set null", model::OnDelete::kSetNull}}};
inline constexpr Words<JsonKind, 3> kJson{
    {{"any", JsonKind::kAny}, {"array", JsonKind::kArray}, {"object", JsonKind::kObject}}};

template <class T, std::size_t N>
[[nodiscard]] constexpr std::string_view word_of(const Words<T, N>& words, T value) noexcept {
    for (const auto& [word, candidate] : words)
        if (candidate == value) return word;
    return {};
}

template <class T, std::size_t N>
[[nodiscard]] constexpr std::optional<T> value_of(const Words<T, N>& words,
                                                  std::string_view text) noexcept {
    for (const auto& [word, value] : words)
        if (word == text) return value;
    return std::nullopt;
}

/// A column's type as its spelling gives it ("DECIMAL(10,2)").
struct SpelledType {
    model::Type type = model::Type::kText;
    int length = 0;
    int precision = 0;
    int scale = 0;
};
/// Nothing when the text is not exactly what model::spelling() writes.
[[nodiscard]] std::optional<SpelledType> parse_type(std::string_view text);

}  // namespace segurifai::migrate::words

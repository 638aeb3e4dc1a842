#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace segurifai {

/// A Guatemalan telephone number, kept as "+502XXXXXXXX" (RULES §0), so that one person has one
/// number. An archived account keeps an unguessable placeholder instead, which is why a stored
/// value is taken as it is.
class Phone {
public:
    Phone() = default;

    /// Accepts the usual spellings: 8 digits, optionally after +502 or 502, with spaces, dashes
    /// and parentheses anywhere between. Anything else is nothing.
    [[nodiscard]] static std::optional<Phone> parse(std::string_view text);
    /// Takes what a database holds.
    [[nodiscard]] static Phone stored(std::string_view text) { return Phone(std::string(text)); }

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

    friend auto operator<=>(const Phone&, const Phone&) = default;

private:
    explicit Phone(std::string text) : text_(std::move(text)) {}
    std::string text_;
};

}  // namespace segurifai

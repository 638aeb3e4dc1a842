#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace segurifai::audit_segments {

/// A calendar month in UTC, as the instants of the audit log are. Files are named by it.
struct Month {
    int year = 1970;  ///< 1 to 9999
    int month = 1;    ///< 1 to 12

    /// Reads "2026-11" and nothing else.
    [[nodiscard]] static std::optional<Month> parse(std::string_view text) noexcept;
    [[nodiscard]] static Month of(Instant instant) noexcept;

    [[nodiscard]] std::string to_string() const;
    /// That many months later.
    [[nodiscard]] Month plus(int months) const noexcept;
    [[nodiscard]] Instant begins() const noexcept;
    /// The first instant that is not in it any more.
    [[nodiscard]] Instant ends() const noexcept { return plus(1).begins(); }

    friend auto operator<=>(const Month&, const Month&) = default;
};

}  // namespace segurifai::audit_segments

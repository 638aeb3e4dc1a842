#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace segurifai {

/// A calendar day, proleptic Gregorian, years 0001 to 9999.
struct Date {
    std::int32_t days = 0;  ///< since 1970-01-01

    static constexpr std::size_t kTextSize = 10;

    [[nodiscard]] static std::optional<Date> of(int year, int month, int day) noexcept;
    /// Reads "YYYY-MM-DD" and nothing else; a day that does not exist is nothing.
    [[nodiscard]] static std::optional<Date> parse(std::string_view text) noexcept;
    /// Writes exactly `kTextSize` characters.
    void write(char* out) const noexcept;
    [[nodiscard]] std::string to_string() const;

    friend auto operator<=>(const Date&, const Date&) = default;
};

/// A point in time in UTC, microseconds since 1970-01-01T00:00:00Z, years 0001 to 9999.
struct Instant {
    std::int64_t micros = 0;

    /// "2026-02-03 18:04:05.123456": fixed width, so that text order is time order. This is how
    /// SQLite stores it and what Django wrote before us.
    static constexpr std::size_t kStoredSize = 26;
    /// "2026-02-03T18:04:05.123456Z": RFC 3339, as JSON carries it.
    static constexpr std::size_t kJsonSize = 27;

    /// Reads both forms above, with 'T' or a space, 0 to 6 digits of fraction, and 'Z', an offset
    /// "+hh:mm" or nothing (UTC). Anything else is nothing.
    [[nodiscard]] static std::optional<Instant> parse(std::string_view text) noexcept;
    void write_stored(char* out) const noexcept;
    void write_json(char* out) const noexcept;
    [[nodiscard]] std::string to_string() const;  ///< the JSON form

    friend auto operator<=>(const Instant&, const Instant&) = default;
};

/// The smallest and largest values both engines hold: 0001-01-01 and the end of 9999-12-31.
inline constexpr std::int32_t kDateMinDays = -719'162;
inline constexpr std::int32_t kDateMaxDays = 2'932'896;
inline constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
inline constexpr std::int64_t kInstantMinMicros = kDateMinDays * kMicrosPerDay;
inline constexpr std::int64_t kInstantMaxMicros = (kDateMaxDays + 1LL) * kMicrosPerDay - 1;

}  // namespace segurifai

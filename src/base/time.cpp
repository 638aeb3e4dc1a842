#include "base/time.hpp"

#include <chrono>

namespace segurifai {
namespace {

/// Reads exactly `digits` decimal digits; -1 when there is anything else.
constexpr int number_at(std::string_view text, std::size_t at, std::size_t digits) noexcept {
    int value = 0;
    for (std::size_t i = at; i < at + digits; ++i) {
        const auto digit = static_cast<unsigned>(text[i] - '0');
        if (digit > 9) return -1;
        value = value * 10 + static_cast<int>(digit);
    }
    return value;
}

template <int Digits>
constexpr void put(char* out, unsigned value) noexcept {
    for (int i = Digits - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
}

void write_instant(char* out, Instant instant, char separator) noexcept {
    std::int64_t days = instant.micros / kMicrosPerDay;
    std::int64_t rest = instant.micros % kMicrosPerDay;
    if (rest < 0) {
        rest += kMicrosPerDay;
        --days;
    }
    Date{static_cast<std::int32_t>(days)}.write(out);
    const auto seconds = static_cast<unsigned>(rest / 1'000'000);
    out[10] = separator;
    put<2>(out + 11, seconds / 3600);
    out[13] = ':';
    put<2>(out + 14, seconds / 60 % 60);
    out[16] = ':';
    put<2>(out + 17, seconds % 60);
    out[19] = '.';
    put<6>(out + 20, static_cast<unsigned>(rest % 1'000'000));
}

/// Reads what follows the seconds: the fraction. Advances `at`; -1 when malformed.
int fraction_at(std::string_view text, std::size_t& at) noexcept {
    if (at >= text.size() || text[at] != '.') return 0;
    ++at;
    int micros = 0;
    int digits = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 6) {
        micros = micros * 10 + (text[at++] - '0');
        ++digits;
    }
    if (digits == 0) return -1;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
}

/// Reads the offset at the end of a text, in minutes.
std::optional<int> offset_minutes(std::string_view rest) noexcept {
    if (rest.empty() || rest == "Z" || rest == "z") return 0;
    if (rest[0] != '+' && rest[0] != '-') return std::nullopt;
    if (rest.size() == 3) {  // PostgreSQL writes "+00"
        const int hours = number_at(rest, 1, 2);
        if (hours < 0 || hours > 23) return std::nullopt;
        return rest[0] == '-' ? -hours * 60 : hours * 60;
    }
    if (rest.size() != 6 || rest[3] != ':') return std::nullopt;
    const int hours = number_at(rest, 1, 2);
    const int minutes = number_at(rest, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    const int total = hours * 60 + minutes;
    return rest[0] == '-' ? -total : total;
}

}  // namespace

std::optional<Date> Date::of(int year, int month, int day) noexcept {
    if (year < 1 || year > 9999 || month < 1 || day < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    return Date{static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

std::optional<Date> Date::parse(std::string_view text) noexcept {
    if (text.size() != kTextSize || text[4] != '-' || text[7] != '-') return std::nullopt;
    return of(number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2));
}

void Date::write(char* out) const noexcept {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(days))};
    put<4>(out, static_cast<unsigned>(static_cast<int>(date.year())));
    out[4] = '-';
    put<2>(out + 5, static_cast<unsigned>(date.month()));
    out[7] = '-';
    put<2>(out + 8, static_cast<unsigned>(date.day()));
}

std::string Date::to_string() const {
    std::string text(kTextSize, '\0');
    write(text.data());
    return text;
}

std::optional<Instant> Instant::parse(std::string_view text) noexcept {
    if (text.size() < 19) return std::nullopt;
    const auto date = Date::parse(text.substr(0, 10));
    if (!date || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
        return std::nullopt;
    const int hour = number_at(text, 11, 2);
    const int minute = number_at(text, 14, 2);
    const int second = number_at(text, 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return std::nullopt;
    std::size_t at = 19;
    const int micros = fraction_at(text, at);
    if (micros < 0) return std::nullopt;
    const auto offset = offset_minutes(text.substr(at));
    if (!offset) return std::nullopt;
    const std::int64_t seconds = (hour * 60LL + minute - *offset) * 60 + second;
    const Instant instant{date->days * kMicrosPerDay + seconds * 1'000'000 + micros};
    if (instant.micros < kInstantMinMicros || instant.micros > kInstantMaxMicros)
        return std::nullopt;
    return instant;
}

void Instant::write_stored(char* out) const noexcept {
    write_instant(out, *this, ' ');
}

void Instant::write_json(char* out) const noexcept {
    write_instant(out, *this, 'T');
    out[26] = 'Z';
}

std::string Instant::to_string() const {
    std::string text(kJsonSize, '\0');
    write_json(text.data());
    return text;
}

}  // namespace segurifai

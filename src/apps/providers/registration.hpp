#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// What a unit tells of itself when it applies: its tax number, its plates, the services it gives.

namespace segurifai::providers {

/// Reads a NIT, the tax number of Guatemala: digits and a check digit or K, with or without dash,
/// dots and spaces. Returns it as "1234567-K"; nothing when the check digit is not right.
[[nodiscard]] std::optional<std::string> read_nit(std::string_view text);

/// The check character of the digits of a NIT, '0' to '9' or 'K'. Modulus 11: the digits from the
/// right by 2, 3, 4 …, summed; what is missing to a multiple of 11; 10 is written K.
/// `digits` holds digits only.
[[nodiscard]] char nit_check_character(std::string_view digits) noexcept;

/// Reads a number plate: the letters of a class of plates, a dash or not, three digits, three
/// letters ("p 001dmo"). Returns it as "P-001DMO"; nothing when it is no plate.
[[nodiscard]] std::optional<std::string> read_plate(std::string_view text);

/// The services of the platform (SEED_DATA §4).
inline constexpr std::size_t kServiceCodeCount = 36;

/// Marks a desk unit among capabilities; no service.
inline constexpr std::string_view kDeskCode = "DESK";

/// All service codes, in alphabetical order.
[[nodiscard]] std::span<const std::string_view> service_codes() noexcept;

[[nodiscard]] bool is_service_code(std::string_view code) noexcept;

/// What a unit may ask for, or be given: a service code or DESK.
[[nodiscard]] inline bool is_capability_code(std::string_view code) noexcept {
    return code == kDeskCode || is_service_code(code);
}

/// Whether desks work that service: calls, claims and appointments (SEED_DATA §2). All others are
/// worked by mobile units.
[[nodiscard]] bool is_desk_service(std::string_view code) noexcept;

}  // namespace segurifai::providers

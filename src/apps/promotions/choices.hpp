#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::promotions {

/// How a promotional code reduces a price.
enum class DiscountType {
    kPercentage,
    kFixedAmount,
};

/// Whether a promotional code may be used.
enum class PromoCodeStatus {
    kActive,
    kInactive,
    kExpired,
};

}  // namespace segurifai::promotions

namespace segurifai::model {

template <>
inline constexpr std::array kWords<promotions::DiscountType>{std::string_view("PERCENTAGE"),
                                                             std::string_view("FIXED_AMOUNT")};

template <>
inline constexpr std::array kWords<promotions::PromoCodeStatus>{
    std::string_view("ACTIVE"), std::string_view("INACTIVE"), std::string_view("EXPIRED")};

}  // namespace segurifai::model

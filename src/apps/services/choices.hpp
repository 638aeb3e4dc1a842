#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::services {

/// The three lines of assistance.
enum class CategoryType {
    kRoadside,
    kHealth,
    kCardInsurance,
};

/// The life of a subscription (RULES §2).
enum class SubscriptionStatus {
    kActive,
    kExpired,
    kCancelled,
};

/// What is bought at a time: 30 or 365 days.
enum class Cycle {
    kMonthly,
    kYearly,
};

}  // namespace segurifai::services

namespace segurifai::model {

template <>
inline constexpr std::array kWords<services::CategoryType>{
    std::string_view("ROADSIDE"), std::string_view("HEALTH"), std::string_view("CARD_INSURANCE")};

template <>
inline constexpr std::array kWords<services::SubscriptionStatus>{
    std::string_view("ACTIVE"), std::string_view("EXPIRED"), std::string_view("CANCELLED")};

template <>
inline constexpr std::array kWords<services::Cycle>{std::string_view("MONTHLY"),
                                                    std::string_view("YEARLY")};

}  // namespace segurifai::model

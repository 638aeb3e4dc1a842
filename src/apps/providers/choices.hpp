#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::providers {

/// The life of a provider (RULES §5).
enum class ProviderStatus {
    kPending,
    kActive,
    kSuspended,
};

}  // namespace segurifai::providers

namespace segurifai::model {

template <>
inline constexpr std::array kWords<providers::ProviderStatus>{
    std::string_view("PENDING"), std::string_view("ACTIVE"), std::string_view("SUSPENDED")};

}  // namespace segurifai::model

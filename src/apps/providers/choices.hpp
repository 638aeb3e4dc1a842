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

/// What a unit drives.
enum class VehicleKind {
    kMotorcycle,
    kCar,
    kTowTruck,
    kAmbulance,
};

}  // namespace segurifai::providers

namespace segurifai::model {

template <>
inline constexpr std::array kWords<providers::ProviderStatus>{
    std::string_view("PENDING"), std::string_view("ACTIVE"), std::string_view("SUSPENDED")};

template <>
inline constexpr std::array kWords<providers::VehicleKind>{
    std::string_view("MOTORCYCLE"), std::string_view("CAR"), std::string_view("TOW_TRUCK"),
    std::string_view("AMBULANCE")};

}  // namespace segurifai::model

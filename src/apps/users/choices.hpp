#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::users {

/// What an account is for (RULES §1).
enum class Role {
    kUser,
    kAdmin,
    kProvider,
};

/// In which language a person is written to.
enum class Tongue { kSpanish, kEnglish };

}  // namespace segurifai::users

namespace segurifai::model {

template <>
inline constexpr std::array kWords<users::Role>{std::string_view("USER"), std::string_view("ADMIN"),
                                                std::string_view("PROVIDER")};

template <>
inline constexpr std::array kWords<users::Tongue>{std::string_view("es"), std::string_view("en")};

}  // namespace segurifai::model

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

}  // namespace segurifai::users

namespace segurifai::model {

template <>
inline constexpr std::array kWords<users::Role>{std::string_view("USER"), std::string_view("ADMIN"),
                                                std::string_view("PROVIDER")};

}  // namespace segurifai::model

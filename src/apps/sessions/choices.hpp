#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::sessions {

/// What a one-time code is for (API §2.2).
enum class CodePurpose { kLogin, kRegister, kReset, kChangePhone, kConfirm };

/// How a client wants its refresh token.
enum class Transport { kBody, kCookie };

}  // namespace segurifai::sessions

namespace segurifai::model {

template <>
inline constexpr std::array kWords<sessions::CodePurpose>{
    std::string_view("LOGIN"), std::string_view("REGISTER"), std::string_view("RESET"),
    std::string_view("CHANGE_PHONE"), std::string_view("CONFIRM")};

template <>
inline constexpr std::array kWords<sessions::Transport>{std::string_view("body"),
                                                        std::string_view("cookie")};

}  // namespace segurifai::model

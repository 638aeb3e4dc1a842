#pragma once

#include <array>
#include <string_view>

#include "model/codec.hpp"

namespace segurifai::archive {

/// What a legal hold keeps.
enum class HoldKind {
    kRequest,     ///< one request, by its number
    kMember,      ///< everything of an account, by its id
    kProvider,    ///< everything of a provider, by its id
    kAuditMonth,  ///< a closed month of the audit log, as in "2026-11"
};

}  // namespace segurifai::archive

namespace segurifai::model {

template <>
inline constexpr std::array kWords<archive::HoldKind>{
    std::string_view("REQUEST"), std::string_view("MEMBER"), std::string_view("PROVIDER"),
    std::string_view("AUDIT_MONTH")};

}  // namespace segurifai::model

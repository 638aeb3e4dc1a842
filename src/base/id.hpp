#pragma once

#include <compare>
#include <cstdint>

namespace segurifai {

/// The primary key of a row of `Of`, so that a plan's number is never taken for a provider's.
/// `Rep` is std::int32_t for the INTEGER keys of the specification, Uuid for users.
template <class Of, class Rep = std::int32_t>
struct Id {
    Rep value{};

    friend auto operator<=>(const Id&, const Id&) = default;
};

}  // namespace segurifai

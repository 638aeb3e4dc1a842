#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.hpp"
#include "http/caller.hpp"
#include "http/request.hpp"

namespace segurifai::http {

/// The "who" column of the specification of operations (API §1.2), as bits.
enum Who : std::uint16_t {
    kAnyone = 1U << 0U,      ///< nobody need be signed in
    kSignedIn = 1U << 1U,    ///< any account, its own rows
    kOwn = 1U << 2U,         ///< members, own rows
    kUnit = 1U << 3U,        ///< the account behind a provider row, also while PENDING
    kJob = 1U << 4U,         ///< units, the requests assigned to them
    kOperations = 1U << 5U,  ///< from here: staff, any row
    kFinance = 1U << 6U,
    kContent = 1U << 7U,
    kSupport = 1U << 8U,
    kSuperuser = 1U << 9U,
};
inline constexpr std::uint16_t kAnyStaff =
    kOperations | kFinance | kContent | kSupport | kSuperuser;

/// One row of the permission table: an operation and who may call it.
struct Permission {
    std::string_view operation;  ///< "requests.detail"
    std::uint16_t who = 0;       ///< bits of Who
};

/// Through which relations a caller may act in an operation. More than one may hold.
struct Reach {
    bool any = false;  ///< staff: every row
    bool own = false;  ///< rows of their own
    bool job = false;  ///< requests assigned to their unit

    [[nodiscard]] bool none() const noexcept { return !any && !own && !job; }
};

/// What `caller` may reach in an operation. Deny by default: kNotAuthenticated when nobody is
/// signed in, kPermissionDenied when the role has no part in it, kScopeRequired when another
/// staff scope has. An AUDITOR reaches every GET that any staff scope may call.
/// An account whose password was made by the platform reaches auth.*, users.me and users.password
/// until it has changed it, else kPermissionDenied.
[[nodiscard]] Result<Reach> judge(const Permission& permission, Method method,
                                  const Caller& caller);

/// The row of an operation, or nullptr. `table` is sorted by operation (checked at start).
[[nodiscard]] const Permission* find(std::span<const Permission> table,
                                     std::string_view operation) noexcept;

}  // namespace segurifai::http

#include "http/permission.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace segurifai::http {

namespace {

constexpr std::array kStaffBits{
    std::pair{kOperations, Scope::kOperations}, std::pair{kFinance, Scope::kFinance},
    std::pair{kContent, Scope::kContent}, std::pair{kSupport, Scope::kSupport}};

bool reaches_any(std::uint16_t who, Method method, const Caller& caller) {
    if (caller.kind != Kind::kStaff || (who & kAnyStaff) == 0) return false;
    if (caller.superuser) return true;
    for (const auto& [bit, scope] : kStaffBits)
        if ((who & bit) != 0 && caller.has(scope)) return true;
    const bool only_reads = method == Method::kGet || method == Method::kHead;
    return only_reads && caller.has(Scope::kAuditor);
}

/// What an account may do until a password made by the platform is changed.
bool is_open_before_change(const Permission& permission) noexcept {
    const std::string_view operation = permission.operation;
    return (permission.who & kAnyone) != 0 || operation.starts_with("auth.") ||
           operation == "users.me" || operation == "users.password";
}

}  // namespace

Result<Reach> judge(const Permission& permission, Method method, const Caller& caller) {
    const std::uint16_t who = permission.who;
    const bool is_public = (who & kAnyone) != 0;
    if (!caller.signed_in()) {
        if (is_public) return Reach{};
        return refuse(Refusal::kNotAuthenticated);
    }
    if (caller.must_change_password && !is_open_before_change(permission))
        return refuse(Refusal::kPermissionDenied);
    Reach reach;
    reach.any = reaches_any(who, method, caller);
    reach.own = (who & kSignedIn) != 0 || ((who & kOwn) != 0 && caller.kind == Kind::kMember) ||
                ((who & kUnit) != 0 && caller.provider_id.has_value());
    reach.job = (who & kJob) != 0 && caller.kind == Kind::kUnit;
    if (!reach.none()) return reach;
    if (is_public) return Reach{.own = true};
    const bool is_staff_route = (who & kAnyStaff) != 0;
    return refuse(is_staff_route && caller.kind == Kind::kStaff ? Refusal::kScopeRequired
                                                                : Refusal::kPermissionDenied);
}

const Permission* find(std::span<const Permission> table, std::string_view operation) noexcept {
    const auto found = std::ranges::lower_bound(table, operation, {}, &Permission::operation);
    return found != table.end() && found->operation == operation ? &*found : nullptr;
}

}  // namespace segurifai::http

#pragma once

#include <string_view>

namespace segurifai::sessions {

/// The scopes of the account `u.id` as http::Caller has them, bit i = Scope(i): an expression for
/// the statements that read an account as `u`. On the unique index of users_staffscope.
inline constexpr std::string_view kScopeBits =
    "(SELECT COALESCE(SUM(CASE held.scope WHEN 'OPERATIONS' THEN 1 WHEN 'FINANCE' THEN 2 "
    "WHEN 'CONTENT' THEN 4 WHEN 'SUPPORT' THEN 8 WHEN 'AUDITOR' THEN 16 ELSE 0 END), 0) "
    "FROM users_staffscope AS held WHERE held.user_id = u.id)";

}  // namespace segurifai::sessions

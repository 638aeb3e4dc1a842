#include "apps/users/session_answer.hpp"

#include "apps/platform.hpp"
#include "apps/sessions/refresh_cookie.hpp"

namespace segurifai::users {

SessionAnswer session_answer(http::Call& call, const Account& account,
                             sessions::SessionId session_id, const std::string& refresh,
                             sessions::Transport transport) {
    SessionAnswer answer;
    answer.access = call.platform.access_tokens.issue(account.id.value, session_id.value, call.at);
    if (transport == sessions::Transport::kCookie)
        sessions::set_refresh_cookie(call.answer, refresh);
    else
        answer.refresh.emplace() = refresh;
    answer.expires_in = static_cast<std::int32_t>(security::kAccessTokenSeconds);
    answer.refresh_expires_in = static_cast<std::int32_t>(sessions::kSessionSeconds);
    answer.user.id = account.id;
    answer.user.role = account.role;
    answer.user.first_name = account.first_name;
    answer.user.scopes = account.scopes();
    if (account.must_change_password) answer.user.password_change_required.emplace() = true;
    return answer;
}

}  // namespace segurifai::users

#pragma once

#include <string>

#include "apps/sessions/choices.hpp"
#include "apps/users/session_answer.hpp"
#include "base/error.hpp"
#include "base/phone.hpp"
#include "base/task.hpp"
#include "http/call.hpp"

namespace segurifai::users {

/// What somebody opens an account with.
struct Application {
    std::string email;
    Phone phone_number;
    std::string password;
    std::string first_name;
    std::string last_name;
    std::string proof;  ///< that the phone is theirs
    std::string language;
};

/// users.register. Always a member. One transaction uses the proof and stores the account, its
/// settings, its points and its first session. kCodeInvalid for a proof that is not for this phone
/// and purpose; then nothing is told about phone or e-mail. kPhoneTaken; a fault of `email` that is
/// in use.
[[nodiscard]] Task<Result<SessionAnswer>> register_member(http::Call& call,
                                                          Application application);

}  // namespace segurifai::users

#pragma once

#include <string_view>

#include "base/error.hpp"
#include "base/task.hpp"
#include "base/time.hpp"
#include "http/caller.hpp"
#include "http/early_read.hpp"

namespace segurifai::http {

/// Finds out who is behind an access token, from the live session and account at this moment.
class Authenticator {
public:
    virtual ~Authenticator() = default;
    /// `token` is what stood after "Bearer ", at most 1024 visible ASCII characters, and stays
    /// alive until this resumes. Refuses with kTokenNotValid a token that is forged, expired, or
    /// whose session or account has ended; any other error is the storage's.
    /// `wants_unit`: whether the operation looks at the provider row of a member, who has one while
    /// waiting for approval. `early`: a read that is to go with the reads of this, or null; it is
    /// answered when this resumes with a caller, and not asked for a token that is no token of
    /// ours.
    [[nodiscard]] virtual Task<Result<Caller>> authenticate(std::string_view token, Instant now,
                                                            bool wants_unit = true,
                                                            EarlyRead* early = nullptr) = 0;
};

}  // namespace segurifai::http

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "sql/session.hpp"

namespace segurifai::demo {

/// A made account and the password nobody else has seen.
struct Credential {
    std::string email;
    std::string phone;
    std::string password;
    std::string who;  ///< "superuser", "OPERATIONS", "member", "unit", "desk"
};

struct LoadReport {
    std::vector<Credential> made;
    std::size_t present = 0;  ///< people that were there and stay as they are
    std::size_t prices = 0;   ///< pay-per-use prices added
};

/// Adds the demo people, units and prices that are missing, by e-mail and by service code, in one
/// transaction. `keep` gets the new passwords before the commit; when it fails, nothing is added,
/// so there is never an account whose password was lost. Wants reference data.
[[nodiscard]] Result<LoadReport> load_blocking(
    sql::Session& session, Clock& clock, Random& random,
    const std::function<Result<void>(const std::vector<Credential>&)>& keep);

}  // namespace segurifai::demo

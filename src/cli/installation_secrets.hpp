#pragma once

#include "base/error.hpp"
#include "cli/settings.hpp"
#include "security/secrets.hpp"

namespace segurifai::cli {

/// The secrets of this installation, for whoever only looks: none are made. Without any the list
/// of keys is empty.
[[nodiscard]] Result<security::Secrets> secrets_there_are(const Settings& settings);

/// The same for whoever writes: made when there are none.
[[nodiscard]] Result<security::Secrets> secrets_to_write(const Settings& settings);

}  // namespace segurifai::cli

#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "migrate/migration.hpp"

namespace segurifai::migrate {

/// The longest name a generated migration gets, its number included.
inline constexpr std::size_t kMigrationNameMax = 60;

/// The number of the next migration of an app: one more than the largest in `history` and `made`.
[[nodiscard]] int next_number(const MigrationGraph& history, std::span<const Migration> made,
                              std::string_view app);

/// "0003_provider_logo": from what the operations do, the same for the same operations.
[[nodiscard]] std::string generated_name(int number, std::string_view app,
                                         std::span<const Operation> operations);

/// "0003_<words>", cut to kMigrationNameMax.
[[nodiscard]] std::string numbered_name(int number, std::string_view words);

/// Names are file names and words of a command line: lower-case letters, digits and "_".
[[nodiscard]] Result<void> check_migration_words(std::string_view words);

}  // namespace segurifai::migrate

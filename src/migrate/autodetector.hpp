#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "migrate/migration.hpp"

namespace segurifai::migrate {

/// What existing rows get in a column that requires a value: "table.column" → value.
using Fills = std::map<std::string, PresetState>;

/// The migrations that lead from the recorded history to `wanted`: at most one per app and change
/// set, in an order and with names that depend on nothing but the input. Renames and moves are
/// recognised by the stable numbers. A change of several apps that depend on each other both ways
/// becomes more than one migration of an app.
///
/// `name` overrides the generated name ("0003_<name>"). kInvalid, with a sentence for each column,
/// when existing rows would be left without a value (no default, not in `fills`), and for changes
/// that no operation does (another primary key). kConflict when an app has two heads.
[[nodiscard]] Result<std::vector<Migration>> detect_changes(const MigrationGraph& history,
                                                            const SchemaState& wanted,
                                                            std::string_view name = {},
                                                            const Fills& fills = {});

/// Those of `migrations` (in order) that belong to `apps`, and those they depend on.
[[nodiscard]] std::vector<Migration> only_apps(const std::vector<Migration>& migrations,
                                               const std::set<std::string>& apps);

/// The operations that lead from one schema to another, in an order that can be carried out:
/// applying them to `from` gives `to`, but for changes that no operation does (see above), which
/// are left out. Columns that turn NOT NULL are filled with their default.
[[nodiscard]] std::vector<Operation> difference(const SchemaState& from, const SchemaState& to);

/// An empty migration of `app` that depends on its head, for data migrations written by hand.
[[nodiscard]] Result<Migration> empty_migration(const MigrationGraph& history, std::string_view app,
                                                std::string_view name);

/// A migration that joins an app's several heads.
[[nodiscard]] Result<Migration> merge_migration(const MigrationGraph& history,
                                                std::string_view app);

/// One migration that stands for all of `app` up to and including `last`; it `replaces` them.
/// RunSql operations are kept in place; the rest is reduced to the shortest equal sequence.
[[nodiscard]] Result<Migration> squash(const MigrationGraph& history, std::string_view app,
                                       std::string_view last);

}  // namespace segurifai::migrate

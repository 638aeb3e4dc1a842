#pragma once

#include <compare>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "migrate/operation.hpp"

namespace segurifai::migrate {

struct MigrationId {
    std::string app;
    std::string name;  ///< "0001_initial"

    [[nodiscard]] std::string to_string() const { return app + "." + name; }
    friend auto operator<=>(const MigrationId&, const MigrationId&) = default;
};

struct Migration {
    MigrationId id;
    std::vector<MigrationId> depends = {};   ///< sorted
    std::vector<MigrationId> replaces = {};  ///< a squashed migration stands for these
    std::vector<Operation> operations = {};
};

/// One migration file as text (embedded in the program, or read from a source tree).
struct MigrationSource {
    std::string app;
    std::string name;  ///< without ".toml"
    std::string text;
};

/// Reads a file; every fault is named with its line.
[[nodiscard]] Result<Migration> parse_migration(const MigrationSource& source);

/// Writes a file: readable, deterministic, and parse_migration() reads back the same migration.
[[nodiscard]] std::string write_migration(const Migration& migration);

/// The meaning of a migration as canonical text, and its checksum ("v1:<64 hex digits>"). Both
/// come from the parsed operations, so that reformatting a file changes neither.
[[nodiscard]] std::string canonical_text(const Migration& migration);
[[nodiscard]] std::string checksum(const Migration& migration);

/// All migrations of an installation, in an order in which each stands after what it needs.
class MigrationGraph {
public:
    /// Fails, naming every fault: unknown dependency, circle, two of one name.
    [[nodiscard]] static Result<MigrationGraph> make(std::vector<Migration> migrations);

    [[nodiscard]] std::span<const Migration> in_order() const noexcept { return ordered_; }
    [[nodiscard]] const Migration* find(const MigrationId& id) const noexcept;
    [[nodiscard]] std::vector<std::string> apps() const;
    /// The migrations of an app on which no other of that app depends. More than one: a conflict.
    [[nodiscard]] std::vector<MigrationId> heads(std::string_view app) const;
    [[nodiscard]] Result<void> check_single_heads() const;
    /// Everything that must be applied before `id`, and everything that stands on it.
    [[nodiscard]] std::vector<MigrationId> ancestors(const MigrationId& id) const;
    [[nodiscard]] std::vector<MigrationId> descendants(const MigrationId& id) const;

    /// The schema after the given set (all of them when empty is not given) has been applied.
    [[nodiscard]] Result<SchemaState> state_after(std::span<const MigrationId> applied) const;
    [[nodiscard]] Result<SchemaState> final_state() const;

private:
    std::vector<Migration> ordered_;
    std::map<MigrationId, std::size_t> position_;
};

}  // namespace segurifai::migrate

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
    std::vector<std::string> allow = {};     ///< linter rules whose findings the author accepts
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
///
/// A squashed migration and those it replaces may both be there. The squashed one stands for them
/// where none of them, or all of them, are applied; where only some are, the rest of them is
/// applied as if there were no squash. What depends on one of either side is satisfied by the
/// other. Once every database is past them, the replaced files and the `replaces` line can go.
class MigrationGraph {
public:
    /// Fails (kConflict), naming every fault: unknown dependency, circle, two of one name.
    [[nodiscard]] static Result<MigrationGraph> make(std::vector<Migration> migrations);

    [[nodiscard]] std::span<const Migration> in_order() const noexcept { return ordered_; }
    [[nodiscard]] const Migration* find(const MigrationId& id) const noexcept;
    [[nodiscard]] std::vector<std::string> apps() const;
    /// The migrations that count for a database where `applied` are applied, in order: without
    /// squashed ones whose parts are partly applied, and without the parts of all others. Applied
    /// are those of them that are in `applied`, and a squash all of whose parts are.
    [[nodiscard]] std::vector<const Migration*> effective(
        std::span<const MigrationId> applied = {}) const;
    /// The migrations of an app on which no other of that app depends, parts of squashed ones left
    /// out. More than one: a conflict.
    [[nodiscard]] std::vector<MigrationId> heads(std::string_view app) const;
    [[nodiscard]] Result<void> check_single_heads() const;
    /// Everything that must be applied before `id`, and everything that stands on it, in order;
    /// both sides of a squash are named.
    [[nodiscard]] std::vector<MigrationId> ancestors(const MigrationId& id) const;
    [[nodiscard]] std::vector<MigrationId> descendants(const MigrationId& id) const;

    /// The schema after the given set has been applied. Of a squash and its parts in the set, the
    /// parts count. final_state(): after everything.
    [[nodiscard]] Result<SchemaState> state_after(std::span<const MigrationId> applied) const;
    [[nodiscard]] Result<SchemaState> final_state() const;

private:
    [[nodiscard]] Result<void> put_in_order(std::vector<Migration> migrations);
    [[nodiscard]] std::vector<MigrationId> reachable(
        const MigrationId& id, const std::vector<std::vector<std::size_t>>& edges) const;

    std::vector<Migration> ordered_;
    std::map<MigrationId, std::size_t> position_;
    std::vector<std::vector<std::size_t>> before_;  ///< by position: what it stands on directly
    std::vector<std::vector<std::size_t>> after_;   ///< by position: what stands on it directly
    std::map<MigrationId, MigrationId> squash_of_;  ///< replaced → what replaces it
};

/// Reads all files and puts them in order; the faults of all files are named together.
[[nodiscard]] Result<MigrationGraph> read_history(std::span<const MigrationSource> sources);

}  // namespace segurifai::migrate

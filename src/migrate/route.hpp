#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "migrate/executor.hpp"

namespace segurifai::migrate {

/// What counts as applied in a graph: the recorded ones it knows, squashed ones all of whose parts
/// are recorded, and the parts of recorded squashed ones.
class Standing {
public:
    Standing(const MigrationGraph& graph, const std::vector<AppliedMigration>& recorded);

    [[nodiscard]] bool is_done(const MigrationId& id) const { return done_.contains(id); }
    [[nodiscard]] std::vector<MigrationId> done() const { return {done_.begin(), done_.end()}; }
    void set(const MigrationId& id, bool is_done);
    /// Squashed migrations that count without being recorded.
    [[nodiscard]] const std::vector<const Migration*>& unrecorded() const noexcept {
        return unrecorded_;
    }

private:
    std::set<MigrationId> done_;
    std::vector<const Migration*> unrecorded_;
};

/// The migrations that lead to the target, in the order in which they are carried out.
[[nodiscard]] Result<std::vector<PlannedMigration>> route_to(const MigrationGraph& graph,
                                                             const Standing& standing,
                                                             const Target& target);

/// The migration of `target.app` that has this name, or the only one whose name begins so.
/// kNotFound, or kConflict naming the candidates.
[[nodiscard]] Result<const Migration*> find_migration(const MigrationGraph& graph,
                                                      const Target& target);

/// The operations that undo a migration, last first, from the state before it.
[[nodiscard]] Result<std::vector<Operation>> reversed(const Migration& migration,
                                                      const SchemaState& before);

/// Refuses (kConflict) recorded migrations that changed since, with the lines that differ, and
/// those the graph does not know.
[[nodiscard]] Result<void> check_recorded(const MigrationGraph& graph,
                                          const std::vector<AppliedMigration>& recorded);

/// The lines of `before` and `after`, those that differ marked with "- " and "+ ", the others
/// with two blanks.
[[nodiscard]] std::string line_difference(std::string_view before, std::string_view after);

}  // namespace segurifai::migrate

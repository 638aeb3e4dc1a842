#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "apps/archive/tables.hpp"
#include "base/error.hpp"
#include "model/record.hpp"
#include "model/registry.hpp"
#include "sql/session.hpp"

namespace segurifai::retention {

/// Requests of one batch: their rows are held in memory, and locked, together.
inline constexpr std::size_t kBatchRequests = 100;

/// A request with every row that hangs on it.
struct RequestTree {
    std::int64_t id = 0;
    std::vector<model::Record> rows;          ///< the request, then the others, parents first
    std::vector<archive::RequestLink> links;  ///< what points at these rows and stays
};

/// Which tables hang on a request, found in the descriptions: those of the retention class
/// kRequest that reference it belong to it and go with it. A foreign key from any other table must
/// be one that ON DELETE sets to NULL.
class TreeShape {
public:
    /// A table of the tree; `anchor` is its foreign key to the request, and the key of the request
    /// itself.
    struct Branch {
        const model::Table* table;
        const model::Column* anchor;
    };
    /// A column of a table outside that may point at a row of the tree.
    struct Pointer {
        const model::Table* table;
        const model::Column* column;
        const model::Table* target;
        /// SQL that is true for a row `t` whose link is kept. Positions are past their time when a
        /// request is archived: only those that are held outlive it.
        std::string which;
        bool only_held = false;
    };

    /// kUnsupported, with the column, when some row outside would forbid or survive no deletion.
    [[nodiscard]] static Result<TreeShape> of(const model::Registry& registry);

    /// The request first, parents before their children.
    [[nodiscard]] std::span<const Branch> branches() const noexcept { return branches_; }
    [[nodiscard]] std::span<const Pointer> pointers() const noexcept { return pointers_; }
    /// How many foreign keys lead to a request: from the others of these.
    [[nodiscard]] std::size_t references() const noexcept { return references_; }

private:
    std::vector<Branch> branches_;
    std::vector<Pointer> pointers_;
    std::size_t references_ = 0;
};

/// The trees of these requests, at most kBatchRequests, in the order of `ids`; without those that
/// are not there. JSON is canonical in them, also where SQLite has it otherwise; kCorrupt when that
/// cannot be.
[[nodiscard]] Result<std::vector<RequestTree>> read_trees(sql::Session& session,
                                                          const TreeShape& shape,
                                                          std::span<const std::int64_t> ids);

/// The same, and the rows are deleted: those that are given are those that went. Inside a
/// transaction that holds the requests; kConflict when one is not there.
[[nodiscard]] Result<std::vector<RequestTree>> take_trees(sql::Session& session,
                                                          const TreeShape& shape,
                                                          std::span<const std::int64_t> ids);

}  // namespace segurifai::retention

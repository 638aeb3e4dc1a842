#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/registry.hpp"
#include "ops/transfer/dump.hpp"
#include "sql/session.hpp"

namespace segurifai::transfer {

/// One file to load. The caller opens and closes it; it is read once, from where it stands.
struct Source {
    std::string name;  ///< how messages call it
    std::FILE* file = nullptr;
    Format format = Format::kNdjson;
    const model::Table* table = nullptr;  ///< CSV: the table its rows belong to
};

struct LoadOptions {
    /// Faults named before the rest is only counted.
    std::size_t faults_max = 1'000;
    /// What automatic timestamps get that a file leaves out.
    Instant now = {};
    std::function<void(std::string_view phase, std::int64_t rows)> on_progress = {};
};

/// Loads the rows of all sources in one transaction: all of them, or nothing. Rows may come in any
/// order, children before parents too. Every row is checked by its description first, and then by
/// the database; kInvalid names every fault of every row as "file:line table.column". Keys are
/// taken as they are; the counters of identity columns are moved behind them.
[[nodiscard]] Result<std::vector<TableCount>> load(sql::Session& session,
                                                   const model::Registry& registry,
                                                   std::span<const Source> sources,
                                                   const LoadOptions& options = {});

}  // namespace segurifai::transfer

#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "migrate/migration.hpp"

namespace segurifai::migrate {

/// What an operation relies on (reads) and changes (writes), as names of things: a table's
/// identity (its name, its key), its parts (columns, indexes, checks), and the table and index
/// names that are given away or taken. Two operations may change places unless one of them writes
/// what the other touches. This is what dependencies between migrations are made from.
struct Touches {
    std::string app;  ///< whose migration the operation belongs in
    std::set<std::string> reads;
    std::set<std::string> writes;
};
[[nodiscard]] Touches touches(const Operation& operation, const SchemaState& before);

/// Which apps' migrations ever read and wrote each thing.
struct HistoryOfTouches {
    std::map<std::string, std::set<std::string>> readers;
    std::map<std::string, std::set<std::string>> writers;

    /// Apps whose migrations must stand before one that touches the same things.
    [[nodiscard]] std::set<std::string> before(const Touches& touches) const;
};
[[nodiscard]] Result<HistoryOfTouches> history_of_touches(const MigrationGraph& history);

}  // namespace segurifai::migrate

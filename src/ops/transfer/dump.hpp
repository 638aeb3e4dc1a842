#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "model/table.hpp"
#include "sql/session.hpp"

namespace segurifai::transfer {

enum class Format : std::uint8_t { kNdjson, kCsv };

/// The first line of an NDJSON dump, and how its last line begins. A file that begins with the
/// one must end with the other, so that a dump cut short is never loaded.
inline constexpr std::string_view kDumpHeader = R"({"segurifai_dump":1})";
inline constexpr std::string_view kDumpTrailer = R"({"segurifai_dump_rows":)";

struct TableCount {
    std::string table;
    std::int64_t rows = 0;

    friend bool operator==(const TableCount&, const TableCount&) = default;
};

/// Takes the text of a dump as it is made, in pieces of some kilobytes.
using Output = std::function<Result<void>(std::string_view text)>;

struct DumpOptions {
    /// Called when a table begins, before its first text: NDJSON keeps one output, CSV opens the
    /// table's file here.
    std::function<Result<void>(const model::Table&)> on_table = {};
    std::function<void(std::string_view table, std::int64_t rows)> on_progress = {};
};

/// Writes all rows of `tables`, in the order given, from one consistent state of the database:
/// rows of a table by primary key, memory independent of their number. Everything is written,
/// password hashes and tokens too: the file is as secret as the database.
///
/// NDJSON: a line `{"table":"users_user","row":{…}}` a row between header and trailer. CSV: a
/// line of column names, then a line a row (csv.hpp); tables follow one another in `output`.
[[nodiscard]] Result<std::vector<TableCount>> dump(sql::Session& session,
                                                   std::span<const model::Table* const> tables,
                                                   Format format, const Output& output,
                                                   const DumpOptions& options = {});

}  // namespace segurifai::transfer

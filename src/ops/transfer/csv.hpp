#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace segurifai::transfer {

/// CSV as RFC 4180 has it, UTF-8, "\n" line ends. NULL is an empty field; the empty text is "" in
/// quotes, as PostgreSQL's COPY does, so that the two stay apart.

/// What editors and spreadsheets put before the first character of a UTF-8 file.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Appends one field and, when it is not the first of its line, the comma before it.
void append_csv_field(std::string& out, bool first, std::optional<std::string_view> text);

/// Reads a whole file and gives each record to `on_record` with the number of the record (1 = the
/// first, usually the header). A byte order mark is passed over. The fields live until it returns;
/// it returns false to stop. kInvalid names the record where the file is malformed.
using CsvRecord = std::vector<std::optional<std::string>>;
[[nodiscard]] Result<void> read_csv(
    std::FILE* file, const std::function<bool(std::int64_t number, const CsvRecord&)>& on_record);

}  // namespace segurifai::transfer

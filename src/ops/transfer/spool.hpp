#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "sql/value.hpp"

namespace segurifai::transfer {

/// Checked rows of one table on their way into the database, kept in an unlinked temporary file
/// (it holds personal data and is gone with the process), so that memory does not grow with the
/// load. Written once, then read from the start as often as needed. Not thread-safe.
class Spool {
public:
    /// Makes the file in the system's temporary folder.
    [[nodiscard]] static Result<Spool> make();

    /// Appends a row with the place it came from (see Place in load.hpp).
    [[nodiscard]] Result<void> append(std::int64_t place, std::span<const sql::OwnedValue> row);

    /// Goes back to the first row.
    [[nodiscard]] Result<void> rewind();

    /// Reads the next row; false at the end. The values live until the next call.
    [[nodiscard]] Result<bool> next(std::int64_t& place, std::vector<sql::Value>& row);

    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

private:
    struct Close {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };
    explicit Spool(std::FILE* file) : file_(file) {}

    std::unique_ptr<std::FILE, Close> file_;
    std::string buffer_;
    std::int64_t rows_ = 0;
};

}  // namespace segurifai::transfer

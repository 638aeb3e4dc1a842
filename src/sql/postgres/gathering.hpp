#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sql/postgres/connection.hpp"

/// Point reads of one statement that wait at the same moment are sent as one statement over arrays
/// of their parameters. What a statement costs the server beside its rows (a message each way, a
/// snapshot, the start and end of its plan) is several times what one row by its key costs, so
/// under load this is most of the work. Alone, a read is sent as it is.
namespace segurifai::sql::postgres {

/// The most reads that share one statement: a batch is a short wait for its first, too.
inline constexpr std::size_t kGatheredMax = 32;

/// Whether a read may share a statement with others: a point read of the program, with parameters,
/// which was not already refused in company.
[[nodiscard]] bool may_gather(const Request& request) noexcept;

/// Whether both are the same statement with parameters of the same types.
[[nodiscard]] bool are_alike(const Request& one, const Request& other) noexcept;

/// `text` for many rows of `parameters` parameters at once, each an array in the order of the rows.
/// The first column says which row (from 1) a result row belongs to; the statement's own columns
/// follow. `text` is one SELECT that ends without OFFSET.
[[nodiscard]] std::string gathered_text(std::string_view text, std::size_t parameters);

/// Gives each of these its place, the same place to those that ask for the same; returns the first
/// of each place. One place alone is 0: its statement is sent as it is, and all share the answer.
[[nodiscard]] std::vector<Request*> give_places(std::span<Request* const> requests);

/// The array type of a parameter's type.
[[nodiscard]] Oid array_type(Oid element) noexcept;

/// Appends the parameter at `index` of all `requests` as one array, in binary.
[[nodiscard]] Result<void> append_array(std::string& out, std::span<Request* const> requests,
                                        std::size_t index);

}  // namespace segurifai::sql::postgres

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/description.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "sql/session.hpp"

/// Transactions and statements of bounded size.
namespace segurifai::retention {

/// Runs `body` in a transaction of its own, up to five times when another transaction was in the
/// way (kSerialization, kBusy). `body` has no effect but its statements.
[[nodiscard]] Result<void> in_transaction(sql::Session& session,
                                          const std::function<Result<void>()>& body);

/// "$2, $3, $4": `count` parameters from the number `first` on.
[[nodiscard]] std::string parameters(std::size_t first, std::size_t count);

/// `keys` in pieces of exactly `size` keys, the last filled up with its last key, so that each
/// list of parameters makes one statement whatever the number of keys.
[[nodiscard]] std::vector<std::vector<sql::Value>> pieces(std::span<const sql::Value> keys,
                                                          std::size_t size);

/// The number that a counting statement gives.
[[nodiscard]] Result<std::int64_t> count(sql::Session& session, const std::string& sql,
                                         sql::Params params = {});

/// Validates rows of `plan`'s table and inserts them; identities are given by the database.
[[nodiscard]] Result<void> insert_rows(sql::Session& session, const model::TablePlan& plan,
                                       std::span<const void* const> rows);

template <model::Described T>
[[nodiscard]] Result<void> insert_rows(sql::Session& session, const std::vector<T>& rows) {
    std::vector<const void*> pointers;
    pointers.reserve(rows.size());
    for (const T& row : rows) pointers.push_back(&row);
    return insert_rows(session, model::plan_of<T>(), pointers);
}

/// The rows of a statement that selects the columns of `T` in their order.
template <model::Described T>
[[nodiscard]] Result<std::vector<T>> read_rows(sql::Session& session, const std::string& sql,
                                               sql::Params params) {
    model::RowsOf<T> sink;
    SEGURIFAI_TRY(session.run(sql, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.rows);
}

}  // namespace segurifai::retention

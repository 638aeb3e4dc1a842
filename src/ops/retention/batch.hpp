#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "model/description.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "ops/retention/retention.hpp"
#include "sql/session.hpp"

/// Transactions and statements of bounded size.
namespace segurifai::retention {

/// Runs `body` in a transaction of its own, up to five times when another transaction was in the
/// way (kSerialization, kBusy). `body` has no effect but its statements.
[[nodiscard]] Result<void> in_transaction(sql::Session& session,
                                          const std::function<Result<void>()>& body);

/// One batch after the other, and room for others between them. On SQLite one transaction writes at
/// a time, and a commit waits for the disk as everybody's does: a run takes one part in a hundred
/// of a processor, and after others have committed one in five hundred of the time, so that fewer
/// than one in a hundred of those who read or write meet it, and sleeps through the rest. At
/// Pace::kFast it sleeps only beside writers.
class Batches {
public:
    /// `options` live as long as this.
    Batches(sql::Session& session, const Options& options) : session_(session), options_(options) {
        begin();
    }

    /// in_transaction(), and the rest after it.
    [[nodiscard]] Result<void> run(const std::function<Result<void>()>& body);

private:
    /// The work until the next rest.
    void begin();

    sql::Session& session_;
    const Options& options_;
    std::chrono::steady_clock::time_point began_;
    std::chrono::nanoseconds used_before_{0};  ///< of the processor, when it began
    std::optional<std::int64_t> seen_;         ///< the file's version after the last batch
};

/// Whether rows themselves are to blame, and not the disk, the connection or somebody else's
/// transaction: then others may be written, and these fail again whenever they are tried.
[[nodiscard]] bool is_of_the_rows(Code code) noexcept;

/// `work` on all of a batch. Where rows are to blame, on one half and then on the other, until each
/// of these is alone: it gets `blame`, and the others are done.
template <class T>
[[nodiscard]] Result<void> settle(std::span<const T> batch, const auto& work, const auto& blame) {
    auto done = work(batch);
    if (done || !is_of_the_rows(done.error().code)) return done;
    if (batch.size() == 1) return blame(batch.front(), done.error());
    const std::size_t half = batch.size() / 2;
    SEGURIFAI_TRY(settle(batch.first(half), work, blame));
    return settle(batch.subspan(half), work, blame);
}

/// The place of a row in an order by an instant and an id, which both engines compare as they are
/// stored: an instant that cannot be read is passed by like any other.
struct Place {
    sql::OwnedValue at{sql::Value::instant(Instant{})};
    std::int64_t id = 0;

    /// Of a row whose first cells are the id and the instant; false when it is none.
    bool take(const sql::Row& row);
};

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

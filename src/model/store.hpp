#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "model/description.hpp"
#include "model/filter.hpp"
#include "model/plan.hpp"
#include "model/row_mapping.hpp"
#include "sql/database.hpp"

/// Rows in and out of a database, by the description. In a coroutine: reads take any Executor
/// (the Database's read lane, or a Transaction); writes take a Transaction, or a Database, where
/// each call is a transaction of its own. For tools: the same over a blocking Session.
///
/// Every write is validated before it leaves (kInvalid names every fault) and stamped: an insert
/// sets the auto timestamps, an update the write stamps. References given here stay alive until
/// the call resumes.
namespace segurifai::model {

/// Where writes go.
template <class W>
concept Writer = std::derived_from<W, sql::Transaction> || std::derived_from<W, sql::Database>;

namespace detail {

template <class T>
inline constexpr std::size_t kColumnCount = kColumns<T>.size();

/// Whether a key or value of this type can be one of table `T`: `Id<Provider>` finds providers.
template <class T, class Key>
inline constexpr bool kMayBeKeyOf = true;
template <class T, class Of, class Rep>
inline constexpr bool kMayBeKeyOf<T, Id<Of, Rep>> = std::same_as<T, Of>;

[[nodiscard]] inline Task<Result<std::int64_t>> write(sql::Transaction& transaction,
                                                      sql::Statement statement, sql::Params params,
                                                      sql::RowSink* sink) {
    return transaction.run(statement, params, sink);
}
[[nodiscard]] inline Task<Result<std::int64_t>> write(sql::Database& database,
                                                      sql::Statement statement, sql::Params params,
                                                      sql::RowSink* sink) {
    return database.write(statement, params, sink);
}

}  // namespace detail

// What the templates below are faces of; works on any table. `row` is a struct of the plan's
// table, `params` has room for one value per column and borrows from the row.

/// Stamps and validates a new row and lays out the parameters of an insert; returns their number.
[[nodiscard]] Result<std::size_t> prepare_insert(const TablePlan& plan, Clock& clock, void* row,
                                                 std::span<sql::Value> params);

/// The same for an update of the columns at `columns` by the row's key.
[[nodiscard]] Result<std::size_t> prepare_update(const TablePlan& plan, Clock& clock, void* row,
                                                 std::span<const std::size_t> columns,
                                                 std::span<sql::Value> params);

/// The positions of columns by name. kInternal when one is no column of the table.
[[nodiscard]] Result<std::vector<std::size_t>> positions_of(
    const Table& table, std::span<const std::string_view> columns);

/// The failure of a value that cannot be looked up in a column.
[[nodiscard]] std::unexpected<Error> no_lookup(const Table& table, std::string_view column);

/// The failure of an update or removal whose row is not there.
[[nodiscard]] std::unexpected<Error> no_such_row(const Table& table);

/// Writes the identity that an insert gives back into the row.
class IdentitySink final : public sql::RowSink {
public:
    IdentitySink(const TablePlan& plan, void* row) noexcept : plan_(plan), row_(row) {}
    bool on_row(const sql::Row& row) override;
    /// kCorrupt when the database gave what is no identity, or none.
    [[nodiscard]] Result<void> taken() const;
    [[nodiscard]] bool any() const noexcept { return seen_; }

private:
    const TablePlan& plan_;
    void* row_;
    bool seen_ = false;
    bool stored_ = false;
};

/// Stamps and validates all rows of a bulk insert; faults have paths "rows.3.name".
[[nodiscard]] Result<void> prepare_bulk(const TablePlan& plan, Clock& clock,
                                        std::span<void* const> rows);
[[nodiscard]] std::vector<sql::BulkColumn> bulk_columns(const TablePlan& plan);
[[nodiscard]] sql::BulkSource bulk_source(const TablePlan& plan, std::span<void* const> rows);

/// The row with that primary key, or nothing.
template <Described T, class Key>
[[nodiscard]] Task<Result<std::optional<T>>> find(sql::Executor& executor, Key key) {
    static_assert(detail::kMayBeKeyOf<T, Key>, "this is the key of another table");
    const TableStatements& statements = plan_of<T>().statements;
    const std::array params{Codec<Key>::load(key)};
    RowOf<T> sink;
    const auto ran = co_await executor.run(statements.find.on(executor.engine()), params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return std::move(sink.found);
}

/// The row whose unique column `column` has `value`, or nothing.
template <Described T, class V>
[[nodiscard]] Task<Result<std::optional<T>>> find_by(sql::Executor& executor,
                                                     std::string_view column, V value) {
    const auto* lookup = plan_of<T>().statements.find_by(column);
    const std::array params{Codec<V>::load(value)};
    if (lookup == nullptr) co_return no_lookup(table_of<T>(), column);
    RowOf<T> sink;
    const auto ran = co_await executor.run(lookup->statement.on(executor.engine()), params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return std::move(sink.found);
}

/// Inserts `row`; afterwards it holds its stamps and its identity.
template <Described T, Writer W>
[[nodiscard]] Task<Result<void>> insert(W& writer, Clock& clock, T& row) {
    const TablePlan& plan = plan_of<T>();
    std::array<sql::Value, detail::kColumnCount<T>> params;
    const auto prepared = prepare_insert(plan, clock, &row, params);
    if (!prepared) co_return std::unexpected(prepared.error());
    IdentitySink sink(plan, &row);
    const sql::Params given(params.data(), *prepared);
    const auto ran =
        co_await detail::write(writer, plan.statements.insert.on(writer.engine()), given, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return sink.taken();
}

/// Inserts `row` unless a unique column or index has it already: then false, and the row is as it
/// was given but for its stamps.
template <Described T, Writer W>
[[nodiscard]] Task<Result<bool>> insert_if_absent(W& writer, Clock& clock, T& row) {
    const TablePlan& plan = plan_of<T>();
    std::array<sql::Value, detail::kColumnCount<T>> params;
    const auto prepared = prepare_insert(plan, clock, &row, params);
    if (!prepared) co_return std::unexpected(prepared.error());
    IdentitySink sink(plan, &row);
    const sql::Params given(params.data(), *prepared);
    const auto ran = co_await detail::write(
        writer, plan.statements.insert_absent.on(writer.engine()), given, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (*ran == 0) co_return false;
    const auto taken = sink.taken();
    if (!taken) co_return std::unexpected(taken.error());
    co_return true;
}

/// Writes every column of `row` by its key. kNotFound when it is not there.
template <Described T, Writer W>
[[nodiscard]] Task<Result<void>> update(W& writer, Clock& clock, T& row) {
    const TablePlan& plan = plan_of<T>();
    std::array<sql::Value, detail::kColumnCount<T>> params;
    const auto prepared = prepare_update(plan, clock, &row, plan.statements.updated(), params);
    if (!prepared) co_return std::unexpected(prepared.error());
    const sql::Params given(params.data(), *prepared);
    const auto ran =
        co_await detail::write(writer, plan.statements.update.on(writer.engine()), given, nullptr);
    if (!ran) co_return std::unexpected(ran.error());
    if (*ran == 0) co_return no_such_row(plan.table);
    co_return Result<void>();
}

/// Writes some columns of `row`, and its write stamps, by its key; the rest stays as it is stored.
template <Described T, Writer W>
[[nodiscard]] Task<Result<void>> update_columns(W& writer, Clock& clock, T& row,
                                                std::vector<std::string_view> columns) {
    const TablePlan& plan = plan_of<T>();
    const auto positions = positions_of(plan.table, columns);
    if (!positions) co_return std::unexpected(positions.error());
    const TableStatements::PartialUpdate made = plan.statements.update_of(*positions);
    std::array<sql::Value, detail::kColumnCount<T>> params;
    const auto prepared = prepare_update(plan, clock, &row, made.columns, params);
    if (!prepared) co_return std::unexpected(prepared.error());
    const sql::Params given(params.data(), *prepared);
    const sql::Statement statement{plan.statements.update.name(), made.text};
    const auto ran = co_await detail::write(writer, statement, given, nullptr);
    if (!ran) co_return std::unexpected(ran.error());
    if (*ran == 0) co_return no_such_row(plan.table);
    co_return Result<void>();
}

/// Removes the row with that key. kNotFound when it is not there.
template <Described T, Writer W, class Key>
[[nodiscard]] Task<Result<void>> remove(W& writer, Key key) {
    static_assert(detail::kMayBeKeyOf<T, Key>, "this is the key of another table");
    const TablePlan& plan = plan_of<T>();
    const std::array params{Codec<Key>::load(key)};
    const auto ran =
        co_await detail::write(writer, plan.statements.remove.on(writer.engine()), params, nullptr);
    if (!ran) co_return std::unexpected(ran.error());
    if (*ran == 0) co_return no_such_row(plan.table);
    co_return Result<void>();
}

/// Inserts many rows the fastest way, all or none. Identities are given by the database and not
/// written back. Returns the rows inserted.
template <Described T>
[[nodiscard]] Task<Result<std::int64_t>> insert_all(sql::Transaction& transaction, Clock& clock,
                                                    std::span<T> rows) {
    const TablePlan& plan = plan_of<T>();
    std::vector<void*> pointers;
    pointers.reserve(rows.size());
    for (T& row : rows) pointers.push_back(&row);
    const auto prepared = prepare_bulk(plan, clock, pointers);
    if (!prepared) co_return std::unexpected(prepared.error());
    const std::vector<sql::BulkColumn> columns = bulk_columns(plan);
    sql::BulkSource source = bulk_source(plan, pointers);
    co_return co_await transaction.bulk_insert(plan.table.name, columns, std::move(source));
}

namespace detail {

/// The rows of one statement of a filter.
template <Described T>
[[nodiscard]] Task<Result<std::vector<T>>> rows_of(sql::Executor& executor, const Filter& filter,
                                                   const FilterStatement& made) {
    const std::vector<sql::Value> params = made.values();
    RowsOf<T> sink(filter.columns());
    // Most pages are full: their rows are moved once less. One more may say that two are equal.
    constexpr std::int64_t kPage = 128;
    if (const auto limit = filter.limit())
        sink.rows.reserve(static_cast<std::size_t>(std::min(*limit, kPage - 1) + 1));
    const auto ran = co_await executor.run(made.statement(), params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return std::move(sink.rows);
}

}  // namespace detail

/// The rows a filter of T's table selects, in its order. A filter without a limit gives all.
template <Described T>
[[nodiscard]] Task<Result<std::vector<T>>> list(sql::Executor& executor, Filter filter) {
    if (const auto quick = filter.select_by_first(executor.engine())) {
        SEGURIFAI_CO_TRY_AS(std::vector<T> rows,
                            co_await detail::rows_of<T>(executor, filter, *quick));
        const auto are_equal = [&filter](const T& one, const T& other) {
            return filter.equals(&one, &other);
        };
        if (std::ranges::adjacent_find(rows, are_equal) == rows.end()) {
            if (std::ssize(rows) > *filter.limit()) rows.pop_back();
            co_return rows;
        }
    }
    const FilterStatement made = filter.select(executor.engine());
    co_return co_await detail::rows_of<T>(executor, filter, made);
}

/// The same for tables that are not named.
[[nodiscard]] Task<Result<std::vector<Record>>> list_records(sql::Executor& executor,
                                                             Filter filter);

/// How many rows the filter's conditions select, whatever its limit and place.
[[nodiscard]] Task<Result<std::int64_t>> count(sql::Executor& executor, Filter filter);

// The same for tools, blocking, over a Session and inside the caller's transaction when there is
// one.

[[nodiscard]] Result<std::optional<Record>> find_record_blocking(sql::Session& session,
                                                                 const Table& table,
                                                                 const sql::Value& key);
/// Brings a row back exactly as it was: validated, not stamped, with the key it has. kInvalid also
/// when a column that fills itself is NULL.
[[nodiscard]] Result<void> insert_record_blocking(sql::Session& session, const Record& record);
[[nodiscard]] Result<void> insert_row_blocking(sql::Session& session, Clock& clock,
                                               const TablePlan& plan, void* row);
[[nodiscard]] Result<bool> insert_row_if_absent_blocking(sql::Session& session, Clock& clock,
                                                         const TablePlan& plan, void* row);
[[nodiscard]] Result<void> update_row_blocking(sql::Session& session, Clock& clock,
                                               const TablePlan& plan, void* row,
                                               std::span<const std::size_t> columns);
[[nodiscard]] Result<void> remove_row_blocking(sql::Session& session, const Table& table,
                                               const sql::Value& key);
[[nodiscard]] Result<std::int64_t> insert_rows_blocking(sql::Session& session, Clock& clock,
                                                        const TablePlan& plan,
                                                        std::span<void* const> rows);
[[nodiscard]] Result<std::vector<Record>> list_records_blocking(sql::Session& session,
                                                                const Filter& filter);
[[nodiscard]] Result<std::int64_t> count_blocking(sql::Session& session, const Filter& filter);

template <Described T, class Key>
[[nodiscard]] Result<std::optional<T>> find_blocking(sql::Session& session, const Key& key) {
    static_assert(detail::kMayBeKeyOf<T, Key>, "this is the key of another table");
    const std::array params{Codec<Key>::load(key)};
    RowOf<T> sink;
    SEGURIFAI_TRY(
        session.run(plan_of<T>().statements.find.on(session.engine()).text, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.found);
}

template <Described T, class V>
[[nodiscard]] Result<std::optional<T>> find_by_blocking(sql::Session& session,
                                                        std::string_view column, const V& value) {
    const auto* lookup = plan_of<T>().statements.find_by(column);
    if (lookup == nullptr) return no_lookup(table_of<T>(), column);
    const std::array params{Codec<V>::load(value)};
    RowOf<T> sink;
    SEGURIFAI_TRY(session.run(lookup->statement.on(session.engine()).text, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.found);
}

template <Described T>
[[nodiscard]] Result<void> insert_blocking(sql::Session& session, Clock& clock, T& row) {
    return insert_row_blocking(session, clock, plan_of<T>(), &row);
}

template <Described T>
[[nodiscard]] Result<bool> insert_if_absent_blocking(sql::Session& session, Clock& clock, T& row) {
    return insert_row_if_absent_blocking(session, clock, plan_of<T>(), &row);
}

template <Described T>
[[nodiscard]] Result<void> update_blocking(sql::Session& session, Clock& clock, T& row) {
    const TablePlan& plan = plan_of<T>();
    return update_row_blocking(session, clock, plan, &row, plan.statements.updated());
}

template <Described T>
[[nodiscard]] Result<void> update_columns_blocking(
    sql::Session& session, Clock& clock, T& row, std::initializer_list<std::string_view> columns) {
    const TablePlan& plan = plan_of<T>();
    SEGURIFAI_TRY_AS(const std::vector<std::size_t> positions,
                     positions_of(plan.table, {columns.begin(), columns.size()}));
    return update_row_blocking(session, clock, plan, &row, positions);
}

template <Described T, class Key>
[[nodiscard]] Result<void> remove_blocking(sql::Session& session, const Key& key) {
    static_assert(detail::kMayBeKeyOf<T, Key>, "this is the key of another table");
    return remove_row_blocking(session, table_of<T>(), Codec<Key>::load(key));
}

template <Described T>
[[nodiscard]] Result<std::int64_t> insert_all_blocking(sql::Session& session, Clock& clock,
                                                       std::span<T> rows) {
    std::vector<void*> pointers;
    pointers.reserve(rows.size());
    for (T& row : rows) pointers.push_back(&row);
    return insert_rows_blocking(session, clock, plan_of<T>(), pointers);
}

template <Described T>
[[nodiscard]] Result<std::vector<T>> list_blocking(sql::Session& session, const Filter& filter) {
    const FilterStatement made = filter.select(session.engine());
    const std::vector<sql::Value> params = made.values();
    RowsOf<T> sink(filter.columns());
    SEGURIFAI_TRY(session.run(made.text, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.rows);
}

}  // namespace segurifai::model

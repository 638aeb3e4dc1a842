#include "model/store.hpp"

#include <algorithm>

namespace segurifai::model {
namespace {

void stamp(const Table& table, Clock& clock, void* row, bool inserting) {
    std::optional<Instant> now;  // asked for once, so that all stamps of a write are equal
    for (const Column& column : table.columns) {
        if (column.auto_time == AutoTime::kNone) continue;
        if (column.auto_time == AutoTime::kInsert && !inserting) continue;
        if (!now) now = clock.now();
        (void)column.store(row, sql::Value::instant(*now));  // check_descriptions(): a DATETIME
    }
}

std::size_t lay_out(const Table& table, const void* row, std::span<const std::size_t> columns,
                    std::span<sql::Value> params) {
    std::size_t count = 0;
    for (const std::size_t column : columns) params[count++] = table.columns[column].load(row);
    return count;
}

}  // namespace

Result<std::size_t> prepare_insert(const TablePlan& plan, Clock& clock, void* row,
                                   std::span<sql::Value> params) {
    stamp(plan.table, clock, row, true);
    auto faults = plan.validation.check_row(row);
    if (!faults.empty()) return invalid(plan.table, std::move(faults));
    return lay_out(plan.table, row, plan.statements.inserted(), params);
}

Result<std::size_t> prepare_update(const TablePlan& plan, Clock& clock, void* row,
                                   std::span<const std::size_t> columns,
                                   std::span<sql::Value> params) {
    stamp(plan.table, clock, row, false);
    auto faults = plan.validation.check_row(row);
    if (columns.size() < plan.statements.updated().size()) {
        // Only what is written must be right: a row struct may be partly filled.
        std::erase_if(faults, [&](const Fault& fault) {
            return std::none_of(columns.begin(), columns.end(), [&](std::size_t column) {
                return plan.table.columns[column].name == fault.path;
            });
        });
    }
    if (!faults.empty()) return invalid(plan.table, std::move(faults));
    if (columns.empty())
        return fail(Code::kInternal,
                    "An update of " + std::string(plan.table.name) + " names no column to change.");
    const std::size_t count = lay_out(plan.table, row, columns, params);
    params[count] = plan.table.columns[plan.statements.key()].load(row);
    return count + 1;
}

Result<std::vector<std::size_t>> positions_of(const Table& table,
                                              std::span<const std::string_view> columns) {
    std::vector<std::size_t> positions;
    for (const std::string_view name : columns) {
        const Column* column = table.find(name);
        if (column == nullptr)
            return fail(Code::kInternal, "There is no column " + std::string(name) + " in " +
                                             std::string(table.name) + ".");
        positions.push_back(static_cast<std::size_t>(column - table.columns.data()));
    }
    return positions;
}

std::unexpected<Error> no_lookup(const Table& table, std::string_view column) {
    return fail(Code::kInternal, std::string(table.name) + "." + std::string(column) +
                                     " is no unique column to look rows up by.");
}

std::unexpected<Error> no_such_row(const Table& table) {
    return std::unexpected(
        Error{.code = Code::kNotFound,
              .message = "There is no such row in " + std::string(table.name) + ".",
              .table = std::string(table.name)});
}

bool IdentitySink::on_row(const sql::Row& row) {
    const Column& key = plan_.table.columns[plan_.statements.key()];
    sql::Value value;
    seen_ = true;
    stored_ = row.get(0, key.value_type(), 0, value) && key.store(row_, value);
    return true;  // an INSERT must run to its end
}

Result<void> IdentitySink::taken() const {
    if (!plan_.statements.has_identity() || stored_) return {};
    return corrupt(plan_.table, plan_.table.columns[plan_.statements.key()]);
}

Result<void> prepare_bulk(const TablePlan& plan, Clock& clock, std::span<void* const> rows) {
    constexpr std::size_t kFaultsShown = 100;
    std::vector<Fault> faults;
    for (std::size_t i = 0; i < rows.size() && faults.size() < kFaultsShown; ++i) {
        stamp(plan.table, clock, rows[i], true);
        for (Fault& fault : plan.validation.check_row(rows[i])) {
            fault.path = "rows." + std::to_string(i) + "." + fault.path;
            faults.push_back(std::move(fault));
        }
    }
    if (!faults.empty()) return invalid(plan.table, std::move(faults));
    return {};
}

std::vector<sql::BulkColumn> bulk_columns(const TablePlan& plan) {
    std::vector<sql::BulkColumn> columns;
    for (const std::size_t position : plan.statements.inserted()) {
        const Column& column = plan.table.columns[position];
        columns.push_back({std::string(column.name), column.value_type()});
    }
    return columns;
}

sql::BulkSource bulk_source(const TablePlan& plan, std::span<void* const> rows) {
    return [&plan, rows,
            next = std::size_t{0}](std::vector<sql::Value>& values) mutable -> Result<bool> {
        if (next == rows.size()) return false;
        values.resize(plan.statements.inserted().size());
        lay_out(plan.table, rows[next++], plan.statements.inserted(), values);
        return true;
    };
}

Task<Result<std::vector<Record>>> list_records(sql::Executor& executor, Filter filter) {
    const FilterStatement made = filter.select(executor.engine());
    const std::vector<sql::Value> params = made.values();
    RecordsOf sink(filter.table());
    const auto ran = co_await executor.run(made.statement(), params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    if (sink.error) co_return std::unexpected(std::move(*sink.error));
    co_return std::move(sink.rows);
}

Task<Result<std::int64_t>> count(sql::Executor& executor, Filter filter) {
    const FilterStatement made = filter.count(executor.engine());
    const std::vector<sql::Value> params = made.values();
    std::int64_t rows = 0;
    auto sink = sql::each_row([&rows](const sql::Row& row) { rows = row.integer(0); });
    const auto ran = co_await executor.run(made.statement(), params, &sink);
    if (!ran) co_return std::unexpected(ran.error());
    co_return rows;
}

Result<std::optional<Record>> find_record_blocking(sql::Session& session, const Table& table,
                                                   const sql::Value& key) {
    RecordsOf sink(table);
    const sql::Statement statement = plan_of(table).statements.find.on(session.engine());
    SEGURIFAI_TRY(session.run(statement.text, {&key, 1}, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    if (sink.rows.empty()) return std::nullopt;
    return std::move(sink.rows.front());
}

Result<void> insert_record_blocking(sql::Session& session, const Record& record) {
    const TablePlan& plan = plan_of(record.table());
    auto faults = plan.validation.check_values(record.values());
    std::vector<sql::Value> params;
    for (std::size_t i = 0; i < record.values().size(); ++i) {
        const Column& column = plan.table.columns[i];
        params.push_back(record.at(i));
        if (params.back().is_null() && !column.null &&
            (column.identity || column.auto_time != AutoTime::kNone))
            faults.push_back({std::string(column.name), "This field is required."});
    }
    if (!faults.empty()) return invalid(plan.table, std::move(faults));
    SEGURIFAI_TRY(session.run(plan.statements.insert_whole.on(session.engine()).text, params));
    return {};
}

Result<void> insert_row_blocking(sql::Session& session, Clock& clock, const TablePlan& plan,
                                 void* row) {
    std::vector<sql::Value> params(plan.table.columns.size());
    SEGURIFAI_TRY_AS(const std::size_t count, prepare_insert(plan, clock, row, params));
    IdentitySink sink(plan, row);
    SEGURIFAI_TRY(session.run(plan.statements.insert.on(session.engine()).text,
                              {params.data(), count}, &sink));
    return sink.taken();
}

Result<bool> insert_row_if_absent_blocking(sql::Session& session, Clock& clock,
                                           const TablePlan& plan, void* row) {
    std::vector<sql::Value> params(plan.table.columns.size());
    SEGURIFAI_TRY_AS(const std::size_t count, prepare_insert(plan, clock, row, params));
    IdentitySink sink(plan, row);
    SEGURIFAI_TRY_AS(const std::int64_t inserted,
                     session.run(plan.statements.insert_absent.on(session.engine()).text,
                                 {params.data(), count}, &sink));
    if (inserted == 0) return false;
    SEGURIFAI_TRY(sink.taken());
    return true;
}

Result<void> update_row_blocking(sql::Session& session, Clock& clock, const TablePlan& plan,
                                 void* row, std::span<const std::size_t> columns) {
    const bool whole = columns.size() == plan.statements.updated().size();
    TableStatements::PartialUpdate made;
    if (!whole) made = plan.statements.update_of(columns);
    std::vector<sql::Value> params(plan.table.columns.size());
    SEGURIFAI_TRY_AS(
        const std::size_t count,
        prepare_update(plan, clock, row, whole ? plan.statements.updated() : made.columns, params));
    const std::string_view text =
        whole ? plan.statements.update.on(session.engine()).text : std::string_view(made.text);
    SEGURIFAI_TRY_AS(const std::int64_t changed, session.run(text, {params.data(), count}));
    if (changed == 0) return no_such_row(plan.table);
    return {};
}

Result<void> remove_row_blocking(sql::Session& session, const Table& table, const sql::Value& key) {
    const sql::Statement statement = plan_of(table).statements.remove.on(session.engine());
    SEGURIFAI_TRY_AS(const std::int64_t removed, session.run(statement.text, {&key, 1}));
    if (removed == 0) return no_such_row(table);
    return {};
}

Result<std::int64_t> insert_rows_blocking(sql::Session& session, Clock& clock,
                                          const TablePlan& plan, std::span<void* const> rows) {
    SEGURIFAI_TRY(prepare_bulk(plan, clock, rows));
    const std::vector<sql::BulkColumn> columns = bulk_columns(plan);
    return session.bulk_insert(plan.table.name, columns, bulk_source(plan, rows));
}

Result<std::vector<Record>> list_records_blocking(sql::Session& session, const Filter& filter) {
    const FilterStatement made = filter.select(session.engine());
    const std::vector<sql::Value> params = made.values();
    RecordsOf sink(filter.table());
    SEGURIFAI_TRY(session.run(made.text, params, &sink));
    if (sink.error) return std::unexpected(std::move(*sink.error));
    return std::move(sink.rows);
}

Result<std::int64_t> count_blocking(sql::Session& session, const Filter& filter) {
    const FilterStatement made = filter.count(session.engine());
    const std::vector<sql::Value> params = made.values();
    SEGURIFAI_TRY_AS(const std::optional<std::int64_t> rows,
                     session.one_integer(made.text, params));
    return rows.value_or(0);
}

}  // namespace segurifai::model

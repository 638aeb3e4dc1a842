#include "sql/postgres/session.hpp"

#include <string>
#include <vector>

#include "sql/postgres/connect.hpp"
#include "sql/postgres/copy.hpp"
#include "sql/postgres/failure.hpp"
#include "sql/postgres/parameters.hpp"
#include "sql/postgres/result_row.hpp"
#include "sql/postgres/statement_cache.hpp"

namespace segurifai::sql {
namespace postgres {
namespace {

constexpr std::size_t kStatementsKept = 256;

bool is_good(const PGresult* result) noexcept {
    const ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
           status == PGRES_SINGLE_TUPLE || status == PGRES_EMPTY_QUERY;
}

class PostgresSession final : public Session {
public:
    explicit PostgresSession(ConnectionPtr connection)
        : connection_(std::move(connection)),
          cancel_(PQgetCancel(connection_.get())),
          cache_(kStatementsKept) {}

    [[nodiscard]] Engine engine() const noexcept override { return Engine::kPostgres; }
    [[nodiscard]] Result<void> script(std::string_view sql) override;
    [[nodiscard]] Result<std::int64_t> run(std::string_view sql, Params params,
                                           RowSink* sink) override;
    [[nodiscard]] Result<void> prepare(std::string_view sql) override;
    [[nodiscard]] Result<void> begin() override { return command("BEGIN"); }
    [[nodiscard]] Result<void> commit() override;
    void rollback() noexcept override;
    [[nodiscard]] bool in_transaction() const noexcept override;
    void interrupt() noexcept override;
    [[nodiscard]] Result<std::int64_t> bulk_insert(std::string_view table,
                                                   std::span<const BulkColumn> columns,
                                                   const BulkSource& source) override;

private:
    [[nodiscard]] Result<void> command(const char* sql);
    [[nodiscard]] std::expected<std::int64_t, Failure> run_once(std::string_view sql, Params params,
                                                                RowSink* sink);
    [[nodiscard]] std::expected<bool, Failure> send(std::string_view sql, Params params);
    [[nodiscard]] std::expected<std::int64_t, Failure> receive(RowSink* sink);
    [[nodiscard]] std::expected<const StatementCache::Prepared*, Failure> prepared(
        const Statement& statement, Params params);
    [[nodiscard]] Failure refuse_copy(ExecStatusType status);
    [[nodiscard]] Failure failure(const PGresult* result) const {
        return failure_of(result, connection_.get());
    }
    void stop_reading();
    void drop_results();
    [[nodiscard]] Result<void> send_rows(CopyFormat& format, const BulkSource& source);

    ConnectionPtr connection_;
    std::unique_ptr<PGcancel, FreeLibpq> cancel_;  // which any thread may use
    StatementCache cache_;
    Parameters parameters_;
    bool in_block_ = false;  ///< the running statement began inside a transaction
};

Result<void> PostgresSession::command(const char* sql) {
    const ResultPtr result(PQexec(connection_.get(), sql));
    const ExecStatusType status = PQresultStatus(result.get());
    if (is_good(result.get())) return {};
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
        return std::unexpected(refuse_copy(status).error);
    return std::unexpected(failure(result.get()).error);
}

Result<void> PostgresSession::script(std::string_view sql) {
    if (sql.find('\0') != std::string_view::npos)
        return fail(Code::kInvalid, "A statement holds the character U+0000.");
    return command(std::string(sql).c_str());
}

Result<void> PostgresSession::commit() {
    const ResultPtr result(PQexec(connection_.get(), "COMMIT"));
    if (!is_good(result.get())) return std::unexpected(failure(result.get()).error);
    if (std::string_view(PQcmdStatus(result.get())) == "ROLLBACK")
        return fail(Code::kConflict,
                    "The transaction was undone, because one of its statements had failed.");
    return {};
}

void PostgresSession::rollback() noexcept {
    if (PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) return;
    PQclear(PQexec(connection_.get(), "ROLLBACK"));
}

bool PostgresSession::in_transaction() const noexcept {
    const PGTransactionStatusType status = PQtransactionStatus(connection_.get());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

Result<std::int64_t> PostgresSession::run(std::string_view sql, Params params, RowSink* sink) {
    auto answer = run_once(sql, params, sink);
    // The schema changed since the statement was prepared; nothing of it has run.
    if (!answer && answer.error().is_stale_plan() && !in_transaction())
        answer = run_once(sql, params, sink);
    if (!answer) return std::unexpected(std::move(answer).error().error);
    return *answer;
}

std::expected<std::int64_t, Failure> PostgresSession::run_once(std::string_view sql, Params params,
                                                               RowSink* sink) {
    in_block_ = in_transaction();
    if (auto sent = send(sql, params); !sent) return std::unexpected(std::move(sent).error());
    if (sink != nullptr) PQsetSingleRowMode(connection_.get());
    auto answer = receive(sink);
    if (!answer && answer.error().is_stale_plan())
        if (const auto* stale = cache_.find({"", sql, 0, false}, params); stale != nullptr)
            cache_.forget(stale->serial);
    return answer;
}

std::expected<bool, Failure> PostgresSession::send(std::string_view sql, Params params) {
    if (auto filled = parameters_.fill(params); !filled)
        return std::unexpected(Failure{std::move(filled).error(), ""});
    int sent = 0;
    if (params.empty()) {
        sent = PQsendQueryParams(connection_.get(), std::string(sql).c_str(), 0, nullptr, nullptr,
                                 nullptr, nullptr, 1);
    } else {
        const auto statement = prepared({"", sql, 0, false}, params);
        if (!statement) return std::unexpected(statement.error());
        sent = PQsendQueryPrepared(connection_.get(), (*statement)->name.c_str(),
                                   parameters_.count(), parameters_.values(), parameters_.lengths(),
                                   parameters_.formats(), 1);
    }
    if (sent == 0) return std::unexpected(failure(nullptr));
    return true;
}

std::expected<const StatementCache::Prepared*, Failure> PostgresSession::prepared(
    const Statement& statement, Params params) {
    if (const auto* known = cache_.find(statement, params); known != nullptr) return known;
    const auto& made = cache_.add(statement, params);
    const ResultPtr result(PQprepare(connection_.get(), made.name.c_str(), made.text.c_str(),
                                     parameters_.count(), parameters_.types()));
    if (!is_good(result.get())) {
        cache_.forget(made.serial);
        return std::unexpected(failure(result.get()));
    }
    if (const auto name = cache_.evict())
        PQclear(PQexec(connection_.get(), ("DEALLOCATE " + *name).c_str()));
    return &made;
}

std::expected<std::int64_t, Failure> PostgresSession::receive(RowSink* sink) {
    std::int64_t given = 0;
    std::int64_t count = 0;
    std::optional<Failure> failed;
    while (const ResultPtr result{PQgetResult(connection_.get())}) {
        const ExecStatusType status = PQresultStatus(result.get());
        if (status == PGRES_SINGLE_TUPLE) {
            ++given;
            ResultRow row(result.get());
            if (!sink->on_row(row)) {
                stop_reading();
                return given;
            }
        } else if (status == PGRES_TUPLES_OK) {
            count = sink != nullptr ? given : PQntuples(result.get());
        } else if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
            return std::unexpected(refuse_copy(status));
        } else if (is_good(result.get())) {
            count = rows_changed(result.get());
        } else if (!failed) {
            failed = failure(result.get());
        }
    }
    if (failed) return std::unexpected(std::move(*failed));
    return count;
}

/// The taker wants no more rows. What has arrived is thrown away; a long rest is cancelled, but
/// not inside a transaction, which a cancelled statement would undo.
void PostgresSession::stop_reading() {
    while (PQisBusy(connection_.get()) == 0) {
        const ResultPtr result(PQgetResult(connection_.get()));
        if (!result) return;
    }
    if (!in_block_) interrupt();
    drop_results();
}

void PostgresSession::interrupt() noexcept {
    char complaint[256];  // a server that cannot be reached is the statement's own failure
    if (cancel_) PQcancel(cancel_.get(), complaint, sizeof complaint);
}

void PostgresSession::drop_results() {
    while (const ResultPtr result{PQgetResult(connection_.get())}) {
    }
}

/// COPY has a protocol of its own, which bulk_insert() speaks and run() does not.
Failure PostgresSession::refuse_copy(ExecStatusType status) {
    if (status == PGRES_COPY_OUT) {
        char* data = nullptr;
        while (PQgetCopyData(connection_.get(), &data, 0) > 0) PQfreemem(data);
    } else {
        PQputCopyEnd(connection_.get(), "COPY is not run as a statement");
    }
    drop_results();
    return {
        Error{.code = Code::kUnsupported,
              .message = "COPY does not run as a statement here: use a bulk insert or a query."},
        ""};
}

Result<void> PostgresSession::prepare(std::string_view sql) {
    const ResultPtr result(PQprepare(connection_.get(), "", std::string(sql).c_str(), 0, nullptr));
    if (is_good(result.get())) return {};
    Failure failed = failure(result.get());
    // A parameter whose type only its value tells, as in "$1 IS NULL": run() always tells it.
    if (failed.sqlstate == "42P18" && !in_transaction()) return {};
    return std::unexpected(std::move(failed.error));
}

Result<std::int64_t> PostgresSession::bulk_insert(std::string_view table,
                                                  std::span<const BulkColumn> columns,
                                                  const BulkSource& source) {
    CopyFormat format(table, columns);
    auto each_column = each_row([&](const Row& row) { format.take_column(row); });
    const std::string table_name = quoted(table);
    const Value parameter = Value::text(table_name);
    SEGURIFAI_TRY(run(CopyFormat::kColumnsQuery, Params(&parameter, 1), &each_column));
    SEGURIFAI_TRY(format.finish_columns());
    const ResultPtr started(PQexec(connection_.get(), format.statement().c_str()));
    if (PQresultStatus(started.get()) != PGRES_COPY_IN)
        return std::unexpected(failure(started.get()).error);
    const auto sent = send_rows(format, source);
    PQputCopyEnd(connection_.get(), sent ? nullptr : "the source of the rows failed");
    auto answer = receive(nullptr);
    // When the connection broke in the middle, libpq's own complaint says less than the answer.
    if (!sent && (answer || sent.error().code != Code::kGone)) return std::unexpected(sent.error());
    if (!answer) return std::unexpected(std::move(answer).error().error);
    return *answer;
}

Result<void> PostgresSession::send_rows(CopyFormat& format, const BulkSource& source) {
    std::string chunk;
    chunk.reserve(2 * CopyFormat::kChunkBytes);
    CopyFormat::append_header(chunk);
    std::vector<Value> row;
    bool more = true;
    while (more) {
        auto next = source(row);
        if (!next) return std::unexpected(std::move(next).error());
        more = *next;
        if (more)
            SEGURIFAI_TRY(format.append_row(chunk, row));
        else
            CopyFormat::append_trailer(chunk);
        if (more && chunk.size() < CopyFormat::kChunkBytes) continue;
        if (PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1)
            return std::unexpected(lost_connection().error);
        chunk.clear();
    }
    return {};
}

}  // namespace
}  // namespace postgres

Result<std::unique_ptr<Session>> open_postgres_session(const std::string& uri,
                                                       const SessionOptions& options) {
    const postgres::ConnectionSettings settings{
        .statement_timeout = std::chrono::milliseconds(options.statement_timeout_ms),
        .lock_timeout = std::chrono::milliseconds(options.lock_timeout_ms),
        .idle_in_transaction_timeout = std::chrono::milliseconds(0),
        .read_only = options.read_only};
    SEGURIFAI_TRY_AS(const auto target, postgres::ConnectTarget::parse(uri, settings));
    SEGURIFAI_TRY_AS(auto connection, postgres::connect_blocking(
                                          target, std::chrono::seconds(options.connect_timeout_s)));
    return std::make_unique<postgres::PostgresSession>(std::move(connection));
}

}  // namespace segurifai::sql

#include "sql/postgres/ready_transaction.hpp"

#include <algorithm>

namespace segurifai::sql::postgres {

const std::uint32_t kBeginId = next_statement_id();
const std::uint32_t kCommitId = next_statement_id();
const std::uint32_t kRollbackId = next_statement_id();

namespace {

using Outcome = ReadyTransaction::Outcome;

bool failed(const ReadyTransaction* transaction) {
    return std::ranges::any_of(transaction->statements, [](const LaterStatement& one) {
        return one.request.failure && !one.request.aborted;
    });
}

}  // namespace

LaterStatement::LaterStatement(Statement statement, Params params)
    : owned(params.begin(), params.end()) {
    values.reserve(owned.size());
    for (const OwnedValue& value : owned) values.push_back(value.view());
    request.statement = statement;
    request.params = values;
    request.shares_sync = true;
}

void LaterStatement::reset() {
    request.result.reset();
    request.failure.reset();
    request.sent = request.lost = request.done = request.aborted = false;
}

Task<void> commit_group(Connection& connection, const std::vector<ReadyTransaction*>& group,
                        std::vector<ReadyTransaction*>& innocent) {
    Request begin{.statement = {"", "BEGIN", kBeginId}, .shares_sync = true};
    Request commit{.statement = {"", "COMMIT", kCommitId}};
    connection.submit(begin);
    for (const ReadyTransaction* one : group)
        for (LaterStatement& statement : one->statements) connection.submit(statement.request);
    connection.submit(commit);
    co_await connection.answered(commit);  // and with it all before it

    const bool is_undone =
        !commit.failure && std::string_view(PQcmdStatus(commit.result.get())) == "ROLLBACK";
    const bool is_lost = commit.failure && commit.failure->is_lost();
    Outcome outcome = Outcome::kAlone;
    // A COMMIT that was passed over, because of a statement before it, has stored nothing.
    if (is_lost && commit.sent && !commit.aborted)
        outcome = Outcome::kUnknown;
    else if (!commit.failure && !is_undone)
        outcome = Outcome::kCommitted;
    const auto first_failed = std::ranges::find_if(group, failed);
    for (ReadyTransaction* one : group) {
        one->outcome = outcome;
        if (outcome != Outcome::kAlone) continue;
        for (LaterStatement& statement : one->statements) statement.reset();
        if (first_failed != group.end() && one != *first_failed) innocent.push_back(one);
    }
    if (is_lost) {
        connection.close();  // the server may be there and only read
    } else if (connection.is_open() && !connection.is_clean()) {
        Request rollback{.statement = {"", "ROLLBACK", kRollbackId}};
        connection.submit(rollback);
        co_await connection.answered(rollback);
    }
}

}  // namespace segurifai::sql::postgres

#pragma once

#include <list>
#include <vector>

#include "sql/postgres/connection.hpp"

namespace segurifai::sql::postgres {

/// A statement whose outcome nobody waits for, with a copy of its parameters.
struct LaterStatement {
    LaterStatement(Statement statement, Params params);
    LaterStatement(const LaterStatement&) = delete;
    LaterStatement& operator=(const LaterStatement&) = delete;

    /// As it was before it was sent.
    void reset();

    std::vector<OwnedValue> owned;
    std::vector<Value> values;
    Request request;
};

/// A transaction whose statements were all known before the first of them was sent: it waits for
/// nothing but its commit, and may share that one with others (Lane::commit_with_others).
struct ReadyTransaction {
    enum class Outcome : std::uint8_t {
        kCommitted,
        kAlone,    ///< it was not made; it is to try by itself, and learns then what stops it
        kUnknown,  ///< the connection was lost during the commit
    };

    std::list<LaterStatement>& statements;
    Moment deadline;          ///< of its turn
    std::uint64_t key_epoch;  ///< KeyReserve::epoch() of the keys in its statements; 0: none
    Outcome outcome = Outcome::kAlone;
    std::optional<Error> refusal = {};  ///< nobody tried: there was no connection in time
    int tries = 0;
    Waiter waiter;
};

extern const std::uint32_t kBeginId;
extern const std::uint32_t kCommitId;
extern const std::uint32_t kRollbackId;

/// Commits `group` as one transaction on an open and clean connection, and leaves it clean, or
/// closed when it is of no use any more. Who is not kCommitted or kUnknown is kAlone; those that
/// only shared the failure of another are in `innocent`.
[[nodiscard]] Task<void> commit_group(Connection& connection,
                                      const std::vector<ReadyTransaction*>& group,
                                      std::vector<ReadyTransaction*>& innocent);

}  // namespace segurifai::sql::postgres

#include "apps/unit_of_work.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "apps/platform/idempotency.hpp"
#include "base/error.hpp"

namespace segurifai::apps::detail {

namespace {

using platform::KeptAnswer;
using platform::KeyedCall;
using Moment = std::chrono::steady_clock::time_point;

/// How long a call waits for another with its key; a wait for a lock is a second
/// (sql::DatabaseOptions), anything else that has a transaction run again is far shorter.
constexpr std::chrono::milliseconds kKeyPatience(900);

/// The answer kept for this key becomes the answer of the call. False when there is none.
Task<Result<bool>> replayed(http::Call& call, const KeyedCall& keyed) {
    sql::Database& database = call.platform.database;
    SEGURIFAI_CO_TRY_AS(const std::optional<KeptAnswer> kept,
                        co_await platform::find_kept(database, keyed));
    if (!kept) co_return false;
    SEGURIFAI_CO_TRY(platform::replay(keyed, *kept, call));
    co_return true;
}

/// One attempt: the work, and its answer under the key. `keeping_since`: when it first came so far.
Task<Result<void>> work_and_keep(sql::Transaction& transaction, http::Call& call,
                                 const ErasedWork& work, const KeyedCall& keyed,
                                 std::size_t first_header, std::optional<Moment>& keeping_since) {
    KeptAnswer kept;
    SEGURIFAI_CO_TRY(co_await work(transaction, kept.body));
    kept.status = kept.body.empty() ? 204 : call.route.options.status;
    kept.body_hash = keyed.body_hash;
    SEGURIFAI_CO_TRY_AS(kept.headers, platform::kept_headers(call.answer, first_header));
    if (!keeping_since) keeping_since = std::chrono::steady_clock::now();
    co_return co_await platform::keep(transaction, keyed, kept);
}

void drop_headers(http::Answer& answer, std::size_t from) {
    answer.headers.erase(answer.headers.begin() + static_cast<std::ptrdiff_t>(from),
                         answer.headers.end());
}

/// A repeated call is rare, so nobody looks for its key first: the key that is there stops the
/// commit, or what the first call did refuses the second, and then the kept answer is given.
Task<Result<void>> perform_keyed(http::Call& call, const ErasedWork& work, const KeyedCall& keyed) {
    const std::size_t first_header = call.answer.headers.size();
    std::optional<Moment> keeping_since;
    sql::TransactionBody body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        drop_headers(call.answer, first_header);
        // Run again, and so late that the key must have been locked: the other call still runs, and
        // waiting for it as often as a transaction is tried would take seconds.
        if (keeping_since && std::chrono::steady_clock::now() - *keeping_since > kKeyPatience)
            co_return refuse(Refusal::kIdempotencyInProgress);
        co_return co_await work_and_keep(transaction, call, work, keyed, first_header,
                                         keeping_since);
    };
    Result<void> done = co_await call.platform.database.transact(body);
    if (done) co_return done;

    std::vector<std::pair<std::string_view, std::string>> own(
        call.answer.headers.begin() + static_cast<std::ptrdiff_t>(first_header),
        call.answer.headers.end());
    drop_headers(call.answer, first_header);
    const Code code = done.error().code;
    const bool is_lock = code == Code::kBusy || code == Code::kTimeout;
    if (is_lock && keeping_since) done = refuse(Refusal::kIdempotencyInProgress);
    SEGURIFAI_CO_TRY_AS(const bool is_answered, co_await replayed(call, keyed));
    if (is_answered) co_return Result<void>();
    for (auto& header : own) call.answer.headers.push_back(std::move(header));
    co_return done;
}

}  // namespace

Task<Result<void>> perform(http::Call& call, ErasedWork work) {
    if (call.route.options.keyed) {
        SEGURIFAI_CO_TRY_AS(const KeyedCall keyed, platform::keyed_call(call));
        co_return co_await perform_keyed(call, work, keyed);
    }
    const std::size_t first_header = call.answer.headers.size();
    std::string json;
    sql::TransactionBody body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        drop_headers(call.answer, first_header);
        json.clear();
        co_return co_await work(transaction, json);
    };
    co_return co_await call.platform.database.transact(body);
}

}  // namespace segurifai::apps::detail

#include "apps/unit_of_work.hpp"

#include <optional>
#include <utility>

#include "apps/platform/idempotency.hpp"
#include "base/error.hpp"

namespace segurifai::apps::detail {

namespace {

using platform::KeptAnswer;
using platform::KeyedCall;

/// The answer kept for this key becomes the answer of the call. False when there is none.
Task<Result<bool>> replayed(http::Call& call, const KeyedCall& keyed) {
    sql::Database& database = call.platform.database;
    SEGURIFAI_CO_TRY_AS(const std::optional<KeptAnswer> kept,
                        co_await platform::find_kept(database, keyed));
    if (!kept) co_return false;
    SEGURIFAI_CO_TRY(platform::replay(keyed, *kept, call));
    co_return true;
}

/// One attempt: the work, and its answer under the key. `keeping`: it came so far as that.
Task<Result<void>> work_and_keep(sql::Transaction& transaction, http::Call& call,
                                 const ErasedWork& work, const KeyedCall& keyed,
                                 std::size_t first_header, bool& keeping) {
    KeptAnswer kept;
    SEGURIFAI_CO_TRY(co_await work(transaction, kept.body));
    kept.status = kept.body.empty() ? 204 : call.route.options.status;
    kept.body_hash = keyed.body_hash;
    SEGURIFAI_CO_TRY_AS(kept.headers, platform::kept_headers(call.answer, first_header));
    keeping = true;
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
    bool keeping = false;
    sql::TransactionBody body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        drop_headers(call.answer, first_header);
        // Run again for a lock, which must have been that of the key: the other call still runs,
        // and waiting for it as often as a transaction is tried would take seconds.
        if (std::exchange(keeping, false) && transaction.follows_a_lock())
            co_return refuse(Refusal::kIdempotencyInProgress);
        co_return co_await work_and_keep(transaction, call, work, keyed, first_header, keeping);
    };
    Result<void> done = co_await call.platform.database.transact(body);
    if (done) co_return done;

    std::vector<std::pair<std::string_view, std::string>> own(
        call.answer.headers.begin() + static_cast<std::ptrdiff_t>(first_header),
        call.answer.headers.end());
    drop_headers(call.answer, first_header);
    // kBusy is no word of the key: there was no connection, and nothing was sent.
    if (keeping && done.error().code == Code::kTimeout)
        done = refuse(Refusal::kIdempotencyInProgress);
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

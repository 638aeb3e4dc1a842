#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "apps/platform.hpp"
#include "base/task.hpp"
#include "http/call.hpp"
#include "http/route.hpp"
#include "sql/database.hpp"

/// How an operation writes: one transaction that holds the effect, its audit event, its outbox
/// events and, for keyed operations, the answer under its Idempotency-Key (API §1.6).
///
///     auto work = [&](sql::Transaction& t) -> Task<Result<View>> { … co_return view; };
///     co_return co_await apps::perform<View>(call, work);
namespace segurifai::apps {

/// A use case's body: computes from what it reads, has no effect but its statements, may run more
/// than once. Headers it sets in `call.answer` (Location, ETag) belong to its effect.
template <class Out>
using Work = std::function<Task<Result<Out>>(sql::Transaction&)>;

namespace detail {

/// How many lookups and one insert stand around the work: see unit_of_work.cpp. `json` is the
/// effect's answer; `work` fills it.
using ErasedWork = std::function<Task<Result<void>>(sql::Transaction&, std::string& json)>;
[[nodiscard]] Task<Result<void>> perform(http::Call& call, ErasedWork work);

}  // namespace detail

/// Runs `work` in a transaction. On a keyed route the same key and body give the stored answer
/// again (`call.answered` is then true and the value returned does not count); the same key with
/// another body is refused.
template <class Out>
[[nodiscard]] Task<Result<Out>> perform(http::Call& call, Work<Out> work) {
    Result<Out> out = fail(Code::kInternal, {});
    detail::ErasedWork erased = [&out, &work](sql::Transaction& transaction,
                                              std::string& json) -> Task<Result<void>> {
        out = co_await work(transaction);
        if (!out) co_return std::unexpected(out.error());
        if constexpr (!std::same_as<Out, http::NoContent>) http::append_json(json, *out);
        co_return Result<void>();
    };
    const Result<void> done = co_await detail::perform(call, std::move(erased));
    if (call.answered) co_return fail(Code::kInternal, "The answer was given before.");
    if (!done) co_return std::unexpected(done.error());
    co_return std::move(out);
}

}  // namespace segurifai::apps

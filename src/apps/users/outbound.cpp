#include "apps/users/outbound.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>

#include <utility>

#include "apps/audit/service.hpp"

namespace segurifai::users {
namespace {

Task<void> deliver(Platform& platform, apps::Message message, std::string_view object_table,
                   std::string object_id) {
    auto work = [&messages = platform.messages, message = std::move(message)] {
        return messages.deliver_blocking(message);
    };
    const auto ran = co_await platform.workers.run(std::move(work));
    if (ran && *ran) co_return;
    const Error& error = ran ? ran->error() : ran.error();
    audit::Change change;
    change.action = "message.undelivered";
    change.object_table = object_table;
    change.object_id = std::move(object_id);
    change.after = "{\"reason\":\"" + std::string(label(error.code)) + "\"}";
    const Instant at = platform.clock.now();
    auto body = [&](sql::Transaction& transaction) -> Task<Result<void>> {
        co_return co_await audit::record_by_platform(transaction, at, change);
    };
    // Without a database either, nothing is left to write it to; its own counters tell.
    (void)co_await platform.database.transact(body);
}

}  // namespace

Task<void> send_after_commit(Platform& platform, apps::Message message,
                             std::string_view object_table, std::string object_id) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::co_spawn(executor,
                          deliver(platform, std::move(message), object_table, std::move(object_id)),
                          boost::asio::detached);
}

}  // namespace segurifai::users

#pragma once

#include <boost/asio/execution_context.hpp>
#include <memory>
#include <mutex>
#include <vector>

#include "sql/postgres/lane.hpp"

namespace segurifai::sql::postgres {

/// Tells the lanes of an io_context that it is being destroyed, while their sockets and timers can
/// still be taken out of it. Coroutines that wait are then ended without going on.
class LaneService final : public boost::asio::execution_context::service {
public:
    static boost::asio::execution_context::id id;

    explicit LaneService(boost::asio::execution_context& context) : service(context) {}

    /// A new lane for the io_context of `executor`.
    [[nodiscard]] static std::shared_ptr<Lane> make(IoExecutor executor,
                                                    const std::shared_ptr<const Targets>& targets,
                                                    const DatabaseOptions& options,
                                                    std::shared_ptr<Counters> counters);

    /// Closes a lane on its own thread, waiting for it until `deadline` unless this is that thread.
    static void close(const std::shared_ptr<Lane>& lane, Moment deadline);

private:
    void shutdown() override;

    std::mutex mutex_;
    std::vector<std::weak_ptr<Lane>> lanes_;
};

}  // namespace segurifai::sql::postgres

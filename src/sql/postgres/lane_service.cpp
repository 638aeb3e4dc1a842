#include "sql/postgres/lane_service.hpp"

#include <boost/asio/post.hpp>
#include <future>

namespace segurifai::sql::postgres {

boost::asio::execution_context::id LaneService::id;

std::shared_ptr<Lane> LaneService::make(IoExecutor executor,
                                        const std::shared_ptr<const Targets>& targets,
                                        const DatabaseOptions& options,
                                        std::shared_ptr<Counters> counters) {
    auto lane = std::make_shared<Lane>(executor, targets, options, std::move(counters));
    lane->connect_events();
    // Made after the services that the lane uses, this one is shut down before them.
    auto& service = boost::asio::use_service<LaneService>(executor.context());
    const std::lock_guard lock(service.mutex_);
    std::erase_if(service.lanes_, [](const std::weak_ptr<Lane>& known) { return known.expired(); });
    service.lanes_.push_back(lane);
    return lane;
}

void LaneService::shutdown() {
    const std::lock_guard lock(mutex_);
    for (const std::weak_ptr<Lane>& known : lanes_)
        if (const auto lane = known.lock()) lane->abandon();
}

void LaneService::close(const std::shared_ptr<Lane>& lane, Moment deadline) {
    if (lane->is_abandoned()) return;
    const IoExecutor& executor = lane->executor();
    if (executor.running_in_this_thread() || executor.context().stopped()) {
        lane->close([] {});
        if (executor.context().stopped()) lane->abandon();  // nobody would finish its work
        return;
    }
    const auto closed = std::make_shared<std::promise<void>>();
    std::future<void> waiting = closed->get_future();
    boost::asio::post(executor, [lane, closed] { lane->close([closed] { closed->set_value(); }); });
    waiting.wait_until(deadline);
}

}  // namespace segurifai::sql::postgres

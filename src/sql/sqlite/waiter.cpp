#include "sql/sqlite/waiter.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace segurifai::sql::sqlite {
namespace {

/// Resumes the waiters of one io_context, on its thread.
class Resumption {
public:
    Resumption(CallerExecutor executor, std::vector<std::unique_ptr<Waiter>> waiters) noexcept
        : executor_(std::move(executor)), waiters_(std::move(waiters)) {}

    void operator()() {
        for (; next_ < waiters_.size(); ++next_) {
            const std::unique_ptr<Waiter> waiter = std::move(waiters_[next_]);
            try {
                waiter->resume();
            } catch (...) {
                // A defect that leaves the io_context's loop must not strand the others.
                ++next_;
                const CallerExecutor executor = executor_;
                boost::asio::post(executor, std::move(*this));
                throw;
            }
        }
    }

private:
    CallerExecutor executor_;
    std::vector<std::unique_ptr<Waiter>> waiters_;
    std::size_t next_ = 0;
};

}  // namespace

void resume_all(std::vector<std::unique_ptr<Waiter>> waiters) {
    while (!waiters.empty()) {
        const CallerExecutor executor = waiters.front()->executor();
        std::vector<std::unique_ptr<Waiter>> here;
        std::vector<std::unique_ptr<Waiter>> elsewhere;
        here.reserve(waiters.size());
        for (auto& waiter : waiters)
            (waiter->executor() == executor ? here : elsewhere).push_back(std::move(waiter));
        // The post may end the caller's io_context.run(), and Asio still signals it after that:
        // until the post has returned, there is work to wait for.
        const boost::asio::executor_work_guard<CallerExecutor> posting(executor);
        boost::asio::post(executor, Resumption(executor, std::move(here)));
        waiters = std::move(elsewhere);
    }
}

}  // namespace segurifai::sql::sqlite

#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"

namespace segurifai::security {

/// How nice the pool's threads are: a tenth of a core is theirs beside what never rests.
inline constexpr int kPoolNiceness = 10;

/// One piece of blocking work and the coroutine that waits for it.
class PoolJob {
public:
    using CallerExecutor = boost::asio::io_context::executor_type;

    virtual ~PoolJob() = default;
    /// Does the work, on a thread of the pool.
    virtual void work() noexcept = 0;
    /// Answers that it was not accepted, instead of doing it.
    virtual void refuse(Error error) = 0;
    [[nodiscard]] virtual CallerExecutor executor() const noexcept = 0;
    /// Gives the answer to the coroutine, on the coroutine's thread. The job is spent.
    virtual void resume() = 0;
};

struct WorkerPoolStats {
    std::uint64_t run = 0;      ///< pieces of work done
    std::uint64_t refused = 0;  ///< turned away because the queue was full or the pool closed
    std::size_t waiting = 0;    ///< accepted, not yet begun
    std::size_t working = 0;    ///< being done
};

/// A few threads for work that blocks or takes long, so that request threads never do it. They run
/// at low priority, because a request that is being answered matters more than one being hashed.
///
/// Every method may be called from every thread; `close` not from one of the pool's own. An
/// io_context whose coroutines use the pool may stop at any time, and is destroyed after `close`:
/// the answers of work still running are posted to it.
class WorkerPool {
public:
    /// `threads` at least 1; at most `queue_limit` pieces of work wait besides those being done;
    /// `name` (15 characters count) is what the operating system calls the threads.
    WorkerPool(std::size_t threads, std::size_t queue_limit, const std::string& name);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Does `work()` on a thread of the pool and resumes the caller on its own io_context with what
    /// it returned; what it throws is thrown to the caller. A full queue or a closed pool answers
    /// Code::kBusy at once, and `work` is not called. `work` owns what it uses, or the caller
    /// keeps it alive: it is called even when nobody waits for the answer any more.
    template <class F>
    [[nodiscard]] Task<Result<std::invoke_result_t<F>>> run(F work);

    [[nodiscard]] WorkerPoolStats stats() const;

    /// Refuses new work, finishes what was accepted, and ends the threads. Again is nothing.
    void close();

private:
    void submit(std::unique_ptr<PoolJob> job);
    /// Takes the job away when there is room for it; else leaves it and says why.
    Result<void> accept(std::unique_ptr<PoolJob>& job);
    void serve();

    const std::size_t thread_count_;
    const std::size_t queue_limit_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<PoolJob>> queue_;
    WorkerPoolStats stats_;
    bool is_closing_ = false;
    std::mutex joining_;
    std::vector<std::thread> threads_;
};

/// `work` and its caller, which is Asio's completion handler.
template <class F, class Handler>
class PoolJobFor final : public PoolJob {
public:
    using Value = std::invoke_result_t<F>;

    PoolJobFor(F work, Handler handler)
        : work_(std::move(work)),
          handler_(std::move(handler)),
          guard_(boost::asio::get_associated_executor(handler_)) {}

    void work() noexcept override {
        try {
            if constexpr (std::is_void_v<Value>) {
                std::invoke(work_);
                answer_ = Result<Value>();
            } else {
                answer_ = Result<Value>(std::in_place, std::invoke(work_));
            }
        } catch (...) {
            defect_ = std::current_exception();
        }
    }
    void refuse(Error error) override { answer_ = std::unexpected(std::move(error)); }
    CallerExecutor executor() const noexcept override { return guard_.get_executor(); }
    void resume() override { std::move(handler_)(std::move(defect_), std::move(answer_)); }

private:
    F work_;
    Handler handler_;
    boost::asio::executor_work_guard<CallerExecutor> guard_;
    Result<Value> answer_ = std::unexpected(Error{});
    std::exception_ptr defect_;
};

template <class F>
Task<Result<std::invoke_result_t<F>>> WorkerPool::run(F work) {
    using Token = boost::asio::use_awaitable_t<PoolJob::CallerExecutor>;
    using Answer = Result<std::invoke_result_t<F>>;
    auto initiate = [this, work = std::move(work)](auto handler) mutable {
        using Job = PoolJobFor<F, decltype(handler)>;
        submit(std::make_unique<Job>(std::move(work), std::move(handler)));
    };
    Token token;
    return boost::asio::async_initiate<Token, void(std::exception_ptr, Answer)>(std::move(initiate),
                                                                                token);
}

}  // namespace segurifai::security

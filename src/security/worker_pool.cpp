#include "security/worker_pool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include <stdexcept>

#include "base/thread.hpp"

namespace segurifai::security {
namespace {

/// Lets the threads that answer requests, and PostgreSQL's, go first, as soon as they wake; but
/// hashing goes on when they, or others on the machine, never rest: with SCHED_IDLE or a niceness
/// of 19 it would all but stand still. SCHED_BATCH makes requests wait longer, not shorter, and so
/// do short turns. A system that forbids it only makes sign-ins compete with requests, so a refusal
/// changes nothing else.
void give_way() noexcept {
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kPoolNiceness);
    take_turns(Turns::kLong);
}

/// Gives one answer, on the caller's thread.
class Resumption {
public:
    explicit Resumption(std::unique_ptr<PoolJob> job) noexcept : job_(std::move(job)) {}
    void operator()() {
        const std::unique_ptr<PoolJob> job = std::move(job_);
        job->resume();
    }

private:
    std::unique_ptr<PoolJob> job_;
};

void post_answer(std::unique_ptr<PoolJob> job) {
    // The post may end the caller's io_context.run(), and Asio still signals it after that: until
    // the post has returned, there is work to wait for.
    const PoolJob::CallerExecutor executor = job->executor();
    const boost::asio::executor_work_guard<PoolJob::CallerExecutor> posting(executor);
    boost::asio::post(executor, Resumption(std::move(job)));
}

}  // namespace

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_limit, const std::string& name)
    : thread_count_(threads), queue_limit_(queue_limit) {
    if (threads == 0) throw std::invalid_argument("A worker pool needs a thread.");
    threads_.reserve(threads);
    try {
        for (std::size_t i = 0; i < threads; ++i) {
            threads_.emplace_back([this, name] {
                name_this_thread(name);
                give_way();
                serve();
            });
        }
    } catch (...) {
        close();  // those that did start
        throw;
    }
}

WorkerPool::~WorkerPool() {
    close();
}

Result<void> WorkerPool::accept(std::unique_ptr<PoolJob>& job) {
    const std::lock_guard lock(mutex_);
    // A thread without work takes the job at once, so it does not count as waiting.
    const std::size_t idle = thread_count_ - stats_.working;
    if (!is_closing_ && queue_.size() < queue_limit_ + idle) {
        queue_.push_back(std::move(job));
        return {};
    }
    ++stats_.refused;
    return fail(Code::kBusy, is_closing_ ? "The server is closing; try again in a moment."
                                         : "The server is busy; try again in a moment.");
}

void WorkerPool::submit(std::unique_ptr<PoolJob> job) {
    if (Result<void> accepted = accept(job); !accepted) {
        job->refuse(std::move(accepted).error());
        post_answer(std::move(job));
        return;
    }
    wake_.notify_one();
}

void WorkerPool::serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return is_closing_ || !queue_.empty(); });
        if (queue_.empty()) return;
        std::unique_ptr<PoolJob> job = std::move(queue_.front());
        queue_.pop_front();
        ++stats_.working;
        lock.unlock();
        job->work();
        lock.lock();
        --stats_.working;
        ++stats_.run;
        lock.unlock();
        post_answer(std::move(job));
        lock.lock();
    }
}

WorkerPoolStats WorkerPool::stats() const {
    const std::lock_guard lock(mutex_);
    WorkerPoolStats stats = stats_;
    stats.waiting = queue_.size();
    return stats;
}

void WorkerPool::close() {
    {
        const std::lock_guard lock(mutex_);
        is_closing_ = true;
    }
    wake_.notify_all();
    const std::lock_guard lock(joining_);  // a second closer waits until the work is done, too
    for (std::thread& thread : threads_)
        if (thread.joinable()) thread.join();
}

}  // namespace segurifai::security

#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/task.hpp"

namespace segurifai::sql::sqlite {

using CallerExecutor = boost::asio::io_context::executor_type;

/// A coroutine suspended on one of our threads, with the answer it will get.
class Waiter {
public:
    virtual ~Waiter() = default;

    [[nodiscard]] virtual CallerExecutor executor() const noexcept = 0;
    /// Gives the answer to the coroutine, on its own thread. The waiter is spent.
    virtual void resume() = 0;

    Result<std::int64_t> answer = 0;
    std::exception_ptr defect;  ///< rethrown in the caller, in place of the answer
};

/// A waiter and what it asks for.
template <class Question>
class Asking : public Waiter {
public:
    Question question;

protected:
    explicit Asking(Question asked) : question(std::move(asked)) {}
};

/// The same, knowing its caller: Asio's completion handler.
template <class Question, class Handler>
class AskingFor final : public Asking<Question> {
public:
    AskingFor(Question asked, Handler handler)
        : Asking<Question>(std::move(asked)),
          handler_(std::move(handler)),
          work_(boost::asio::get_associated_executor(handler_)) {}

    CallerExecutor executor() const noexcept override { return work_.get_executor(); }
    void resume() override {
        std::move(handler_)(std::move(this->defect), std::move(this->answer));
    }

private:
    Handler handler_;
    boost::asio::executor_work_guard<CallerExecutor> work_;
};

/// Resumes every waiter on its own io_context, with one post for each io_context: 64 callers of
/// one thread cost one wake-up.
void resume_all(std::vector<std::unique_ptr<Waiter>> waiters);

/// Suspends the calling coroutine: `submit` gets a std::unique_ptr<Asking<Question>> and sees to it
/// that it is resumed once.
template <class Question, class Submit>
[[nodiscard]] Task<Result<std::int64_t>> ask_and_wait(Question question, Submit submit) {
    using Token = boost::asio::use_awaitable_t<CallerExecutor>;
    auto initiate = [question = std::move(question), submit](auto handler) mutable {
        submit(std::unique_ptr<Asking<Question>>(
            std::make_unique<AskingFor<Question, decltype(handler)>>(std::move(question),
                                                                     std::move(handler))));
    };
    Token token;
    return boost::asio::async_initiate<Token, void(std::exception_ptr, Result<std::int64_t>)>(
        std::move(initiate), token);
}

}  // namespace segurifai::sql::sqlite

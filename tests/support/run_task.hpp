#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "base/task.hpp"

namespace segurifai::testing {

/// Runs one coroutine to its end on an io_context of its own and gives what it returned.
template <class T>
T run(Task<T> task) {
    boost::asio::io_context context(1);
    std::optional<T> result;
    std::exception_ptr defect;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
        defect = e;
        result = std::move(value);
    });
    context.run();
    if (defect) std::rethrow_exception(defect);
    return std::move(*result);
}

}  // namespace segurifai::testing

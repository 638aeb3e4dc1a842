#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace segurifai {

/// What every coroutine returns. An alias, so that the runtime beneath can be replaced, with the
/// io_context's own executor, which costs less than a type-erased one.
template <class T>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

}  // namespace segurifai

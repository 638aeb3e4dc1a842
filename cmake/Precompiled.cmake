# Headers read once for all files of a build. Only under the sanitizers, where nobody waits for one
# file but for all of them: a release build has each file bring its own headers, which shows the
# #include that is missing, and keeps what ccache knows of use in another folder.

set(SEGURIFAI_PRECOMPILE OFF)
if(SEGURIFAI_SANITIZE MATCHES "^(address|thread)$")
  set(SEGURIFAI_PRECOMPILE ON)
  if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  endif()
endif()

# segurifai_precompile(<target>): the target's files begin with them.
function(segurifai_precompile target)
  if(NOT SEGURIFAI_PRECOMPILE)
    return()
  endif()
  if(NOT TARGET segurifai_precompiled)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cpp CONTENT "")
    add_library(segurifai_precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled.cpp)
    target_link_libraries(segurifai_precompiled PRIVATE segurifai_options Boost::json fmt::fmt)
    target_compile_options(segurifai_precompiled PUBLIC "SHELL:-Xclang -fno-pch-timestamp")
    # Not <filesystem>: it brings std::quoted, which a call of our own quoted() would find first.
    target_precompile_headers(segurifai_precompiled PRIVATE
      <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable>
      <functional> <map> <memory> <mutex> <optional> <random> <set> <span> <string> <string_view>
      <system_error> <thread> <unordered_map> <utility> <variant> <vector>
      <fmt/format.h>
      <boost/asio/awaitable.hpp> <boost/asio/co_spawn.hpp> <boost/asio/io_context.hpp>
      <boost/asio/post.hpp> <boost/asio/steady_timer.hpp> <boost/asio/use_awaitable.hpp>
      <boost/json/value.hpp>)
  endif()
  target_precompile_headers(${target} REUSE_FROM segurifai_precompiled)
endfunction()

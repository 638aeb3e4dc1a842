# How every target is compiled: strict warnings, a fast linker, ccache, and the sanitizer that
# SEGURIFAI_SANITIZE names (address, thread, fuzzer or nothing).

set(SEGURIFAI_SANITIZE "" CACHE STRING "address (with undefined), thread, fuzzer, or empty")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(segurifai_options INTERFACE)
target_compile_options(segurifai_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  # Descriptions name the facts that differ from the default; leaving the rest out is their point.
  -Wno-missing-field-initializers $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers>
  -fno-omit-frame-pointer)
target_include_directories(segurifai_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_definitions(segurifai_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_SEPARATE_COMPILATION)

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  find_program(LLD ld.lld-19)
  if(LLD)
    target_link_options(segurifai_options INTERFACE -fuse-ld=${LLD})
  endif()
endif()

if(SEGURIFAI_SANITIZE STREQUAL "address")
  target_compile_options(segurifai_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(segurifai_options INTERFACE -fsanitize=address,undefined)
elseif(SEGURIFAI_SANITIZE STREQUAL "thread")
  target_compile_options(segurifai_options INTERFACE -fsanitize=thread)
  target_link_options(segurifai_options INTERFACE -fsanitize=thread)
elseif(SEGURIFAI_SANITIZE STREQUAL "fuzzer")  # everything counted; *_fuzz.cpp become programs
  target_compile_options(segurifai_options INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all)
  target_link_options(segurifai_options INTERFACE -fsanitize=address,undefined)
elseif(NOT SEGURIFAI_SANITIZE STREQUAL "")
  message(FATAL_ERROR "SEGURIFAI_SANITIZE is address, thread, fuzzer or empty")
endif()

# The build step of segurifai_embed(): writes HEADER and SOURCE from the files named in LIST.
file(STRINGS ${LIST} pairs ENCODING UTF-8)
list(LENGTH pairs count)

file(WRITE ${HEADER} "#pragma once

#include <span>

#include \"base/embedded_file.hpp\"

namespace ${NAMESPACE} {

/// The embedded files, in the order of their names.
[[nodiscard]] std::span<const ::segurifai::EmbeddedFile> files() noexcept;

}  // namespace ${NAMESPACE}
")

set(delimiter "SEGURIFAI")
file(WRITE ${SOURCE} "#include \"${INCLUDE}\"

namespace ${NAMESPACE} {
namespace {

constexpr ::segurifai::EmbeddedFile kFiles[${count}] = {
")
foreach(pair ${pairs})
  string(FIND "${pair}" "|" bar)
  string(SUBSTRING "${pair}" 0 ${bar} name)
  math(EXPR after "${bar} + 1")
  string(SUBSTRING "${pair}" ${after} -1 path)
  file(READ "${path}" text)
  string(FIND "${text}" ")${delimiter}\"" found)
  if(NOT found EQUAL -1)
    message(FATAL_ERROR "${path} holds the end mark of embedded files: )${delimiter}\"")
  endif()
  file(APPEND ${SOURCE} "    {\"${name}\", R\"${delimiter}(${text})${delimiter}\"},\n")
endforeach()
file(APPEND ${SOURCE} "};

}  // namespace

std::span<const ::segurifai::EmbeddedFile> files() noexcept {
    return kFiles;
}

}  // namespace ${NAMESPACE}
")

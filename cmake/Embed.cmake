# Puts text files into the program, so that it needs no source tree.
#
# segurifai_embed(<target> NAMESPACE <ns> FILES <files...> [BASE <folder>])
#
# Adds a source to <target> that holds the files, and a header <embedded/NS.hpp>, where NS is the
# namespace without `segurifai::` and with `/` for `::`. With NAMESPACE segurifai::services::plans:
#
#     #include "embedded/services/plans.hpp"
#     for (const segurifai::EmbeddedFile& file : segurifai::services::plans::files()) …
#
# Files come in the order of their names. A name is the file's path below BASE, or without BASE
# the last part of its path. A changed file is embedded anew by the next build.
set(SEGURIFAI_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedFiles.cmake)

function(segurifai_embed target)
  cmake_parse_arguments(EMBED "" "NAMESPACE;BASE" "FILES" ${ARGN})
  if(NOT EMBED_NAMESPACE OR NOT EMBED_FILES)
    message(FATAL_ERROR "segurifai_embed(${target}) needs NAMESPACE and FILES")
  endif()
  string(REGEX REPLACE "^segurifai::" "" path ${EMBED_NAMESPACE})
  string(REPLACE "::" "/" path ${path})
  set(folder ${CMAKE_BINARY_DIR}/generated/${target})
  set(header ${folder}/embedded/${path}.hpp)
  set(source ${folder}/embedded/${path}.cpp)

  set(pairs)  # "name|file", sorted by name
  foreach(file ${EMBED_FILES})
    get_filename_component(file ${file} ABSOLUTE)
    if(EMBED_BASE)
      get_filename_component(base ${EMBED_BASE} ABSOLUTE)
      file(RELATIVE_PATH name ${base} ${file})
    else()
      get_filename_component(name ${file} NAME)
    endif()
    list(APPEND pairs "${name}|${file}")
    list(APPEND depends ${file})
  endforeach()
  list(SORT pairs)

  # The list goes by a file of its own: a command line has a limit, a list of migrations has none.
  set(list_file ${folder}/embedded/${path}.list)
  string(REPLACE ";" "\n" lines "${pairs}")
  file(CONFIGURE OUTPUT ${list_file} CONTENT "${lines}\n" @ONLY)
  add_custom_command(
    OUTPUT ${source} ${header}
    COMMAND ${CMAKE_COMMAND} -DLIST=${list_file} -DNAMESPACE=${EMBED_NAMESPACE}
            -DINCLUDE=embedded/${path}.hpp -DHEADER=${header} -DSOURCE=${source}
            -P ${SEGURIFAI_EMBED_SCRIPT}
    DEPENDS ${depends} ${list_file} ${SEGURIFAI_EMBED_SCRIPT}
    COMMENT "Embedding ${path}"
    VERBATIM)
  target_sources(${target} PRIVATE ${source} ${header})
  target_include_directories(${target} PUBLIC ${folder})
endfunction()

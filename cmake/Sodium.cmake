# segurifai_sodium: libsodium linked statically, from a private copy in which argon2 asks us for its
# memory (src/security/hash_memory.cpp). The library offers no other way, and maps and unmaps 19 MiB
# a password otherwise: half of what a hash costs, and all threads wait for it.
pkg_check_modules(SODIUM REQUIRED libsodium)
find_library(SODIUM_ARCHIVE NAMES libsodium.a HINTS ${SODIUM_LIBDIR} REQUIRED)
find_program(OBJCOPY NAMES llvm-objcopy-19 objcopy REQUIRED)

set(archive ${CMAKE_BINARY_DIR}/generated/libsodium_with_our_memory.a)
add_custom_command(
  OUTPUT ${archive}
  COMMAND ${CMAKE_COMMAND} -DARCHIVE=${SODIUM_ARCHIVE} -DOUTPUT=${archive} -DAR=${CMAKE_AR}
          -DOBJCOPY=${OBJCOPY} -P ${CMAKE_CURRENT_LIST_DIR}/SodiumWithOurMemory.cmake
  DEPENDS ${SODIUM_ARCHIVE} ${CMAKE_CURRENT_LIST_DIR}/SodiumWithOurMemory.cmake
  COMMENT "Copying libsodium"
  VERBATIM)
add_custom_target(segurifai_sodium_archive DEPENDS ${archive})

add_library(segurifai_sodium INTERFACE)
add_dependencies(segurifai_sodium segurifai_sodium_archive)
target_include_directories(segurifai_sodium SYSTEM INTERFACE ${SODIUM_INCLUDE_DIRS})
target_link_libraries(segurifai_sodium INTERFACE ${archive})

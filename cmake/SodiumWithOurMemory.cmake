# The build step of segurifai_sodium: copies ARCHIVE to OUTPUT, where the one member of it that gets
# memory for argon2 gets it from us.
set(member libsodium_la-argon2-core.o)

function(run)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${folder} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

get_filename_component(folder ${OUTPUT} DIRECTORY)
file(COPY_FILE ${ARCHIVE} ${OUTPUT})
run(${AR} x ${ARCHIVE} ${member})
run(${OBJCOPY} --redefine-sym mmap=segurifai_argon2_mmap --redefine-sym munmap=segurifai_argon2_munmap
    ${member})
file(STRINGS ${folder}/${member} names REGEX "segurifai_argon2_m(un)?map")
if(NOT names)
  message(FATAL_ERROR "${member} of ${ARCHIVE} maps no memory: has libsodium changed?")
endif()
run(${AR} r ${OUTPUT} ${member})
file(REMOVE ${folder}/${member})

# Writes sr_version_stamp.h at build time, only when its text changes: one file recompiles, not the program.
execute_process(COMMAND git describe --always --dirty --exclude=*
  WORKING_DIRECTORY ${SOURCE_DIR} OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
set(stamp ${VERSION})
if(commit)
  string(APPEND stamp "+g${commit}")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#pragma once\n#define SR_VERSION_STAMP \"${stamp}\"\n")

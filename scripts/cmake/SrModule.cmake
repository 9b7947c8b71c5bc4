# sr_module(<name> [TORCH] SOURCES a.cpp... [USES core ...] [LINKS third-party...])
#   One folder of lib/ as the static library sr_<name>. USES are our modules, and the only ones whose
#   headers it may include (the `layers` test holds that); TORCH marks the ones that may see LibTorch.
# sr_parallel(<name> a.cpp...)
#   These sources of a TORCH module run on LibTorch's threads (LibTorch::openmp); without it, on one.
# sr_test(<module> [TORCH] SOURCES a_test.cpp... [USES ...])
#   test/<module>/ as the Catch2 program test_<module>, every test case known to ctest.
# sr_gpu_tests(SOURCES <module>/a_test.cpp...)
#   Files of test/ as the Catch2 program gpu_tests, without SR_SOURCE_DIR.

include_guard(GLOBAL)

find_program(SR_CCACHE ccache)
if(SR_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${SR_CCACHE})
endif()

# A LibTorch unit takes about 1.5 GB: no more of them at once than memory holds.
cmake_host_system_information(RESULT SR_MEMORY_MB QUERY TOTAL_PHYSICAL_MEMORY)
math(EXPR SR_TORCH_JOBS "${SR_MEMORY_MB} / 2500 + 1")
set_property(GLOBAL PROPERTY JOB_POOLS torch_pool=${SR_TORCH_JOBS})

add_library(sr_flags INTERFACE)
target_compile_options(sr_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wnon-virtual-dtor $<$<BOOL:${SR_WERROR}>:-Werror>)
if(SR_SANITIZE)
  target_compile_options(sr_flags INTERFACE -fsanitize=${SR_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(sr_flags INTERFACE -fsanitize=${SR_SANITIZE})
endif()

# Modules without LibTorch read what comes from outside: a write past a buffer's end ends the program, where the compiler
# can see it. Not under sanitizers, which see more and would see less through the checked functions of the C library.
function(sr_harden target)
  if(NOT SR_SANITIZE)
    target_compile_options(${target} PRIVATE -fstack-protector-strong
      $<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
  endif()
endfunction()

# Lines of the modules in SR_COVERAGE are counted by gcov. They are optimised no further than lines stay lines; without any
# optimisation they could not use the precompiled headers of the others. -Og inlines nothing that xxhash.h insists on.
function(sr_count_lines target module)
  if(module IN_LIST SR_COVERAGE)
    target_compile_options(${target} PRIVATE -Og --coverage -fprofile-update=prefer-atomic)
    target_compile_definitions(${target} PRIVATE XXH_NO_INLINE_HINTS=1)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()

# No two builds make the same 500 MB of a precompiled header. With the checksum of what goes into it beside it, ccache
# reads that instead, knows the units of another checkout again and saves a sixth of the time of the others.
function(sr_sum_torch_headers target)
  set(own ${PROJECT_SOURCE_DIR}/scripts/cmake/torch_headers)
  execute_process(
    COMMAND sh -c "cd '${LibTorch_ROOT_DIR}/include' && find . '${own}' -type f | LC_ALL=C sort | xargs -d '\\n' cat | sha256sum"
    OUTPUT_VARIABLE headers OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/cmake_pch.hxx.gch.sum
    "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${headers}\n")
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${LibTorch_ROOT_DIR}/include/torch/headeronly/version.h ${own}/torch/torch.h)
endfunction()

# What the program calls is found when it starts, and the table of it cannot be written afterwards.
function(sr_bind_at_start target)
  target_link_options(${target} PRIVATE LINKER:-z,relro,-z,now)
endfunction()

# An empty source file to precompile a header with. Written only where it is missing: a newer one would have every unit that
# uses the header compiled again after each configuration.
function(sr_empty_source file)
  file(CONFIGURE OUTPUT ${file} CONTENT "")
endfunction()

# LibTorch is compiled without assertions, and some of its classes have members for them: whoever includes its headers
# has to be compiled so as well, in every kind of build. (A release is by itself; said twice, caches would miss.)
function(sr_match_torch target)
  target_compile_definitions(${target} PRIVATE $<$<NOT:$<CONFIG:Release>>:NDEBUG>)
endfunction()

# The precompiled <torch/torch.h>: one target owns it, every torch module reuses it. It is the short one of
# torch_headers/.
function(sr_use_torch target)
  if(NOT TARGET sr_torch_pch)
    sr_empty_source(${PROJECT_BINARY_DIR}/torch_pch.cpp)
    add_library(sr_torch_pch OBJECT ${PROJECT_BINARY_DIR}/torch_pch.cpp)
    target_link_libraries(sr_torch_pch PRIVATE sr_flags LibTorch::cpu)
    sr_match_torch(sr_torch_pch)
    target_include_directories(sr_torch_pch SYSTEM BEFORE PRIVATE ${PROJECT_SOURCE_DIR}/scripts/cmake/torch_headers)
    target_compile_options(sr_torch_pch PRIVATE -fpch-preprocess)
    target_precompile_headers(sr_torch_pch PRIVATE <torch/torch.h>)
    if(SR_CCACHE)
      sr_sum_torch_headers(sr_torch_pch)
    endif()
  endif()
  target_link_libraries(${target} PUBLIC LibTorch::cpu)
  sr_match_torch(${target})
  target_include_directories(${target} SYSTEM BEFORE PRIVATE ${PROJECT_SOURCE_DIR}/scripts/cmake/torch_headers)
  target_compile_options(${target} PRIVATE -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM sr_torch_pch)
  set_target_properties(${target} PROPERTIES JOB_POOL_COMPILE torch_pool)
endfunction()

function(sr_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH" "" "SOURCES;USES;LINKS")
  if(arg_TORCH AND NOT SR_TORCH)
    return()
  endif()
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/lib/${name}/)
  list(TRANSFORM arg_USES PREPEND sr_)
  add_library(sr_${name} STATIC ${arg_SOURCES})
  target_include_directories(sr_${name} PUBLIC ${PROJECT_SOURCE_DIR}/lib)
  target_link_libraries(sr_${name} PRIVATE sr_flags PUBLIC ${arg_USES} ${arg_LINKS})
  if(arg_TORCH)
    sr_use_torch(sr_${name})
  else()
    sr_harden(sr_${name})
  endif()
  sr_count_lines(sr_${name} ${name})
endfunction()

function(sr_parallel name)
  if(NOT TARGET sr_${name} OR NOT TARGET LibTorch::openmp)
    return()
  endif()
  list(TRANSFORM ARGN PREPEND ${PROJECT_SOURCE_DIR}/lib/${name}/ OUTPUT_VARIABLE files)
  # The precompiled header is one without OpenMP.
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS -fopenmp SKIP_PRECOMPILE_HEADERS ON)
  target_link_libraries(sr_${name} PUBLIC LibTorch::openmp)
endfunction()

# Tests share the processors: an OpenMP thread that spins while it waits takes one from its neighbours.
set(SR_TEST_ENVIRONMENT OMP_WAIT_POLICY=PASSIVE)

# The precompiled support/catch.h of the tests without LibTorch: Catch2 alone takes 3 s of a unit. Tests are not
# optimised further than that pays for compiling them.
function(sr_use_catch target)
  if(NOT TARGET sr_catch_pch)
    sr_empty_source(${PROJECT_BINARY_DIR}/catch_pch.cpp)
    add_library(sr_catch_pch OBJECT ${PROJECT_BINARY_DIR}/catch_pch.cpp)
    target_link_libraries(sr_catch_pch PRIVATE sr_flags Catch2::Catch2)
    target_include_directories(sr_catch_pch PRIVATE ${PROJECT_SOURCE_DIR}/test ${PROJECT_SOURCE_DIR}/lib)
    target_compile_definitions(sr_catch_pch PRIVATE SR_SOURCE_DIR=".")
    target_compile_options(sr_catch_pch PRIVATE -O1 -fpch-preprocess)
    target_precompile_headers(sr_catch_pch PRIVATE ${PROJECT_SOURCE_DIR}/test/support/catch.h)
  endif()
  target_compile_options(${target} PRIVATE -O1 -fpch-preprocess)
  target_precompile_headers(${target} REUSE_FROM sr_catch_pch)
endfunction()

function(sr_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "TORCH" "" "SOURCES;USES")
  if(arg_TORCH AND NOT SR_TORCH)
    return()
  endif()
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/test/${name}/)
  list(TRANSFORM arg_USES PREPEND sr_)
  add_executable(test_${name} ${arg_SOURCES})
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/test)
  # Tests run in the source tree. A path in the command line would keep compiler caches from
  # serving a second checkout.
  target_compile_definitions(test_${name} PRIVATE SR_SOURCE_DIR=".")
  target_link_libraries(test_${name} PRIVATE sr_flags sr_${name} ${arg_USES} sr_test_main)
  if(arg_TORCH)
    target_link_libraries(test_${name} PRIVATE sr_test_networks)
    sr_use_torch(test_${name})
  else()
    sr_use_catch(test_${name})
  endif()
  catch_discover_tests(test_${name} TEST_PREFIX "${name}: " DISCOVERY_MODE PRE_TEST
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    PROPERTIES SKIP_REGULAR_EXPRESSION "\\[skipped\\]" TIMEOUT 1200 ENVIRONMENT ${SR_TEST_ENVIRONMENT})
endfunction()

function(sr_gpu_tests)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "SOURCES")
  if(NOT SR_TORCH)
    return()
  endif()
  list(TRANSFORM arg_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/test/ OUTPUT_VARIABLE files)
  add_executable(gpu_tests ${files})
  target_include_directories(gpu_tests PRIVATE ${PROJECT_SOURCE_DIR}/test)
  target_link_libraries(gpu_tests PRIVATE sr_flags sr_train sr_test_networks sr_test_main)
  sr_use_torch(gpu_tests)
  sr_bind_at_start(gpu_tests)  # it is handed out beside the program
  if(TARGET sr_cuda)
    add_dependencies(gpu_tests sr_cuda)
  endif()
  catch_discover_tests(gpu_tests TEST_PREFIX "gpu: " DISCOVERY_MODE PRE_TEST
    PROPERTIES SKIP_REGULAR_EXPRESSION "\\[skipped\\]" TIMEOUT 1200 ENVIRONMENT ${SR_TEST_ENVIRONMENT})
  add_test(NAME gpu_tests COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/test/scripts/gpu_tests_test.py
           $<TARGET_FILE:gpu_tests> ${arg_SOURCES})
  set_tests_properties(gpu_tests PROPERTIES TIMEOUT 2400 ENVIRONMENT ${SR_TEST_ENVIRONMENT})
endfunction()

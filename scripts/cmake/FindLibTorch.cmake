# Finds LibTorch 2.11 under SR_LIBTORCH and defines LibTorch::cpu. The executable links this alone: the
# CUDA back end is opened at run time (lib/device), so one binary serves machines with and without a GPU.
# PyTorch's own package file is not used: it runs FindCUDA and needs a working nvcc and Python.

set(_sr_default $ENV{SR_LIBTORCH})
if(NOT _sr_default)
  if(DEFINED ENV{SR_DEPS})
    set(_sr_default $ENV{SR_DEPS}/libtorch-2.11.0)
  else()
    set(_sr_default $ENV{HOME}/.cache/sr-train/libtorch-2.11.0)
  endif()
endif()
if(NOT SR_LIBTORCH)
  set(SR_LIBTORCH ${_sr_default} CACHE PATH "" FORCE)
endif()

find_path(LibTorch_ROOT_DIR NAMES lib/libtorch_cpu.so
  PATHS ${SR_LIBTORCH} ${SR_LIBTORCH}/torch NO_DEFAULT_PATH)
if(LibTorch_ROOT_DIR)
  file(STRINGS ${LibTorch_ROOT_DIR}/include/torch/headeronly/version.h _sr_version
       REGEX "^ +\"[0-9]+\\.[0-9]+\\.[0-9]+")
  string(REGEX MATCH "[0-9]+\\.[0-9]+\\.[0-9]+" LibTorch_VERSION "${_sr_version}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch REQUIRED_VARS LibTorch_ROOT_DIR VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE "run scripts/setup.sh, or pass -DSR_LIBTORCH=<folder that holds lib/libtorch_cpu.so>")

if(LibTorch_FOUND AND NOT TARGET LibTorch::cpu)
  add_library(LibTorch::cpu INTERFACE IMPORTED)
  # -idirafter: the wheel ships its own fmt, which must not hide the system's.
  target_compile_options(LibTorch::cpu INTERFACE
    "SHELL:-idirafter ${LibTorch_ROOT_DIR}/include"
    "SHELL:-idirafter ${LibTorch_ROOT_DIR}/include/torch/csrc/api/include")
  set(_sr_nvidia_dirs "")
  file(GLOB _sr_nvidia_dirs ${LibTorch_ROOT_DIR}/../nvidia/*/lib)
  foreach(_dir IN LISTS _sr_nvidia_dirs)
    target_link_options(LibTorch::cpu INTERFACE "-Wl,-rpath-link,${_dir}")
  endforeach()
  target_link_libraries(LibTorch::cpu INTERFACE
    ${LibTorch_ROOT_DIR}/lib/libtorch_cpu.so ${LibTorch_ROOT_DIR}/lib/libc10.so)
  # LibTorch::openmp: units that divide work among LibTorch's threads. at::parallel_for is a template that runs on one
  # thread in a unit without OpenMP. They link the library that LibTorch itself has loaded, never the compiler's,
  # which would bring a second team of threads.
  file(GLOB _sr_openmp ${LibTorch_ROOT_DIR}/lib/libgomp*.so*)
  if(_sr_openmp AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    list(GET _sr_openmp 0 _sr_openmp)
    add_library(LibTorch::openmp INTERFACE IMPORTED)
    target_link_libraries(LibTorch::openmp INTERFACE ${_sr_openmp})
  endif()
endif()

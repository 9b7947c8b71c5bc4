#include "device/cuda_backend.h"

#include <dlfcn.h>

#include <filesystem>

#include <c10/util/Exception.h>
#include <fmt/format.h>

namespace sr {
namespace {

/// Opens a library for the rest of the process; on failure the linker's reason goes to `why`.
void* open_library(const std::string& name, int binding, std::string& why) {
  void* handle = ::dlopen(name.c_str(), binding | RTLD_GLOBAL);
  if (handle == nullptr) {
    why = ::dlerror();
  }
  return handle;
}

/// libsr_cuda.so lies beside the program, in ../lib of an installation, or one folder up from a
/// test.
void* open_own_library(std::string& why) {
  std::error_code error;
  const std::filesystem::path folder =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place : {".", "../lib", ".."}) {
    const std::filesystem::path file = (folder / place / "libsr_cuda.so").lexically_normal();
    if (std::filesystem::exists(file, error)) {
      return open_library(file.string(), RTLD_LAZY, why);
    }
  }
  why = fmt::format("there is no libsr_cuda.so in {} or ../lib", folder.string());
  return nullptr;
}

CudaBackend failed(std::string problem) {
  return {nullptr, 0, std::move(problem)};
}

}  // namespace

bool nvidia_driver_present() {
  std::error_code ignored;
  if (std::filesystem::exists("/proc/driver/nvidia", ignored)) {
    return true;
  }
  // WSL and some containers have the library and not the folder.
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver == nullptr) {
    return false;
  }
  ::dlclose(driver);
  return true;
}

const CudaApi* open_cuda_api(std::string& why) {
  void* own = open_own_library(why);
  if (own == nullptr) {
    why = fmt::format("this build has no CUDA support: {}; build with -DSR_CUDA=ON", why);
    return nullptr;
  }
  const auto entry =
      reinterpret_cast<decltype(&::sr_cuda_api)>(::dlsym(own, "sr_cuda_api"));  // NOLINT
  const CudaApi* api = entry == nullptr ? nullptr : entry();
  if (api == nullptr || api->version != CudaApi::kVersion) {
    why = "libsr_cuda.so is not of this build; build again or remove it";
    return nullptr;
  }
  return api;
}

CudaBackend open_cuda_backend() {
  std::string why;
  if (open_library("libtorch_cuda.so", RTLD_NOW, why) == nullptr) {
    return failed(fmt::format(
        "LibTorch's CUDA libraries do not load: {}; scripts/setup.sh --cuda installs them, "
        "and so does pip install torch==2.11.0",
        why));
  }
  const CudaApi* api = open_cuda_api(why);
  if (api == nullptr) {
    return failed(why);
  }
  CudaBackend backend{api, api->device_count(&why), ""};
  if (backend.devices == 0) {
    backend.problem = "CUDA says: " + why;
    return backend;
  }
  try {
    api->start();
  } catch (const c10::Error& error) {
    return failed(fmt::format("CUDA does not start: {}", error.what_without_backtrace()));
  }
  return backend;
}

}  // namespace sr

#pragma once

#include <string>
#include <vector>

#include "device/cuda/api.h"

namespace sr {

/// LibTorch's CUDA back end, opened at run time so that one program serves machines with and
/// without.
struct CudaBackend {
  const CudaApi* api = nullptr;  ///< null, or loaded; started when devices > 0
  int devices = 0;
  std::string problem;  ///< why devices is 0, and what to do about it
};

/// Whether an NVIDIA driver is there, told without loading anything of LibTorch's.
bool nvidia_driver_present();

/// Loads libsr_cuda.so alone, which does not need a driver. Null when it is not there or of another
/// build; `why` then says so.
const CudaApi* open_cuda_api(std::string& why);

/// Loads libtorch_cuda.so, then libsr_cuda.so, for good. Must come before the first call that asks
/// LibTorch for CUDA (at::hasCUDA(), torch::cuda::is_available()): such a call caches "none". Later
/// calls return the same. Throws nothing of its own: what is missing is in `problem`.
CudaBackend open_cuda_backend();

}  // namespace sr

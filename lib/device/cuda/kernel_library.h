#pragma once

#include <string>
#include <vector>

#include <cuda_runtime_api.h>

namespace sr {

/// A text that #include finds by its name.
struct KernelHeader {
  const char* name;
  const char* text;
};

/// Compiles CUDA source for a device by NVRTC, which PyTorch brings along, and loads it there for
/// the rest of the process. Throws c10::Error: no NVRTC, what the compiler says, what CUDA says.
cudaLibrary_t load_kernels(int device, const char* name, const char* source,
                           const std::vector<KernelHeader>& headers = {},
                           const std::vector<std::string>& options = {});

/// Throws c10::Error.
cudaKernel_t kernel_of(cudaLibrary_t library, const std::string& name);

}  // namespace sr

#pragma once

#include <string>
#include <unordered_map>

#include <c10/core/ScalarType.h>
#include <cuda_runtime_api.h>

namespace sr {

/// The kernels of feature_kernels.cu, compiled for one device.
class FeatureKernels {
 public:
  /// Threads of a block.
  struct Threads {
    unsigned x, y;
  };
  /// Queues a kernel on the device's current stream; `arguments` are the addresses of its values.
  void launch(const std::string& name, unsigned blocks, Threads threads, void** arguments) const;

 private:
  friend const FeatureKernels* feature_kernels(int device);
  explicit FeatureKernels(int device);

  std::unordered_map<std::string, cudaKernel_t> kernels_;
};

/// How the kernels of an element type end: "bf16", "half", "float"; empty for other types.
std::string suffix_of(c10::ScalarType type);

/// Compiles them at the first call for a device (a third of a second). Null where that fails, which
/// is said once on standard error: everything works without them. Any thread may call.
const FeatureKernels* feature_kernels(int device);

}  // namespace sr

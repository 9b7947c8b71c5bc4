#include "device/cuda/feature_kernels.h"

#include <array>
#include <memory>
#include <mutex>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include "device/cuda/kernel_library.h"

namespace sr {
namespace {

const char kSource[] = {
#include "feature_kernels_source.inc"
    , 0};

constexpr std::array kTypes{"bf16", "half", "float"};
constexpr std::array kNames{"bias_prelu_",          "bias_prelu_backward_", "bias_leaky_relu_",
                            "leaky_relu_backward_", "bias_scale_add_",      "scale_backward_"};

}  // namespace

FeatureKernels::FeatureKernels(int device) {
  const cudaLibrary_t library = load_kernels(device, "feature_kernels.cu", kSource);
  kernels_["sum_rows"] = kernel_of(library, "sum_rows");
  for (const std::string name : kNames) {
    for (const char* type : kTypes) {
      kernels_[name + type] = kernel_of(library, name + type);
    }
  }
}

void FeatureKernels::launch(const std::string& name, unsigned blocks, Threads threads,
                            void** arguments) const {
  const auto* function = reinterpret_cast<const void*>(kernels_.at(name));  // NOLINT
  C10_CUDA_CHECK(cudaLaunchKernel(function, dim3(blocks), dim3(threads.x, threads.y), arguments,
                                  /*sharedMem=*/0, c10::cuda::getCurrentCUDAStream()));
}

std::string suffix_of(c10::ScalarType type) {
  switch (type) {
    case c10::kBFloat16:
      return "bf16";
    case c10::kHalf:
      return "half";
    case c10::kFloat:
      return "float";
    default:
      return "";
  }
}

const FeatureKernels* feature_kernels(int device) {
  static std::mutex mutex;
  // Never destroyed: CUDA may be gone by then. Null = could not be compiled.
  static auto& all = *new std::unordered_map<int, std::unique_ptr<const FeatureKernels>>;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = all.try_emplace(device);
  if (is_new) {
    const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
    try {
      // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): make_unique cannot, it is private
      place->second.reset(new FeatureKernels(device));
    } catch (const c10::Error& error) {
      TORCH_WARN("own kernels cannot be used, training goes on with LibTorch's: ",
                 error.what_without_backtrace());
    }
  }
  return place->second.get();
}

}  // namespace sr

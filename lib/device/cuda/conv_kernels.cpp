#include "device/cuda/conv_kernels.h"

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

#include "device/cuda/convolution_choice.h"
#include "device/cuda/kernel_library.h"

namespace sr {
namespace {

const char kTileHeader[] = {
#include "conv3x3_tile_header.inc"
    , 0};
const char kHeader[] = {
#include "conv3x3_header.inc"
    , 0};
const char kWeightGradientHeader[] = {
#include "conv3x3_weight_gradient_header.inc"
    , 0};
const char kSource[] = {
#include "conv3x3_source.inc"
    , 0};

constexpr unsigned kSumThreads = 256;  ///< as in conv3x3.cu

bool is_lack_of_memory(const c10::Error& error) {
  const auto* of_cuda = dynamic_cast<const c10::AcceleratorError*>(&error);
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         (of_cuda != nullptr && of_cuda->get_error_code() == cudaErrorMemoryAllocation);
}

void check(cudaError_t status, const char* what) {
  if (status == cudaErrorMemoryAllocation) {
    C10_CUDA_CHECK(status);
  }
  if (status != cudaSuccess) {
    static_cast<void>(cudaGetLastError());  // others' kernels are not to meet it
    throw KernelFault(std::string(what) + ": " + cudaGetErrorString(status));
  }
}

template <typename... Arguments>
void launch(cudaKernel_t kernel, dim3 blocks, unsigned threads, unsigned shared_bytes,
            Arguments... arguments) {
  std::array<void*, sizeof...(Arguments)> addresses{static_cast<void*>(&arguments)...};
  check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), blocks, dim3(threads),  // NOLINT
                         addresses.data(), shared_bytes, c10::cuda::getCurrentCUDAStream()),
        "a 3x3 convolution was not launched");
}

void allow_shared_memory(cudaKernel_t kernel, unsigned bytes, int device) {
  check(cudaKernelSetAttributeForDevice(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                        static_cast<int>(bytes), device),
        "a 3x3 convolution was refused its shared memory");
}

}  // namespace

ConvKernels::ConvKernels(int device, c10::ScalarType type, bool prelu) {
  const std::string element = type == c10::kBFloat16 ? "Bf16" : "Half";
  const cudaLibrary_t library =
      load_kernels(device, "conv3x3.cu", kSource,
                   {{"device/cuda/conv3x3_tile.h", kTileHeader},
                    {"device/cuda/conv3x3.h", kHeader},
                    {"device/cuda/conv3x3_weight_gradient.h", kWeightGradientHeader}},
                   {"--define-macro=SR_ELEMENT=" + element,
                    std::string("--define-macro=SR_PRELU=") + (prelu ? "true" : "false")});
  convolve_ = kernel_of(library, "conv3x3");
  data_gradient_ = kernel_of(library, "conv3x3_data_gradient");
  weight_gradient_ = kernel_of(library, "conv3x3_weight_gradient");
  sum_parts_ = kernel_of(library, "conv3x3_sum_parts");
  occupy_ = kernel_of(library, "occupy");
  constexpr unsigned kSeveral = 2;
  allow_shared_memory(convolve_, conv3x3::convolution_bytes(kSeveral), device);
  allow_shared_memory(data_gradient_, conv3x3::convolution_bytes(kSeveral), device);
  allow_shared_memory(weight_gradient_, conv3x3::gradient_bytes(kSeveral), device);
}

void ConvKernels::convolve(const conv3x3::Convolution& problem, bool gradient) const {
  const unsigned read = gradient ? problem.outputs : problem.inputs;
  const unsigned written = gradient ? problem.inputs : problem.outputs;
  launch(gradient ? data_gradient_ : convolve_,
         dim3(conv3x3::tiles_of(problem.extent), written / conv3x3::kGroup),
         conv3x3::kConvolutionWarps * conv3x3::kLanes,
         conv3x3::convolution_bytes(read / conv3x3::kGroup), problem);
}

void ConvKernels::weight_gradient(const conv3x3::WeightGradient& problem, unsigned splits) const {
  const unsigned tiles = conv3x3::tiles_of(problem.extent);
  const unsigned groups = problem.outputs / conv3x3::kGroup * (problem.inputs / conv3x3::kGroup);
  launch(weight_gradient_, dim3(splits, groups), conv3x3::kGradientWarps * conv3x3::kLanes,
         conv3x3::gradient_bytes((tiles + splits - 1) / splits), problem);
}

void ConvKernels::sum_parts(const conv3x3::WeightGradient& problem, unsigned splits,
                            float* total) const {
  const unsigned count = problem.outputs * conv3x3::kTaps * problem.inputs;
  launch(sum_parts_, dim3((count + kSumThreads - 1) / kSumThreads), kSumThreads, 0, problem.parts,
         total, splits, count, problem.inputs);
}

void ConvKernels::occupy(long long cycles) const {
  launch(occupy_, dim3(1), 1, 0, cycles);
}

bool has_conv_kernels(int device) {
  constexpr int kAmpere = 8;
  int major = 0;
  return cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device) == cudaSuccess &&
         major >= kAmpere;
}

const ConvKernels& conv_kernels(int device, c10::ScalarType type, bool prelu) {
  static std::mutex mutex;
  // Never destroyed: CUDA may be gone by then. Null = could not be compiled.
  static auto& all =
      *new std::map<std::tuple<int, c10::ScalarType, bool>, std::unique_ptr<ConvKernels>>;
  const std::lock_guard lock(mutex);
  const std::tuple key{device, type, prelu};
  if (const auto known = all.find(key); known != all.end()) {
    if (known->second == nullptr) {
      throw KernelFault("3x3 convolutions could not be compiled");
    }
    return *known->second;
  }
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(device));
  try {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): make_unique cannot, it is private
    std::unique_ptr<ConvKernels> kernels(new ConvKernels(device, type, prelu));
    return *(all[key] = std::move(kernels));
  } catch (const c10::Error& error) {
    if (is_lack_of_memory(error)) {
      throw;
    }
    all[key] = nullptr;
    throw KernelFault(error.what_without_backtrace());
  } catch (const KernelFault&) {
    all[key] = nullptr;
    throw;
  }
}

}  // namespace sr

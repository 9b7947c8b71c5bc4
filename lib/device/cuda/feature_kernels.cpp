#include "device/cuda/feature_kernels.h"

#include <dlfcn.h>

#include <array>
#include <memory>
#include <mutex>
#include <vector>

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <c10/util/Exception.h>

namespace sr {
namespace {

const char kSource[] = {
#include "feature_kernels_source.inc"
    , 0};

constexpr std::array kTypes{"bf16", "half", "float"};
constexpr std::array kNames{"bias_prelu_",          "bias_prelu_backward_", "bias_leaky_relu_",
                            "leaky_relu_backward_", "bias_scale_add_",      "scale_backward_"};

/// NVIDIA's run-time compiler, which PyTorch brings along (nvrtc.h; 0 is success).
class Compiler {
 public:
  Compiler() {
    // LibTorch's stub needs it, and knows where it lies.
    void* library = ::dlopen("libcaffe2_nvrtc.so", RTLD_NOW | RTLD_LOCAL);
    TORCH_CHECK(library != nullptr, ::dlerror());
    find(library, "nvrtcCreateProgram", create_);
    find(library, "nvrtcCompileProgram", compile_);
    find(library, "nvrtcGetCUBINSize", size_);
    find(library, "nvrtcGetCUBIN", code_);
    find(library, "nvrtcGetProgramLogSize", log_size_);
    find(library, "nvrtcGetProgramLog", log_);
    find(library, "nvrtcDestroyProgram", destroy_);
  }

  std::vector<char> machine_code(const char* source, const std::string& architecture) const {
    Program program = nullptr;
    TORCH_CHECK(create_(&program, source, "feature_kernels.cu", 0, nullptr, nullptr) == 0,
                "nvrtcCreateProgram failed");
    const std::string target = "--gpu-architecture=" + architecture;
    const std::array<const char*, 2> options{target.c_str(), "--std=c++17"};
    const int status = compile_(program, static_cast<int>(options.size()), options.data());
    std::vector<char> result = read(program, status == 0 ? size_ : log_size_,  //
                                    status == 0 ? code_ : log_);
    destroy_(&program);
    TORCH_CHECK(status == 0, std::string(result.begin(), result.end()));
    return result;
  }

 private:
  using Program = void*;
  using Size = int (*)(Program, std::size_t*);
  using Read = int (*)(Program, char*);

  template <typename Function>
  static void find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));  // NOLINT
    TORCH_CHECK(function != nullptr, "there is no ", name);
  }

  static std::vector<char> read(Program program, Size size, Read get) {
    std::size_t bytes = 0;
    size(program, &bytes);
    std::vector<char> result(bytes);
    get(program, result.data());
    return result;
  }

  int (*create_)(Program*, const char*, const char*, int, const char* const*,
                 const char* const*) = nullptr;
  int (*compile_)(Program, int, const char* const*) = nullptr;
  Size size_ = nullptr, log_size_ = nullptr;
  Read code_ = nullptr, log_ = nullptr;
  int (*destroy_)(Program*) = nullptr;
};

}  // namespace

FeatureKernels::FeatureKernels(int device) {
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  const std::vector<char> code = Compiler().machine_code(
      kSource, "sm_" + std::to_string(properties.major) + std::to_string(properties.minor));
  cudaLibrary_t library = nullptr;
  C10_CUDA_CHECK(
      cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  const auto add = [&](const std::string& name) {
    C10_CUDA_CHECK(cudaLibraryGetKernel(&kernels_[name], library, name.c_str()));
  };
  add("sum_rows");
  for (const std::string name : kNames) {
    for (const char* type : kTypes) {
      add(name + type);
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

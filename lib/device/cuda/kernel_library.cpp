#include "device/cuda/kernel_library.h"

#include <dlfcn.h>

#include <c10/cuda/CUDAException.h>
#include <c10/util/Exception.h>

namespace sr {
namespace {

/// NVIDIA's run-time compiler (nvrtc.h; 0 is success).
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

  std::vector<char> machine_code(const char* name, const char* source,
                                 const std::vector<KernelHeader>& headers,
                                 const std::vector<std::string>& options) const {
    std::vector<const char*> names, texts, words;
    for (const KernelHeader& header : headers) {
      names.push_back(header.name);
      texts.push_back(header.text);
    }
    for (const std::string& option : options) {
      words.push_back(option.c_str());
    }
    Program program = nullptr;
    TORCH_CHECK(create_(&program, source, name, static_cast<int>(headers.size()), texts.data(),
                        names.data()) == 0,
                "nvrtcCreateProgram failed");
    const int status = compile_(program, static_cast<int>(words.size()), words.data());
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

cudaLibrary_t load_kernels(int device, const char* name, const char* source,
                           const std::vector<KernelHeader>& headers,
                           const std::vector<std::string>& options) {
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
  std::vector<std::string> all{"--gpu-architecture=sm_" + std::to_string(properties.major) +
                                   std::to_string(properties.minor),
                               "--std=c++17"};
  all.insert(all.end(), options.begin(), options.end());
  const std::vector<char> code = Compiler().machine_code(name, source, headers, all);
  cudaLibrary_t library = nullptr;
  C10_CUDA_CHECK(
      cudaLibraryLoadData(&library, code.data(), nullptr, nullptr, 0, nullptr, nullptr, 0));
  return library;
}

cudaKernel_t kernel_of(cudaLibrary_t library, const std::string& name) {
  cudaKernel_t kernel = nullptr;
  C10_CUDA_CHECK(cudaLibraryGetKernel(&kernel, library, name.c_str()));
  return kernel;
}

}  // namespace sr

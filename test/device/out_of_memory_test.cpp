#include "device/out_of_memory.h"

#include <torch/torch.h>

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/error.h"
#include "support/catch.h"

namespace sr {
namespace {

/// LibTorch's error types with the message it gives them.
template <typename TorchError>
TorchError torch_error(const std::string& message) {
  return TorchError({__func__, __FILE__, __LINE__}, message);
}

c10::AcceleratorError cuda_error(std::int32_t code, const std::string& message) {
  return {{__func__, __FILE__, __LINE__}, code, message};
}

constexpr const char* kFind =
    "FIND was unable to find an engine to execute this computation after trying 7 plans";
constexpr const char* kGet = "GET was unable to find an engine to execute this computation";

TEST_CASE("Plain LibTorch errors that mean out of memory are known by their exact text",
          "[device]") {
  struct Row {
    std::string message;
    std::string source;
  };
  const std::vector<Row> rows{
      {"cuDNN error: CUDNN_STATUS_ALLOC_FAILED", "cudnn"},
      {"cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED", "cudnn"},
      {"cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED", "host"},
      {"CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`", "cublas"},
      {"CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`", "cublas"},
      {"CUDA error: out of memory\nCUDA kernel errors might be reported later", "cuda"},
      {"CUDA driver error: out of memory", "cuda"},
      {"[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
       "you "
       "tried to allocate 17179869184 bytes. Error code 12 (Cannot allocate memory)",
       "host"},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    for (const bool refused : {false, true}) {
      const auto found = classify_out_of_memory(torch_error<c10::Error>(row.message), refused);
      REQUIRE(found);
      CHECK(found->source == row.source);
      CHECK(found->message == row.message);
    }
  }
}

TEST_CASE("a TorchScript program ran out of memory when the allocator refused or its cause says so",
          "[device]") {
  const std::string lead =
      "The following operation failed in the TorchScript interpreter.\nTraceback of TorchScript "
      "(most recent call last):\n  y = torch.conv2d(x, w)\nRuntimeError: ";
  const auto classified = [&](const std::string& cause, bool refused) {
    return classify_out_of_memory(torch_error<c10::Error>(lead + cause), refused);
  };
  const std::string shape = "The size of tensor a (3) must match the size of tensor b (4)";
  CHECK_FALSE(classified(shape, false));
  REQUIRE(classified("memory limit reached. Tried to allocate 12 bytes", true));
  CHECK(classified("memory limit reached. Tried to allocate 12 bytes", true)->source ==
        "allocator");
  CHECK(classified("memory limit reached. Tried to allocate 12 bytes", true)->requested_bytes ==
        12);
  REQUIRE(classified("CUDA driver error: out of memory", false));
  CHECK(classified("CUDA driver error: out of memory", false)->source == "cuda");
  CHECK_FALSE(classify_out_of_memory(torch_error<c10::Error>("x\nRuntimeError: CUDA driver error: "
                                                             "out of memory"),
                                     false));
}

TEST_CASE("LibTorch's out-of-memory type is enough whatever it says", "[device]") {
  for (const char* message : {"CUDA out of memory. Tried to allocate 2.00 GiB.", "", "anything"}) {
    const auto found = classify_out_of_memory(torch_error<c10::OutOfMemoryError>(message), false);
    REQUIRE(found);
    CHECK(found->source == "allocator");
  }
  const auto workspace = classify_out_of_memory(
      torch_error<c10::OutOfMemoryError>("Not enough memory for workspace!"), false);
  REQUIRE(workspace);
  CHECK(workspace->source == "cudnn");
}

TEST_CASE("cuDNN without an engine is out of memory only when the allocator refused", "[device]") {
  for (const char* message : {kFind, kGet}) {
    CHECK_FALSE(classify_out_of_memory(torch_error<c10::Error>(message), false));
    const auto found = classify_out_of_memory(torch_error<c10::Error>(message), true);
    REQUIRE(found);
    CHECK(found->source == "cudnn");
  }
}

TEST_CASE("A CUDA runtime error is judged by its code", "[device]") {
  const auto found = classify_out_of_memory(cuda_error(2, "CUDA error: out of memory"), false);
  REQUIRE(found);
  CHECK(found->source == "cuda");
  CHECK_FALSE(classify_out_of_memory(
      cuda_error(700, "CUDA error: an illegal memory access was encountered"), true));
  CHECK_FALSE(
      classify_out_of_memory(cuda_error(710, "CUDA error: device-side assert triggered"), true));
  CHECK_FALSE(classify_out_of_memory(cuda_error(719, "CUDA error: out of memory"), true));
}

TEST_CASE("Look-alikes stay errors", "[device]") {
  for (const char* message : {
           "CUDA error: an illegal memory access was encountered",
           "CUDA error: device-side assert triggered",
           "CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm(...)`",
           "CUDA error: CUBLAS_STATUS_NOT_SUPPORTED when calling `CUBLAS_STATUS_ALLOC_FAILED`",
           "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasSgemm(...)`",
           "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED",
           "cuDNN error: CUDNN_STATUS_BAD_PARAM, see DEVICE_ALLOCATION_FAILED",
           "cannot open /data/CUDA out of memory/0001.png",
           "expected 3 channels in 'out of memory.png'",
           "Unable to find an engine to execute this computation Quantized Linear Cudnn",
           "the file says: DefaultCPUAllocator: can't allocate memory",
           "no engine: FIND was unable to find an engine to execute this computation",
           "out of memory",
           "",
       }) {
    INFO(message);
    CHECK_FALSE(classify_out_of_memory(torch_error<c10::Error>(message), true));
    CHECK_FALSE(classify_out_of_memory(std::runtime_error(message), true));
    CHECK_FALSE(classify_out_of_memory(DataError(message), true));
  }
  CHECK_FALSE(classify_out_of_memory(
      torch_error<c10::IndexError>("index 4 is out of bounds: CUDA out of memory"), true));
}

TEST_CASE("The host's bad_alloc is out of memory and a bad array length is a bug", "[device]") {
  const auto found = classify_out_of_memory(std::bad_alloc(), false);
  REQUIRE(found);
  CHECK(found->source == "host");
  CHECK(found->requested_bytes == 0);
  CHECK_FALSE(classify_out_of_memory(std::bad_array_new_length(), false));
  CHECK_FALSE(classify_out_of_memory(std::length_error("vector::reserve"), false));
}

TEST_CASE("The requested size is read from the message where it has one", "[device]") {
  struct Row {
    std::string message;
    std::int64_t bytes;
  };
  const std::vector<Row> rows{
      {"CPU out of memory. Tried to allocate 3145729 bytes (3.0 MiB): above the memory limit.",
       3145729},
      {"CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has a total capacity of ...",
       2684354560},
      {"CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0", 20971520},
      {"CUDA out of memory. Tried to allocate 512 bytes. GPU 0", 512},
      {"CUDA out of memory. Tried to allocate more than 1EB memory.", 0},
      {"Not enough memory for workspace!", 0},
  };
  for (const Row& row : rows) {
    INFO(row.message);
    const auto found =
        classify_out_of_memory(torch_error<c10::OutOfMemoryError>(row.message), false);
    REQUIRE(found);
    CHECK(found->requested_bytes == row.bytes);
  }
}

}  // namespace
}  // namespace sr

#include "device/memory.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "device/cuda_backend.h"
#include "support/catch.h"

namespace sr {
namespace {

std::string refusal_of(const std::string& request) {
  try {
    open_device(request);
  } catch (const ConfigError& error) {
    CHECK(error.exit_code() == ExitCode::kConfig);
    return error.what();
  }
  return "";
}

TEST_CASE("The CPU is always there", "[device]") {
  CHECK(open_device("cpu").device == c10::Device(c10::kCPU));
  CHECK(open_device_memory(c10::kCPU, std::nullopt) != nullptr);
}

TEST_CASE("A device nobody knows is refused with the known ones", "[device]") {
  for (const char* request :
       {"gpu", "CUDA", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", "cuda: 1", ""}) {
    INFO(request);
    const std::string message = refusal_of(request);
    CHECK_THAT(message, Catch::Contains(fmt::format("'{}'", request)));
    CHECK_THAT(message, Catch::Contains("auto, cpu, cuda, cuda:N"));
  }
}

TEST_CASE("A missing CUDA device is refused with what was asked for and what is there",
          "[device]") {
  const std::string message = refusal_of("cuda:120");
  CHECK_THAT(message, Catch::Contains("'cuda:120' was asked for"));
  CHECK_THAT(message, Catch::Contains("there is cpu: "));
}

TEST_CASE("Without a GPU cuda says why and auto takes the CPU", "[device]") {
  if (nvidia_driver_present()) {
    SR_SKIP("this machine has an NVIDIA driver");
  }
  CHECK_THAT(refusal_of("cuda"), Catch::Contains("there is no CUDA device"));
  CHECK_THAT(refusal_of("cuda"), Catch::Contains("no NVIDIA driver"));
  const DeviceChoice choice = open_device("auto");
  CHECK(choice.device == c10::Device(c10::kCPU));
  CHECK(choice.note.empty());
}

TEST_CASE("A memory gauge for a device that is not there is refused", "[device]") {
  CHECK_THROWS_AS(open_device_memory(c10::Device(c10::kCUDA, 120), std::nullopt), ConfigError);
}

TEST_CASE("The CPU's name tells the threads", "[device]") {
  at::set_num_threads(1);
  CHECK_THAT(device_name(c10::kCPU), Catch::EndsWith(" (1 thread)"));
  at::set_num_threads(2);
  CHECK_THAT(device_name(c10::kCPU), Catch::EndsWith(" (2 threads)"));
  CHECK(device_name(c10::kCPU).size() > std::string(" (2 threads)").size());
}

}  // namespace
}  // namespace sr

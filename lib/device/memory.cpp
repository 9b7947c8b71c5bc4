#include "device/memory.h"

#include <charconv>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/proc_text.h"
#include "device/cpu_memory.h"
#include "device/cuda_backend.h"
#include "device/cuda_memory.h"

namespace sr {
namespace {

std::string cpu_name() {
  const std::string text = read_small_file("/proc/cpuinfo");
  const auto line =
      line_after(text, "model name");  // "model name\t: AMD EPYC"; not on every processor
  const std::size_t at = line ? line->find_first_not_of("\t :") : std::string_view::npos;
  const int threads = at::get_num_threads();
  return fmt::format("{} ({} thread{})", at == std::string_view::npos ? "CPU" : line->substr(at),
                     threads, threads == 1 ? "" : "s");
}

/// "cpu (AMD EPYC, 2 threads), cuda:0 (NVIDIA H100)": what an error message offers instead.
std::string devices_here(const CudaBackend& cuda) {
  std::string list = "cpu: " + cpu_name();
  for (int device = 0; device < cuda.devices; ++device) {
    list += fmt::format(", cuda:{}: {}", device, cuda.api->device_name(device));
  }
  return list;
}

/// The ordinal of "cuda" (0) or "cuda:N"; ConfigError for any other text.
int parse_ordinal(const std::string& request) {
  const std::string_view prefix = "cuda:";
  int ordinal = 0;
  if (request == "cuda") {
    return ordinal;
  }
  const char* const end = request.data() + request.size();
  const char* const begin = request.data() + std::min(prefix.size(), request.size());
  const auto [stop, error] = std::from_chars(begin, end, ordinal);
  if (!request.starts_with(prefix) || error != std::errc{} || stop != end || ordinal < 0) {
    throw ConfigError(
        fmt::format("device: '{}' is none of auto, cpu, cuda, cuda:N (N = 0, 1, ...)", request));
  }
  return ordinal;
}

DeviceChoice choose_cuda(const std::string& request) {
  const int ordinal = parse_ordinal(request);
  const CudaBackend cuda = open_cuda_backend();
  if (ordinal < cuda.devices) {
    return {c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(ordinal)), ""};
  }
  std::string message = fmt::format("device: '{}' was asked for, but ", request);
  if (cuda.devices > 0) {
    message += fmt::format("the last CUDA device is cuda:{}", cuda.devices - 1);
  } else {
    message += "there is no CUDA device";
    if (!nvidia_driver_present()) {
      message += "\n  no NVIDIA driver on this machine (no /proc/driver/nvidia, no libcuda.so.1)";
    }
    message += "\n  " + cuda.problem;
  }
  throw ConfigError(fmt::format("{}\n  there is {}", message, devices_here(cuda)));
}

}  // namespace

DeviceChoice open_device(const std::string& request) {
  const c10::Device cpu(c10::kCPU);
  if (request == "cpu") {
    return {cpu, ""};
  }
  if (request != "auto") {
    return choose_cuda(request);
  }
  if (!nvidia_driver_present()) {
    return {cpu, ""};
  }
  const CudaBackend cuda = open_cuda_backend();
  if (cuda.devices > 0) {
    return {c10::Device(c10::kCUDA, 0), ""};
  }
  return {cpu, "this machine has an NVIDIA driver, but the CPU is used: " + cuda.problem};
}

std::string device_name(c10::Device device) {
  if (device.is_cpu()) {
    return cpu_name();
  }
  const CudaBackend cuda = open_cuda_backend();
  if (device.index() >= cuda.devices) {
    throw ConfigError(fmt::format("there is no device {}: {}", device.str(), cuda.problem));
  }
  return cuda.api->device_name(device.index());
}

std::unique_ptr<DeviceMemory> open_device_memory(c10::Device device,
                                                 std::optional<std::int64_t> limit) {
  if (device.is_cpu()) {
    install_cpu_allocator();
    return make_cpu_memory(limit);
  }
  const CudaBackend cuda = open_cuda_backend();
  if (!device.is_cuda() || device.index() >= cuda.devices) {
    throw ConfigError(fmt::format("there is no device {}: {}", device.str(), cuda.problem));
  }
  return make_cuda_memory(*cuda.api, device.index(), limit);
}

}  // namespace sr

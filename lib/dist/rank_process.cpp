#include "dist/rank_process.h"

#include <algorithm>
#include <cstdlib>

#include <ATen/Parallel.h>
#include <c10/util/Logging.h>
#include <fmt/format.h>

#include "core/error.h"
#include "core/host.h"
#include "device/cuda_backend.h"

namespace sr {

std::string device_of_rank(const std::string& request, const Place& place) {
  if (place.alone() || request == "cpu") {
    return request;
  }
  if (request.starts_with("cuda:") && place.local_world > 1) {
    throw ConfigError(fmt::format(
        "--device {}: this host has {} ranks; each takes a GPU of its own with --device cuda",
        request, place.local_world));
  }
  const int devices = nvidia_driver_present() ? open_cuda_backend().devices : 0;
  // Slurm may show each rank only its own, which then is number 0.
  if (devices <= 1 || request.starts_with("cuda:")) {
    return request;
  }
  if (place.local_rank >= devices) {
    throw ConfigError(fmt::format("this host has {} ranks and {} GPUs; each rank needs one",
                                  place.local_world, devices));
  }
  return fmt::format("cuda:{}", place.local_rank);
}

void print_errors_of_network_alone() {
  constexpr int kKeepOthers = 0;
  ::setenv("TORCH_CPP_LOG_LEVEL", "ERROR", kKeepOthers);
  c10::initLogging();  // reads it
}

void use_processors_of_rank(const Place& place) {
  take_short_turns();
  at::set_num_threads(
      std::max(1, std::min(at::get_num_threads(), usable_cpus() / place.local_world)));
}

}  // namespace sr

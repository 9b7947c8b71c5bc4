#include "dist/nccl_group.h"

#include <fmt/format.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/error.h"
#include "device/cuda_backend.h"

namespace sr {

c10::intrusive_ptr<c10d::Backend> open_nccl_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const Place& place,
                                                  std::chrono::milliseconds timeout,
                                                  c10::Device device) {
  const CudaBackend cuda = open_cuda_backend();
  std::string why = cuda.problem;
  if (cuda.api != nullptr) {
    // Votes find most that goes wrong in half that time, and say what it was.
    const CudaApi::Member member{place.rank, place.world, device.index(), 2 * timeout.count()};
    if (auto group = cuda.api->open_nccl_group(store, member, why)) {
      return group;
    }
  }
  throw ConfigError(fmt::format("training on several GPUs is not possible here: {}", why));
}

}  // namespace sr

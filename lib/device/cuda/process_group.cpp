#include "device/cuda/process_group.h"

#ifdef SR_HAS_NCCL
#define USE_C10D_NCCL 1  // LibTorch's header is empty without
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#else
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>
#endif

namespace sr {

#ifdef SR_HAS_NCCL

c10::intrusive_ptr<c10d::Backend> open_nccl_group(const c10::intrusive_ptr<c10d::Store>& store,
                                                  const CudaApi::Member& member,
                                                  std::string& /*why*/) {
  const at::Device device(at::kCUDA, static_cast<c10::DeviceIndex>(member.device));
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = std::chrono::milliseconds(member.timeout_ms);
  auto group =
      c10::make_intrusive<c10d::ProcessGroupNCCL>(store, member.rank, member.world, options);
  group->setBoundDeviceId(device);
  // Now rather than at the first sum, so that its memory is taken before anything is measured.
  group->eagerConnectSingleDevice(device);
  return group;
}

#else

c10::intrusive_ptr<c10d::Backend> open_nccl_group(const c10::intrusive_ptr<c10d::Store>& /*store*/,
                                                  const CudaApi::Member& /*member*/,
                                                  std::string& why) {
  why =
      "libsr_cuda.so was built where nccl.h, cublas_v2.h, cusparse.h and cusolverDn.h were not "
      "found";
  return {};
}

#endif

}  // namespace sr

#include "device/cuda_backend.h"

#include "support/catch.h"

namespace sr {
namespace {

TEST_CASE("The CUDA library of this build loads without a driver and counts devices", "[device]") {
#ifndef SR_HAS_CUDA
  SR_SKIP("this build has no libsr_cuda.so");
#else
  std::string why;
  const CudaApi* api = open_cuda_api(why);
  INFO(why);
  REQUIRE(api != nullptr);
  const int devices = api->device_count(&why);
  CHECK(devices >= 0);
  CHECK((devices > 0) == why.empty());
#endif
}

TEST_CASE("A back end without a device says why", "[device]") {
  const CudaBackend cuda = open_cuda_backend();
  CHECK((cuda.devices > 0) == cuda.problem.empty());
}

}  // namespace
}  // namespace sr

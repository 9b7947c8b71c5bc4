#include "perception/example_topiq.h"
#include "perception/topiq.h"
#include "support/catch.h"
#include "support/numerics.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

namespace {

using namespace sr;

}  // namespace

TEST_CASE("TOPIQ on the device is the CPU's", "[perception][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const TopiqKind kind = GENERATE(TopiqKind::kFullReference, TopiqKind::kNoReference);
  const test::Numerics numerics(test::Kernels::kFastest);
  const cv::Mat gt = test::pattern(230, 131);
  Topiq there(kind, test::example_topiq(kind), device.str());
  Topiq here(kind, test::example_topiq(kind));
  CHECK(there(test::disturbed(gt), gt) == Approx(here(test::disturbed(gt), gt)).epsilon(1e-3));
  CHECK(there.device() == device);
}

#include "device/numerics.h"

#include <torch/torch.h>

#include "support/catch.h"

namespace sr {
namespace {

/// The largest difference to a convolution with whole factors, as a share of its largest value.
double rounding(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& whole) {
  return ((at::conv2d(input, weight) - whole).abs().max() / whole.abs().max()).item<double>();
}

bool allowed() {
  const auto& context = at::globalContext();
  return context.float32Precision(at::Float32Backend::MKLDNN, at::Float32Op::CONV) ==
             at::Float32Precision::BF16 &&
         context.float32Precision(at::Float32Backend::MKLDNN, at::Float32Op::MATMUL) ==
             at::Float32Precision::BF16;
}

TEST_CASE("fast_matmul rounds the factors of convolutions, but not where scores are measured",
          "[device]") {
  torch::manual_seed(5);
  const at::Tensor input = torch::randn({2, 32, 24, 24}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = torch::randn({32, 32, 3, 3});
  const Numerics whole({.deterministic = false, .fast_matmul = false});
  const at::Tensor output = at::conv2d(input, weight);
  CHECK(rounding(input, weight, output) == 0);

  const Numerics fast({.deterministic = false, .fast_matmul = true});
  CHECK(allowed());
  const double rounded = rounding(input, weight, output);  // 0 where there is no AMX
  CHECK(rounded < 0.02);
  {
    const WholeFactors factors;
    CHECK_FALSE(allowed());
    CHECK(rounding(input, weight, output) == 0);
  }
  CHECK(allowed());
  CHECK(rounding(input, weight, output) == rounded);
  const Numerics again({.deterministic = false, .fast_matmul = false});
  CHECK_FALSE(allowed());
  CHECK(rounding(input, weight, output) == 0);
}

}  // namespace
}  // namespace sr

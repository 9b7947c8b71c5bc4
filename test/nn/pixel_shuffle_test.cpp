#include "nn/pixel_shuffle.h"

#include <torch/torch.h>

#include "support/catch.h"

namespace {
const at::MemoryFormat kFormats[] = {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast};
}

TEST_CASE("Shuffle and addition in one pass equal LibTorch's operators", "[nn]") {
  const int scale = GENERATE(1, 2, 3, 4, 8);
  const at::MemoryFormat format = kFormats[GENERATE(0U, 1U)];
  const at::ScalarType type = GENERATE(at::kFloat, at::kBFloat16);
  CAPTURE(scale, static_cast<int>(format));
  at::manual_seed(1);
  const at::Tensor features =
      torch::randn({2, 3 * scale * scale, 5, 7}, type).contiguous(format).requires_grad_(true);
  // A middle frame: a view whose strides are not those of a dense tensor.
  const at::Tensor base = torch::rand({2, 9, 5, 7}).contiguous(format).narrow(1, 3, 3);
  const at::Tensor ours = sr::pixel_shuffle_add(features, base, scale);
  const at::Tensor theirs =
      at::pixel_shuffle(features, scale) + at::upsample_nearest2d(base, {5 * scale, 7 * scale});
  REQUIRE(ours.scalar_type() == at::kFloat);
  REQUIRE(torch::equal(ours, theirs));

  const at::Tensor seed = torch::randn(theirs.sizes());
  const at::Tensor a = torch::autograd::grad({ours}, {features}, {seed})[0];
  const at::Tensor b = torch::autograd::grad({theirs}, {features}, {seed})[0];
  REQUIRE(torch::equal(a, b));
  REQUIRE(a.scalar_type() == type);
}

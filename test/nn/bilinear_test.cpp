#include "nn/bilinear.h"

#include <torch/torch.h>

#include "support/catch.h"

TEST_CASE("a bilinear resize by products has the values and gradients of LibTorch's", "[nn]") {
  torch::manual_seed(1);
  for (const auto& [height, width] : {std::pair{8, 12}, std::pair{9, 5}, std::pair{3, 24}}) {
    CAPTURE(height, width);
    const at::Tensor x = torch::rand({2, 3, 4, 6}).requires_grad_(true);
    const at::Tensor y = x.detach().clone().requires_grad_(true);
    const at::Tensor ours = sr::bilinear_by_products(x, height, width);
    const at::Tensor theirs = at::upsample_bilinear2d(y, {height, width}, false);
    CHECK(at::allclose(ours, theirs, 0, 1e-6));
    const at::Tensor weight = torch::rand({2, 3, height, width});
    (ours * weight).sum().backward();
    (theirs * weight).sum().backward();
    CHECK(at::allclose(x.grad(), y.grad(), 0, 1e-5));
  }
}

TEST_CASE("on the CPU the resize is LibTorch's own", "[nn]") {
  const at::Tensor x = torch::rand({1, 2, 4, 4});
  CHECK(at::equal(sr::resize_bilinear(x, 8, 8), at::upsample_bilinear2d(x, {8, 8}, false)));
}

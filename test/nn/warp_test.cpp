#include "nn/warp.h"

#include <torch/torch.h>

#include "support/catch.h"

using sr::warped;

TEST_CASE("A flow of whole pixels moves an image, whose edge is repeated", "[nn]") {
  const at::Tensor image = torch::rand({1, 2, 5, 6});
  at::Tensor flow = torch::zeros({1, 2, 5, 6});
  CHECK(torch::equal(warped(image, flow), image));
  flow.select(1, 0).fill_(2);
  flow.select(1, 1).fill_(-1);
  const at::Tensor moved = warped(image, flow);
  CHECK(torch::allclose(moved.slice(2, 1).slice(3, 0, 4), image.slice(2, 0, 4).slice(3, 2)));
  CHECK(torch::allclose(moved[0].select(1, 0), moved[0].select(1, 1)));
  CHECK(torch::allclose(moved[0].select(2, 5), moved[0].select(2, 3)));
}

TEST_CASE("A place between pixels is their mean by distance", "[nn]") {
  const at::Tensor image = torch::tensor({1.0, 3.0, 5.0, 11.0}).view({1, 1, 2, 2});
  at::Tensor flow = torch::zeros({1, 2, 2, 2});
  flow[0][0][0][0] = 0.25;
  flow[0][1][0][0] = 0.5;
  CHECK(warped(image, flow)[0][0][0][0].item<double>() ==
        Approx(0.5 * (0.75 * 1 + 0.25 * 3) + 0.5 * (0.75 * 5 + 0.25 * 11)));
}

TEST_CASE("Without gradients an image is moved to the same places", "[nn]") {
  const auto real = torch::kFloat64;
  const at::Tensor images = torch::rand({2, 3, 7, 9}, real);
  const at::Tensor flow = 6 * torch::rand({2, 2, 7, 9}, real) - 3;
  const at::Tensor composed = warped(images, flow);
  const at::NoGradGuard no_grad;
  CHECK(torch::allclose(warped(images, flow), composed, 1e-10, 1e-10));
}

TEST_CASE("The slope of a moved image is that of its pixels", "[nn]") {
  const auto options = at::TensorOptions().dtype(torch::kFloat64).requires_grad(true);
  const at::Tensor images = torch::rand({1, 2, 4, 5}, torch::kFloat64);
  const at::Tensor flow = torch::zeros({1, 2, 4, 5}, options);
  warped(images, flow).sum().backward();
  // On a pixel, to the right and below; none at the edge, where both neighbours are the same.
  const at::Tensor slope = flow.grad()[0];
  CHECK(torch::allclose(slope[0].slice(1, 0, 4),
                        (images.slice(3, 1) - images.slice(3, 0, 4)).sum(1)[0]));
  CHECK(slope[0].select(1, 4).abs().max().item<double>() == 0);
  CHECK(torch::allclose(slope[1].slice(0, 0, 3),
                        (images.slice(2, 1) - images.slice(2, 0, 3)).sum(1)[0]));
}

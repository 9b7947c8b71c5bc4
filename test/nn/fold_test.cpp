#include "nn/fold.h"

#include <torch/torch.h>

#include "support/catch.h"

TEST_CASE("A convolution of unshuffled images is one strided convolution", "[nn]") {
  const int fold = GENERATE(2, 4);
  const int kernel = GENERATE(3, 5);
  at::manual_seed(3);
  const auto options = at::TensorOptions().dtype(torch::kFloat64).requires_grad(true);
  const at::Tensor images = torch::rand({2, 3, 3 * fold, 5 * fold}, options);
  const sr::Layer layer{torch::randn({6, 3 * fold * fold, kernel, kernel}, options),
                        torch::randn({6}, options)};
  const std::vector<at::Tensor> leaves{images, layer.weight, layer.bias};
  const at::Tensor composed =
      at::conv2d(at::pixel_unshuffle(images, fold), layer.weight, layer.bias, 1, kernel / 2);
  const at::Tensor found = sr::unshuffled_conv(images, layer, fold);
  const auto largest = [](const at::Tensor& a, const at::Tensor& b) {
    return ((a - b).abs().max() / b.abs().max()).item<double>();
  };
  REQUIRE(largest(found, composed) < 1e-14);
  const at::Tensor direction = torch::randn_like(composed);
  const auto wanted = torch::autograd::grad({composed}, leaves, {direction});
  const auto gradients = torch::autograd::grad({found}, leaves, {direction});
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    REQUIRE(largest(gradients[i], wanted[i]) < 1e-14);
  }
}

TEST_CASE("Sides grow to a multiple by reflection, or by their edge where they are too short",
          "[nn]") {
  const at::Tensor image = torch::arange(15, torch::kFloat32).view({1, 1, 3, 5});
  REQUIRE(sr::pad_to_multiple(image, 1).is_same(image));
  const at::Tensor padded = sr::pad_to_multiple(image, 4);
  REQUIRE(padded.sizes() == at::IntArrayRef({1, 1, 4, 8}));
  REQUIRE(torch::equal(padded, at::reflection_pad2d(image, {0, 3, 0, 1})));
  const at::Tensor narrow = sr::pad_to_multiple(image.narrow(2, 0, 1), 4);
  REQUIRE(torch::equal(narrow[0][0][3], narrow[0][0][0]));
}

TEST_CASE("An axis grows by reflection again and again where it is short", "[nn]") {
  const at::Tensor three = torch::tensor({1, 2, 3}).view({1, 3});
  CHECK(sr::reflected_to_multiple(three, 1, 3).is_same(three));
  CHECK(torch::equal(sr::reflected_to_multiple(three, 1, 4), torch::tensor({{1, 2, 3, 2}})));
  CHECK(torch::equal(sr::reflected_to_multiple(three, 1, 10),
                     torch::tensor({{1, 2, 3, 2, 1, 2, 3, 2, 1, 2}})));
  CHECK(
      torch::equal(sr::reflected_to_multiple(three, 0, 2), torch::tensor({{1, 2, 3}, {1, 2, 3}})));
}

TEST_CASE("Sides grow around an image, by the odd pixel on the left and at the top", "[nn]") {
  const at::Tensor image = torch::arange(15, torch::kFloat32).view({1, 1, 3, 5});
  REQUIRE(sr::pad_around_to_multiple(image, 1).images.is_same(image));
  const sr::SurroundedImages padded = sr::pad_around_to_multiple(image, 8);
  REQUIRE(padded.left == 2);
  REQUIRE(padded.top == 3);
  REQUIRE(torch::equal(padded.images, at::replication_pad2d(image, {2, 1, 3, 2})));
  const sr::SurroundedImages reflected = sr::pad_around_to_multiple(image, 4);
  REQUIRE(torch::equal(reflected.images, at::reflection_pad2d(image, {2, 1, 1, 0})));
}

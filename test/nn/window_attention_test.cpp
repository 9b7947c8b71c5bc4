#include "nn/window_attention.h"

#include <torch/torch.h>

#include "support/catch.h"

using sr::Window;

TEST_CASE("Windows hold their pixels row by row and become the image again", "[nn]") {
  const Window window{2, 3};
  const at::Tensor pixels = torch::arange(2 * 4 * 6 * 5).view({2, 4, 6, 5});
  const at::Tensor windows = sr::to_windows(pixels, window);
  REQUIRE(windows.sizes() == at::IntArrayRef({8, 6, 5}));
  CHECK(torch::equal(windows[0][4], pixels[0][1][1]));
  CHECK(torch::equal(windows[1][0], pixels[0][0][3]));
  CHECK(torch::equal(windows[6][5], pixels[1][3][2]));
  CHECK(torch::equal(sr::from_windows(windows, window, pixels.sizes()), pixels));
}

TEST_CASE("A pair of pixels has the row of its distance in the table", "[nn]") {
  const Window window{2, 3};
  const at::Tensor positions = sr::relative_positions(window);
  REQUIRE(positions.sizes() == at::IntArrayRef({6, 6}));
  CHECK(positions.min().item<std::int64_t>() == 0);
  CHECK(positions.max().item<std::int64_t>() == 3 * 5 - 1);
  const auto row = [&](std::int64_t a, std::int64_t b) {
    return positions[a][b].item<std::int64_t>();
  };
  CHECK(row(0, 0) == 7);  // no distance
  CHECK(row(4, 4) == 7);
  CHECK(row(4, 0) == 7 + 5 + 1);  // one down, one right
  CHECK(row(0, 5) == 7 - 5 - 2);
}

TEST_CASE("A shifted window sees only pixels that were neighbours before the shift", "[nn]") {
  const std::int64_t side = 8;
  const Window window{4, 4};
  const at::Tensor mask = sr::shift_mask(side, side, window, at::kCPU);
  REQUIRE(mask.sizes() == at::IntArrayRef({4, 16, 16}));
  const at::Tensor places = torch::arange(side * side).view({1, side, side, 1});
  const at::Tensor windows = sr::to_windows(at::roll(places, {-2, -2}, {1, 2}), window);
  for (std::int64_t w = 0; w < 4; ++w) {
    for (std::int64_t a = 0; a < 16; ++a) {
      for (std::int64_t b = 0; b < 16; ++b) {
        const auto first = windows[w][a][0].item<std::int64_t>();
        const auto second = windows[w][b][0].item<std::int64_t>();
        const bool near = std::abs(first / side - second / side) < 4 &&
                          std::abs(first % side - second % side) < 4;
        REQUIRE(mask[w][a][b].item<float>() == (near ? 0.0F : -100.0F));
      }
    }
  }
}

TEST_CASE("Attention is the softmax of scores, bias and mask", "[nn]") {
  const at::Tensor queries = torch::randn({4, 2, 6, 3});
  const at::Tensor keys = torch::randn({4, 2, 5, 3});
  const at::Tensor values = torch::randn({4, 2, 5, 3});
  const at::Tensor bias = torch::randn({2, 6, 5});
  const at::Tensor mask = torch::zeros({2, 6, 5});
  mask[1].narrow(1, 0, 4).fill_(-100);
  const at::Tensor found = sr::attend(queries, keys, values, bias, mask);
  const at::Tensor plain = sr::attend(queries, keys, values, bias, {});
  const at::Tensor scores = at::einsum("bhnd,bhmd->bhnm", {queries, keys}) + bias;
  const at::Tensor wanted = at::einsum("bhnm,bhmd->bhnd", {scores.softmax(-1), values});
  CHECK(torch::allclose(plain, wanted, 1e-5, 1e-6));
  CHECK(torch::allclose(found[2], wanted[2], 1e-5, 1e-6));
  // Window 1 of each image sees its last pixel alone.
  CHECK(torch::allclose(found[3], values[3].narrow(1, 4, 1).expand({2, 6, 3}), 1e-5, 1e-6));
}

TEST_CASE("Attention of features is the softmax of the cosines of their rows", "[nn]") {
  const at::Tensor queries = torch::randn({2, 3, 4, 7});
  const at::Tensor keys = torch::randn({2, 3, 4, 7});
  const at::Tensor values = torch::randn({2, 3, 4, 7});
  const at::Tensor temperature = torch::tensor({1.0F, 2.0F, 0.5F}).view({3, 1, 1});
  const at::Tensor found = sr::attend_features(queries, keys, values, temperature);
  const at::Tensor cosines =
      at::cosine_similarity(queries.unsqueeze(3), keys.unsqueeze(2), /*dim=*/-1);
  const at::Tensor wanted = at::matmul((cosines * temperature).softmax(-1), values);
  CHECK(torch::allclose(found, wanted, 1e-5, 1e-6));
}

TEST_CASE("Keys of permuted windows stand for two by two pixels", "[nn]") {
  const at::Tensor positions = sr::permuted_positions(4);
  const at::Tensor of_half = sr::relative_positions({2, 2});
  for (std::int64_t row = 0; row < 4; ++row) {
    for (std::int64_t column = 0; column < 4; ++column) {
      CHECK(torch::equal(positions[row * 4 + column], of_half[row / 2 * 2 + column / 2]));
    }
  }
  // A pixel sees a key where the four pixels of the key see it.
  const at::Tensor mask = sr::permuted_shift_mask(8, 12, 4, at::kCPU);
  const at::Tensor whole = sr::shift_mask(8, 12, {4, 4}, at::kCPU);
  REQUIRE(mask.sizes() == at::IntArrayRef({6, 16, 4}));
  for (std::int64_t key = 0; key < 4; ++key) {
    const std::int64_t corner = key / 2 * 8 + key % 2 * 2;
    CHECK(torch::equal(mask.select(2, key), whole.select(2, corner)));
  }
}

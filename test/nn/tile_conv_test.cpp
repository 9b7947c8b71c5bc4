#include "nn/tile_conv.h"

#include <cstdlib>
#include <limits>
#include <string>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "emulated_tiles.h"
#include "nn/amx_kernels.h"
#include "nn/prelu.h"
#include "support/catch.h"

namespace {

using sr::tiles::Kernels;

constexpr Kernels kEmulated = sr::tiles::KernelsOf<EmulatedTiles>::table();

/// The emulation, and the processor's tiles where it has them.
std::vector<const Kernels*> machines() {
  std::vector<const Kernels*> all{&kEmulated};
  if (sr::tiles::amx_kernels() != nullptr) {
    all.push_back(sr::tiles::amx_kernels());
  }
  return all;
}

struct Size {
  std::int64_t images, in, out, height, width;
};

const Size kSizes[] = {
    {1, 1, 1, 1, 1},    {3, 1, 3, 2, 15},   {1, 3, 12, 5, 16},  {3, 12, 1, 1, 17},
    {1, 24, 24, 5, 31}, {1, 24, 12, 2, 33}, {1, 33, 48, 5, 17}, {1, 48, 33, 2, 64},
    {3, 64, 3, 5, 15},  {1, 3, 64, 1, 64},  {1, 64, 64, 5, 33}, {1, 12, 24, 37, 16},
    {1, 3, 3, 40, 1},   {1, 1, 2, 3, 530},  {2, 5, 7, 19, 48},
};

struct Layer {
  at::Tensor features, gradient, slope, weight, bias;
};

at::Tensor bf16(const at::Tensor& values) {
  return values.to(at::kBFloat16).contiguous(at::MemoryFormat::ChannelsLast);
}

Layer random_layer(const Size& s) {
  at::manual_seed(11);
  return {bf16(torch::randn({s.images, s.in, s.height, s.width})),
          bf16(torch::randn({s.images, s.out, s.height, s.width})),
          torch::linspace(-0.5, 0.5, s.in), torch::randn({s.out, s.in, 3, 3}) * 0.2,
          torch::randn({s.out})};
}

/// Small whole numbers: every sum and product is exact in float32, so that any order of additions
/// gives the same bits.
Layer whole_layer(const Size& s) {
  at::manual_seed(12);
  return {bf16(torch::randint(-2, 3, {s.images, s.in, s.height, s.width}).to(at::kFloat)),
          bf16(torch::randint(-2, 3, {s.images, s.out, s.height, s.width}).to(at::kFloat)),
          torch::randint(-2, 3, {s.in}).to(at::kFloat),
          torch::randint(-2, 3, {s.out, s.in, 3, 3}).to(at::kFloat),
          torch::randint(-2, 3, {s.out}).to(at::kFloat)};
}

/// Output and the gradients of features, slope, weight and bias.
using Results = std::vector<at::Tensor>;

Results results(const Kernels& kernels, const Layer& l) {
  const at::Tensor output = sr::tile_prelu_conv(kernels, l.features, l.slope, l.weight, l.bias);
  const sr::TileGradients g =
      sr::tile_prelu_conv_backward(kernels, l.gradient, l.features, l.slope, l.weight);
  return {output, g.features, g.slope, g.weight, g.bias};
}

/// In float64, of activations and weights that are rounded to bfloat16.
Results reference(const Layer& l) {
  const auto wide = [](const at::Tensor& t) { return t.to(at::kDouble).contiguous(); };
  const at::Tensor x = wide(l.features);
  const at::Tensor slope = wide(l.slope).view({1, -1, 1, 1});
  const at::Tensor active = wide(at::where(x > 0, x, x * slope).to(at::kFloat).to(at::kBFloat16));
  const at::Tensor weight = wide(l.weight.to(at::kBFloat16));
  const at::Tensor gradient = wide(l.gradient);
  const auto [of_active, of_weight, of_bias] =
      at::convolution_backward(gradient, active, weight, at::IntArrayRef{weight.size(0)}, {1, 1},
                               {1, 1}, {1, 1}, false, {0, 0}, 1, {true, true, true});
  const at::Tensor sloped = x <= 0;
  return {at::conv2d(active, weight, wide(l.bias), 1, 1),
          at::where(sloped, of_active * slope, of_active),
          at::where(sloped, of_active * x, 0.0).sum(at::IntArrayRef{0, 2, 3}), of_weight, of_bias};
}

/// Half a unit in the last of the eight binary digits of bfloat16, and what float32 sums lose.
void require_close(const at::Tensor& ours, const at::Tensor& wanted) {
  REQUIRE(ours.sizes() == wanted.sizes());
  const double rounding = ours.scalar_type() == at::kBFloat16 ? 0x1p-8 : 0.0;
  const double largest = wanted.abs().max().item<double>();
  const at::Tensor bound = wanted.abs() * (rounding * 1.001) + largest * 1e-5;
  const at::Tensor off = (ours.to(at::kDouble) - wanted).abs() - bound;
  REQUIRE(off.max().item<double>() <= 0);
}

}  // namespace

TEST_CASE("A layer on tiles equals its float64 reference within one rounding", "[nn]") {
  for (const Kernels* const kernels : machines()) {
    for (const Size& s : kSizes) {
      CAPTURE(kernels == &kEmulated, s.images, s.in, s.out, s.height, s.width);
      const Layer layer = random_layer(s);
      const Results ours = results(*kernels, layer);
      const Results wanted = reference(layer);
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CAPTURE(i);
        require_close(ours[i], wanted[i]);
      }
    }
  }
}

TEST_CASE("Of whole numbers a layer on tiles has the reference's bits on every machine", "[nn]") {
  for (const Kernels* const kernels : machines()) {
    for (const Size& s : kSizes) {
      CAPTURE(kernels == &kEmulated, s.images, s.in, s.out, s.height, s.width);
      const Layer layer = whole_layer(s);
      const Results ours = results(*kernels, layer);
      const Results wanted = reference(layer);
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CAPTURE(i);
        REQUIRE(torch::equal(ours[i], wanted[i].to(ours[i].scalar_type())));
      }
    }
  }
}

TEST_CASE("A layer on tiles has the same bits for any number of threads", "[nn]") {
  const int before = at::get_num_threads();
  for (const Kernels* const kernels : machines()) {
    const Layer layer = random_layer({3, 24, 33, 35, 40});
    at::set_num_threads(1);
    const Results one = results(*kernels, layer);
    for (const int threads : {2, 3}) {
      at::set_num_threads(threads);
      const Results more = results(*kernels, layer);
      for (std::size_t i = 0; i < one.size(); ++i) {
        CAPTURE(threads, i);
        REQUIRE(torch::equal(one[i], more[i]));
      }
    }
    at::set_num_threads(before);
  }
}

TEST_CASE("On tiles what is not finite reaches its neighbours alone", "[nn]") {
  const float value =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  for (const Kernels* const kernels : machines()) {
    // Channels whose last product shares elements with the one before, odd ones among them.
    for (const std::int64_t channels : {11, 12, 24, 33}) {
      CAPTURE(value, kernels == &kEmulated, channels);
      Layer layer = random_layer({2, channels, 20, 7, 37});
      layer.features[0][1][3][20] = value;
      layer.gradient[1][2][6][36] = value;
      const Results ours = results(*kernels, layer);
      const at::Tensor output = ours[0].isfinite().logical_not();
      REQUIRE(output.sum().item<int>() == 9 * 20);
      REQUIRE(output[0].narrow(1, 2, 3).narrow(2, 19, 3).all().item<bool>());
      const at::Tensor features = ours[1].isfinite().logical_not();
      REQUIRE(features.sum().item<int>() == 4 * channels);
      REQUIRE(features[1].narrow(1, 5, 2).narrow(2, 35, 2).all().item<bool>());
      // Within a pair of channels the nine taps may share it.
      at::Tensor weight = ours[3].isfinite().logical_not();
      REQUIRE(weight.select(1, 1).any(1).any(1).all().item<bool>());
      REQUIRE(weight[2].any(1).any(1).all().item<bool>());
      weight = weight.clone();
      weight.select(1, 1).fill_(false);
      weight[2].fill_(false);
      REQUIRE_FALSE(weight.any().item<bool>());
      REQUIRE(ours[4].isfinite().logical_not().sum().item<int>() == 1);
    }
  }
}

TEST_CASE("prelu_conv3x3 takes tiles where there are any, unless own convolutions are off",
          "[nn]") {
  const Layer layer = random_layer({1, 24, 12, 9, 20});
  REQUIRE(sr::tile_kernels(layer.features) == sr::tiles::amx_kernels());
  REQUIRE(sr::tile_kernels(layer.features.contiguous()) == nullptr);
  REQUIRE(sr::tile_kernels(layer.features.to(at::kFloat)) == nullptr);
  ::setenv("SR_OWN_CONVOLUTIONS", "off", 1);
  REQUIRE(sr::tile_kernels(layer.features) == nullptr);
  ::unsetenv("SR_OWN_CONVOLUTIONS");
  if (sr::tiles::amx_kernels() == nullptr) {
    return;
  }
  const at::Tensor wanted = sr::tile_prelu_conv(*sr::tiles::amx_kernels(), layer.features,
                                                layer.slope, layer.weight, layer.bias);
  const at::NoGradGuard no_grad;
  REQUIRE(torch::equal(sr::prelu_conv3x3(layer.features, layer.slope, layer.weight, layer.bias),
                       wanted));
}

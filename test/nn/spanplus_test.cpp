#include "nn/spanplus.h"

#include <algorithm>

#include <torch/torch.h>

#include "golden.h"
#include "support/catch.h"

namespace {

using sr::arch::SpanPlusUpsampler;

struct Case {
  const char* key;
  int scale;
  std::vector<int> blocks;
  SpanPlusUpsampler upsampler;
};

sr::arch::SpanPlusOptions small_options(const Case& c) {
  sr::arch::SpanPlusOptions options;
  options.blocks = c.blocks;
  options.feature_channels = 4;
  options.upsampler = c.upsampler;
  return options;
}

}  // namespace

TEST_CASE("SPANPlus's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case cases[] = {{"dys2", 2, {1}, SpanPlusUpsampler::kDySample},
                        {"dys3", 3, {1}, SpanPlusUpsampler::kDySample},
                        {"ps4", 4, {1, 2}, SpanPlusUpsampler::kPixelShuffle},
                        {"conv1", 1, {1}, SpanPlusUpsampler::kConvolution}};
  const Case& c = cases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  const auto network = sr::make_network(small_options(c), c.scale, 1);
  sr::test::fill_parameters(*network, 0.3);
  network->to(at::kCPU, channels_last);
  const at::Tensor output = network->forward(sr::test::wave_images({2, 3, 5, 6}));
  REQUIRE(output.sizes() == at::IntArrayRef({2, 3, 5 * c.scale, 6 * c.scale}));
  sr::test::backward_from(output);
  const auto lines = sr::test::golden_lines("spanplus_golden.txt", c.key);
  sr::test::require_output(output, lines[0]);
  REQUIRE(network->parameters().size() == lines.size() - 1);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    CAPTURE(lines[i].name);
    REQUIRE(network->parameters()[i - 1].name == lines[i].name);
    sr::test::require_tensor(network->parameters()[i - 1].tensor.grad(), lines[i]);
  }
}

TEST_CASE("SPANPlus writes merged kernels under the names of its parts", "[nn]") {
  const auto network =
      sr::make_network(small_options({"", 2, {1}, SpanPlusUpsampler::kPixelShuffle}), 2, 0);
  const std::vector<std::string>& names = network->derived_names();
  REQUIRE(names.size() == 2 * (1 + 9 + 1));
  CHECK(names.front() == "feats.0.eval_conv.weight");
  CHECK(std::find(names.begin(), names.end(), "feats.1.block_n.0.c2_r.eval_conv.bias") !=
        names.end());
  CHECK(names.back() == "feats.1.conv_2.eval_conv.bias");
}

TEST_CASE("SPANPlus refuses what it cannot be", "[nn]") {
  sr::arch::SpanPlusOptions options;
  options.upsampler = SpanPlusUpsampler::kConvolution;
  CHECK(options.impossible(2).has_value());
  CHECK_FALSE(options.impossible(1).has_value());
  options.blocks = {};
  CHECK(options.impossible(1).has_value());
  options = {};
  options.feature_channels = 6;
  CHECK(options.impossible(2).has_value());
}

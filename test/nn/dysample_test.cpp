#include "nn/dysample.h"

#include <torch/torch.h>

#include "golden.h"
#include "support/catch.h"

namespace {

at::Generator generator_of(std::uint64_t seed) {
  return at::make_generator<at::CPUGeneratorImpl>(seed);
}

struct Case {
  const char* key;
  std::int64_t channels;
  int scale, groups;
  bool has_end;
};
const Case kCases[] = {{"x1", 3, 1, 3, false},
                       {"x2", 12, 2, 4, true},
                       {"x2_plain", 8, 2, 4, false},
                       {"x3", 27, 3, 3, true},
                       {"x4", 16, 4, 4, true}};

}  // namespace

TEST_CASE("DySample's output and gradients equal spandrel's at every scale", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  CAPTURE(c.key, channels_last);
  at::Generator generator = generator_of(1);
  sr::DySampler sampler({c.channels, c.has_end ? 3 : 0, c.scale, c.groups}, generator);
  sr::test::fill_parameters(sampler, 0.3);
  sampler.to(at::kCPU, channels_last);
  const at::Tensor features =
      sr::test::wave_images({2, c.channels, 5, 7})
          .contiguous(channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous)
          .set_requires_grad(true);
  const at::Tensor output = sampler(features);
  REQUIRE(output.sizes() ==
          at::IntArrayRef({2, c.has_end ? 3 : c.channels, 5 * c.scale, 7 * c.scale}));
  sr::test::backward_from(output);

  const auto golden = sr::test::golden_lines("dysample_golden.txt", c.key);
  REQUIRE(golden.size() == sampler.parameters().size() + 2);
  sr::test::require_output(output, golden.front());
  sr::test::require_gradients(sampler, {golden.begin() + 1, golden.end() - 1});
  sr::test::require_tensor(features.grad(), golden.back());
}

TEST_CASE("DySample's places are the centres of the sub-pixels", "[nn]") {
  const at::Tensor places = sr::dysample_positions(3, 2).view({2, 2, 3, 3});  // x y, groups, i, j
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      REQUIRE(places[0][1][i][j].item<float>() == Approx((j - 1) / 3.0));
      REQUIRE(places[1][0][i][j].item<float>() == Approx((i - 1) / 3.0));
    }
  }
}

TEST_CASE("DySample begins at the places without offsets", "[nn]") {
  at::Generator generator = generator_of(1);
  const sr::DySampler sampler({8, 0, 2, 4}, generator);
  REQUIRE(sampler.parameters()[0].tensor.std().item<double>() == Approx(0.02).epsilon(0.2));
  REQUIRE(sampler.parameters()[2].tensor.abs().max().item<double>() == 0);
  REQUIRE(sampler.buffers()[0].name == "init_pos");
}

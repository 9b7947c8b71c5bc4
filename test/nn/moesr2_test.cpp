#include "nn/moesr2.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::MoEsr2Options;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  MoEsr2Options options;
};
using Upsampler = sr::arch::UniUpsampler;

MoEsr2Options small(MoEsr2Options options = {}) {
  const MoEsr2Options usual;
  const auto set = [](int& value, int before, int tiny) { value = value == before ? tiny : value; };
  set(options.dim, usual.dim, 8);
  set(options.n_blocks, usual.n_blocks, 1);
  set(options.n_block, usual.n_block, 1);
  options.upsample_dim = 12;
  return options;
}

const Case kCases[] = {
    {"x1", 1, {2, 3, 6, 7}, small()},
    {"x2", 2, {2, 3, 7, 5}, small({.n_blocks = 2, .upsampler = Upsampler::kDySample})},
    {"x3", 3, {1, 3, 5, 6}, small({.n_block = 2, .upsampler = Upsampler::kNearestConv})},
    {"x4", 4, {1, 3, 8, 9}, small({.expansion_msg = 2, .upsampler = Upsampler::kPixelShuffle})},
    {"x8", 8, {1, 3, 4, 6}, small({.dim = 12, .expansion_factor = 2})}};

}  // namespace

TEST_CASE("MoESR2's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"moesr2_golden.txt", c.key, c.shape, 0.1, channels_last, at::kDouble});
}

TEST_CASE("MoESR2 trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("MoESR2 has as many parameters as the class of the other trainer", "[nn]") {
  const auto network = sr::make_network(MoEsr2Options{}, 4, 0);
  CHECK(sr::test::count_parameters(*network) == 16'547'008);
}

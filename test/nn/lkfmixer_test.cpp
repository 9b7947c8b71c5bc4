#include "nn/lkfmixer.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::LkfMixerOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  LkfMixerOptions options;
};
constexpr LkfMixerOptions small(LkfMixerOptions options) {
  options.channels = options.channels == 40 ? 8 : options.channels;
  options.large_kernel = options.large_kernel == 31 ? 5 : options.large_kernel;
  return options;
}
const Case kCases[] = {{"x1", 1, {2, 3, 9, 10}, small({.num_block = 2})},
                       {"x2", 2, {2, 3, 16, 11}, small({.num_block = 2, .split_factor = 0.5})},
                       {"x3", 3, {1, 3, 8, 24}, {.channels = 8, .num_block = 1}},
                       {"x4", 4, {1, 3, 12, 8}, small({.channels = 10, .num_block = 1})},
                       {"x8", 8, {1, 3, 8, 8}, small({.num_block = 1})}};

}  // namespace

TEST_CASE("LKFMixer's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(
      *network, {"lkfmixer_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("LKFMixer trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small({.num_block = 1}), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("LKFMixer gives small and odd images their own size", "[nn]") {
  const auto network = sr::make_network(small({.num_block = 1}), 3, 0);
  const at::NoGradGuard no_grad;
  CHECK(network->forward(torch::rand({1, 3, 1, 2})).sizes() == at::IntArrayRef({1, 3, 3, 6}));
  CHECK(network->forward(torch::rand({1, 3, 17, 9})).sizes() == at::IntArrayRef({1, 3, 51, 27}));
  CHECK(network->size_multiple() == 8);
}

TEST_CASE("LKFMixer has as many parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const LkfMixerOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 207'008);
  CHECK(count({.channels = 48, .num_block = 8}, 2) == 357'228);
  CHECK(count({.channels = 64, .num_block = 12}, 1) == 901'187);
}

#include "nn/spanf3.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::SpanF3Options;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  SpanF3Options options;
};
const Case kCases[] = {{"x1", 1, {2, 3, 9, 6}, {.feature_channels = 4, .num_blocks = 2}},
                       {"x2", 2, {2, 3, 5, 8}, {.feature_channels = 4, .num_blocks = 1}},
                       {"x3", 3, {1, 3, 6, 7}, {.feature_channels = 4, .num_blocks = 2}},
                       {"x2_plain",
                        2,
                        {1, 3, 5, 6},
                        {.feature_channels = 4, .num_blocks = 2, .unshuffle_mod = false}}};

}  // namespace

TEST_CASE("SPANF3's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"spanf3_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("SPANF3's attention begins as nearly 1", "[nn]") {
  const auto network = sr::make_network(SpanF3Options{.feature_channels = 4}, 2, 0);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (parameter.name.find("att_conv") != std::string::npos) {
      const double wanted = parameter.name.ends_with("bias") ? 3 : 0;
      CHECK((parameter.tensor == wanted).all().item<bool>());
    }
  }
}

TEST_CASE("SPANF3 has as many trained parameters as traiNNer-redux's class", "[nn]") {
  const auto count = [](int scale) {
    return sr::test::count_parameters(*sr::make_network(SpanF3Options{}, scale, 0));
  };
  CHECK(count(2) == 1'850'088);
  CHECK(count(4) == 1'833'816);
}

TEST_CASE("SPANF3 trains under autocast with float32 output and gradients", "[nn]") {
  const auto network =
      sr::make_network(SpanF3Options{.feature_channels = 8, .num_blocks = 2}, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 10}), 0.05);
}

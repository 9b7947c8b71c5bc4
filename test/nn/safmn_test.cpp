#include "nn/safmn.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::SafmnOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  SafmnOptions options;
};
const Case kCases[] = {{"x1", 1, {2, 3, 9, 11}, {.dim = 8, .n_blocks = 2}},
                       {"x2", 2, {2, 3, 16, 8}, {.dim = 8, .n_blocks = 2, .ffn_scale = 1.5}},
                       {"x3", 3, {1, 3, 13, 10}, {.dim = 8, .n_blocks = 2}},
                       {"x4", 4, {1, 3, 17, 24}, {.dim = 8, .n_blocks = 1}},
                       {"x8", 8, {1, 3, 8, 9}, {.dim = 12, .n_blocks = 1}}};

}  // namespace

TEST_CASE("SAFMN's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"safmn_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("SAFMN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(SafmnOptions{.dim = 8, .n_blocks = 1}, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 10}), 0.05);
}

TEST_CASE("SAFMN sees sides below a window's as one window", "[nn]") {
  const auto network = sr::make_network(SafmnOptions{.dim = 8, .n_blocks = 1}, 2, 0);
  const at::Tensor output = network->forward(torch::rand({1, 3, 3, 1}));
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 6, 2}));
  output.sum().backward();
  CHECK(network->parameters()[0].tensor.grad().isfinite().all().item<bool>());
}

TEST_CASE("SAFMN has as many parameters as spandrel's class", "[nn]") {
  const auto count = [](const SafmnOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 239'520);
  CHECK(count({.dim = 128, .n_blocks = 16}, 2) == 5'559'308);
}

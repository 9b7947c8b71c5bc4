#include "nn/man.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::ManOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  ManOptions options;
};
const Case kCases[] = {{"x1", 1, {2, 3, 5, 6}, {.n_resblocks = 2, .n_feats = 6}},
                       {"x2", 2, {2, 3, 7, 5}, {.n_resblocks = 1, .n_resgroups = 2, .n_feats = 6}},
                       {"x3", 3, {1, 3, 5, 6}, {.n_resblocks = 2, .n_feats = 6}},
                       {"x4", 4, {1, 3, 21, 23}, {.n_resblocks = 2, .n_feats = 9}},
                       {"x8", 8, {1, 3, 4, 5}, {.n_resblocks = 1, .n_feats = 6}}};

}  // namespace

TEST_CASE("MAN's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"man_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("MAN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(ManOptions{.n_resblocks = 1, .n_feats = 6}, 2, 0);
  sr::test::fill_parameters(*network, 0.3);  // factors begin as 0
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("MAN's mean colour is in its files and is not trained", "[nn]") {
  const auto network = sr::make_network(ManOptions{.n_resblocks = 1, .n_feats = 6}, 2, 0);
  REQUIRE(sr::test::names_of(network->buffers()) ==
          std::vector<std::string>{"sub_mean.weight", "sub_mean.bias", "add_mean.weight",
                                   "add_mean.bias"});
  CHECK(network->buffers()[1].tensor[0].item<float>() == -0.4488F);
  CHECK(network->buffers()[3].tensor[2].item<float>() == 0.404F);
  CHECK(torch::equal(network->buffers()[0].tensor.view({3, 3}), torch::eye(3)));
}

TEST_CASE("MAN has as many trained parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const ManOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 8'712'588);
  CHECK(count({.n_resblocks = 24, .n_feats = 60}, 3) == 831'507);
  CHECK(count({.n_resblocks = 5, .n_feats = 48}, 2) == 134'412);
}

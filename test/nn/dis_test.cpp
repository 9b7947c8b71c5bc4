#include "nn/dis.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::DisOptions;

DisOptions small_options(bool use_depthwise = false) {
  return {.num_features = 6, .num_blocks = 2, .use_depthwise = use_depthwise};
}

struct Case {
  const char* key;
  int scale;
  bool use_depthwise;
};
const Case kCases[] = {{"x1", 1, false},
                       {"x2", 2, false},
                       {"x3", 3, false},
                       {"x4", 4, false},
                       {"x2_depthwise", 2, true}};

}  // namespace

TEST_CASE("DIS's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(small_options(c.use_depthwise), c.scale, 1);
  sr::test::require_golden(*network, {"dis_golden.txt", c.key, {2, 3, 5, 7}, 0.1, channels_last});
}

TEST_CASE("DIS makes the same image with gradients off", "[nn]") {
  const bool use_depthwise = GENERATE(false, true);
  const auto network = sr::make_network(small_options(use_depthwise), 4, 1);
  const at::Tensor lq = torch::rand({1, 3, 6, 5});
  const at::Tensor trained = network->forward(lq);
  const at::NoGradGuard no_grad;
  CHECK(torch::allclose(network->forward(lq), trained, 1e-5, 1e-6));
}

TEST_CASE("DIS trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(GENERATE(false, true)), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

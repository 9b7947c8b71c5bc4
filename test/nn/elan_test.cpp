#include "nn/elan.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::ElanOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  ElanOptions options;
};
ElanOptions small(ElanOptions options) {
  options.c_elan = options.c_elan == 180 ? 6 : options.c_elan;
  if (options.window_sizes == ElanOptions{}.window_sizes) {
    options.window_sizes = {2, 4, 4};
  }
  return options;
}
const Case kCases[] = {
    {"x1", 1, {2, 3, 5, 6}, small({.m_elan = 2})},
    {"x2", 2, {2, 3, 7, 5}, small({.m_elan = 4, .n_share = 1})},
    {"x3", 3, {1, 3, 5, 6}, small({.rgb_range = 1, .norm = true, .m_elan = 2})},
    {"x4", 4, {2, 3, 10, 11}, small({.window_sizes = {3, 2, 4}, .m_elan = 2, .r_expand = 1})},
    {"x8", 8, {1, 3, 4, 5}, small({.m_elan = 1, .c_elan = 12})}};

}  // namespace

TEST_CASE("ELAN's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"elan_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("ELAN trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small({.m_elan = 2, .n_share = 1}), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("ELAN's forward normalises by running statistics and leaves them alone", "[nn]") {
  const auto network = sr::make_network(small({.m_elan = 2}), 2, 0);
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::NoGradGuard no_grad;
  const at::Tensor trained = network->training_forward(lq, {});
  const at::Tensor both = network->forward(lq);
  CHECK_FALSE(torch::allclose(trained, both, 1e-3, 1e-3));
  CHECK(torch::allclose(network->forward(lq.narrow(0, 0, 1)), both.narrow(0, 0, 1), 1e-4, 1e-5));
}

TEST_CASE("ELAN with frozen statistics trains as it validates", "[nn]") {
  ElanOptions options = small({.m_elan = 2});
  CHECK(options.mixes_samples());
  options.frozen_statistics = true;
  CHECK_FALSE(options.mixes_samples());
  const auto network = sr::make_network(options, 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 8, 8});
  CHECK(torch::equal(network->training_forward(lq, {}), network->forward(lq)));
}

TEST_CASE("ELAN has as many trained parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const ElanOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 8'312'448);
  CHECK(count(sr::arch::elan_light(), 2) == 582'012);
}

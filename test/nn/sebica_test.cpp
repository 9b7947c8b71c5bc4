#include "nn/sebica.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::SebicaOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  SebicaOptions options;
};
const Case kCases[] = {{"x1", 1, {2, 3, 5, 6}, {.features = 4}},
                       {"x2", 2, {2, 3, 7, 5}, {.features = 6}},
                       {"x3", 3, {1, 3, 5, 6}, {.features = 4}},
                       {"x4", 4, {3, 3, 4, 5}, {.features = 4}},
                       {"x8", 8, {1, 3, 4, 6}, {.features = 3}}};

}  // namespace

TEST_CASE("Sebica's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"sebica_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("Sebica trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(SebicaOptions{.features = 4}, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("Sebica's forward normalises by running statistics and leaves them alone", "[nn]") {
  const auto network = sr::make_network(SebicaOptions{.features = 4}, 2, 0);
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::NoGradGuard no_grad;
  const at::Tensor trained = network->training_forward(lq, {});
  const at::Tensor both = network->forward(lq);
  CHECK_FALSE(torch::allclose(trained, both, 1e-3, 1e-3));
  CHECK(torch::allclose(network->forward(lq.narrow(0, 0, 1)), both.narrow(0, 0, 1), 1e-4, 1e-5));
}

TEST_CASE("Sebica with frozen statistics trains as it validates", "[nn]") {
  const SebicaOptions options{.features = 4, .frozen_statistics = true};
  CHECK_FALSE(options.mixes_samples());
  const auto network = sr::make_network(options, 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 8, 8});
  CHECK(torch::equal(network->training_forward(lq, {}), network->forward(lq)));
}

TEST_CASE("Sebica has as many parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const SebicaOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 40'896);
  CHECK(count({.features = 8}, 2) == 11'244);
}

#include "nn/dctlsa.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::DctlsaOptions;

DctlsaOptions small_options() {
  DctlsaOptions options;
  options.nf = 6;
  options.num_head = 2;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  int features, heads;
};
const Case kCases[] = {{"x2", 2, {2, 3, 9, 16}, 6, 2}, {"x3_heads", 3, {2, 3, 10, 11}, 9, 3}};

}  // namespace

TEST_CASE("DCTLSA's output and gradients in training equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(0, 1)];
  const bool channels_last = GENERATE(false, true);
  DctlsaOptions options;
  options.nf = c.features;
  options.num_head = c.heads;
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"dctlsa_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("DCTLSA has the other class's numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(DctlsaOptions{}, 2, 0)) == 867'472);
  CHECK(sr::test::count_parameters(*sr::make_network(DctlsaOptions{}, 4, 0)) == 885'328);
}

TEST_CASE("DCTLSA's forward normalises by running statistics, which training moves", "[nn]") {
  DctlsaOptions options = small_options();
  CHECK(sr::arch::mixes_samples(options));
  const auto network = sr::make_network(options, 2, 0);
  const at::Tensor lq = torch::rand({2, 3, 3, 18});
  const at::NoGradGuard no_grad;
  const at::Tensor before = network->forward(lq);
  CHECK(before.sizes() == at::IntArrayRef({2, 3, 6, 36}));
  CHECK(torch::allclose(network->forward(lq.narrow(0, 0, 1)), before.narrow(0, 0, 1), 1e-4, 1e-5));
  network->training_forward(lq, {});
  CHECK_FALSE(torch::allclose(network->forward(lq), before, 1e-6, 1e-7));
  options.frozen_statistics = true;
  CHECK_FALSE(sr::arch::mixes_samples(options));
  const auto frozen = sr::make_network(options, 2, 0);
  CHECK(torch::equal(frozen->training_forward(lq, {}), frozen->forward(lq)));
}

TEST_CASE("DCTLSA trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 16, 16}), 0.05);
}

TEST_CASE("Heads of DCTLSA that do not divide its features are named", "[nn]") {
  DctlsaOptions options = small_options();
  CHECK_FALSE(options.impossible(2));
  options.num_head = 4;
  CHECK(options.impossible(2)->option == "num_head");
}

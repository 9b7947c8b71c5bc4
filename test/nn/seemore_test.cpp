#include "nn/seemore.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::SeemoreOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  SeemoreOptions options;
};
using Growth = SeemoreOptions::Growth;

SeemoreOptions small(SeemoreOptions options) {
  options.num_layers = options.num_layers == 6 ? 1 : options.num_layers;
  options.embedding_dim = options.embedding_dim == 36 ? 4 : options.embedding_dim;
  options.global_kernel_size = 5;
  return options;
}
const Case kCases[] = {
    {"x1", 1, {2, 3, 17, 18}, small({})},
    {"x2", 2, {2, 3, 16, 19}, small({.num_layers = 2, .topk = 2})},
    {"x3",
     3,
     {1, 3, 16, 17},
     small({.img_range = 2.5, .use_shuffle = false, .lr_space = Growth::kLinear})},
    {"x4", 4, {2, 3, 7, 9}, small({.num_experts = 2, .recursive = 1, .lr_space = Growth::kDouble})},
    {"x8", 8, {1, 3, 5, 4}, small({.embedding_dim = 6, .recursive = 0, .topk = 3})}};

}  // namespace

TEST_CASE("SeemoRe's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"seemore_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("SeemoRe trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small({.topk = 3}), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 16, 16}), 0.05);
}

TEST_CASE("SeemoRe chooses experts for each image of a batch", "[nn]") {
  const auto network = sr::make_network(small({}), 2, 3);
  sr::test::fill_parameters(*network, 0.3);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({3, 3, 16, 17});
  const at::Tensor together = network->forward(lq);
  for (int i = 0; i < 3; ++i) {
    CHECK(torch::allclose(network->forward(lq.narrow(0, i, 1)), together.narrow(0, i, 1), 1e-4,
                          1e-5));
  }
}

TEST_CASE("SeemoRe takes images that are too short to be shrunk", "[nn]") {
  const auto network = sr::make_network(small({}), 2, 0);
  const at::Tensor output = network->forward(torch::rand({1, 3, 5, 1}));
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 10, 2}));
  CHECK(output.isfinite().all().item<bool>());
}

TEST_CASE("SeemoRe has as many parameters as spandrel's class", "[nn]") {
  const auto network = sr::make_network(SeemoreOptions{}, 4, 0);
  CHECK(sr::test::count_parameters(*network) == 231'804);
}

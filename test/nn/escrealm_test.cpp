#include "nn/escrealm.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::EscRealMOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  EscRealMOptions options;
};
using Upsampler = sr::arch::UniUpsampler;

EscRealMOptions small(EscRealMOptions options = {}) {
  const EscRealMOptions usual;
  const auto set = [](auto& value, const auto& before, const auto& tiny) {
    value = value == before ? tiny : value;
  };
  options.dim = 8;
  options.window_size = 4;
  options.mid_dim = 8;
  set(options.pdim, usual.pdim, 4);
  set(options.kernel_size, usual.kernel_size, 5);
  set(options.n_blocks, usual.n_blocks, 1);
  set(options.conv_blocks, usual.conv_blocks, 2);
  set(options.upsampler, usual.upsampler, Upsampler::kPixelShuffleDirect);
  options.num_heads = options.pdim == 6 ? 4 : 2;
  return options;
}
EscRealMOptions transposing() {
  EscRealMOptions options = small({.n_blocks = 2});
  options.upsampler = Upsampler::kTransposeConv;
  return options;
}

const Case kCases[] = {
    {"x1", 1, {2, 3, 6, 7}, small()},
    {"x2", 2, {2, 3, 7, 6}, transposing()},
    {"x3", 3, {1, 3, 6, 8}, small({.kernel_size = 7, .exp_ratio = 1.5})},
    {"x4", 4, {1, 3, 9, 6}, small({.conv_blocks = 1, .upsampler = Upsampler::kPixelShuffle})},
    {"x1_folded", 1, {2, 3, 18, 22}, small({.unshuffle_mod = true})},
    {"x8", 8, {1, 3, 5, 6}, small({.pdim = 6})}};

}  // namespace

TEST_CASE("ESCRealM's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 6))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(
      *network, {"escrealm_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("ESCRealM trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("ESCRealM's large kernel begins orthogonal", "[nn]") {
  const auto network = sr::make_network(small(), 2, 0);
  REQUIRE(network->parameters().front().name == "plk_filter");
  const at::Tensor rows = network->parameters().front().tensor.detach().flatten(1);
  CHECK(torch::allclose(at::matmul(rows, rows.t()), torch::eye(rows.size(0)), 1e-4, 1e-5));
}

TEST_CASE("ESCRealM makes kernels for each image of a batch", "[nn]") {
  const auto network = sr::make_network(small(), 2, 3);
  sr::test::fill_parameters(*network, 0.2);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({2, 3, 5, 9});
  const at::Tensor together = network->forward(lq);
  CHECK(
      torch::allclose(network->forward(lq.narrow(0, 1, 1)), together.narrow(0, 1, 1), 1e-4, 1e-5));
}

TEST_CASE("ESCRealM has as many parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const EscRealMOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 2'221'551);
  CHECK(count(sr::arch::escrealm_xl(), 4) == 13'029'763);
}

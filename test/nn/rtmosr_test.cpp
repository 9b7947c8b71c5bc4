#include "nn/rtmosr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::RtMosrOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  RtMosrOptions options;
};
const Case kCases[] = {{"x1", 1, {2, 3, 5, 6}, {.dim = 4}},
                       {"x2", 2, {2, 3, 7, 5}, {.dim = 4}},
                       {"x3", 3, {1, 3, 5, 6}, {.dim = 4, .se = false}},
                       {"x8", 8, {1, 3, 4, 6}, {.dim = 4, .ffn_expansion = 1}},
                       {"x1_large", 1, {1, 3, 11, 13}, {.dim = 4, .unshuffle_mod = true}},
                       {"x2_ultralight",
                        2,
                        {1, 3, 7, 9},
                        {.dim = 4, .ffn_expansion = 1.5, .unshuffle_mod = true, .dccm = false}}};

std::vector<at::Tensor> values_of(const sr::Network& network) {
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : network.parameters()) {
    values.push_back(parameter.tensor);
  }
  return values;
}

/// As other tools count: with the merged convolutions that files have.
std::int64_t count_in_file(const RtMosrOptions& options, int scale) {
  const auto network = sr::make_network(options, scale, 0);
  std::int64_t count = sr::test::count_parameters(*network);
  for (const sr::NamedTensor& tensor : network->derived_tensors(values_of(*network))) {
    count += tensor.tensor.numel();
  }
  return count;
}

}  // namespace

TEST_CASE("RTMoSR's output and gradients of all parts equal those of traiNNer-redux's class",
          "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 6))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"rtmosr_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("RTMoSR's weight file has the merged kernels of the parameters that are written",
          "[nn]") {
  const auto network = sr::make_network(RtMosrOptions{.dim = 4, .n_blocks = 1}, 2, 5);
  sr::test::fill_parameters(*network, 0.3);
  const std::vector<at::Tensor> p = values_of(*network);
  const sr::NamedTensors derived = network->derived_tensors(p);
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived[0].name == "to_feat.conv3.eval_conv.weight");
  REQUIRE(derived[2].name == "to_feat.conv_3x3_rep.weight");
  REQUIRE(derived.size() == 2 * (2 * 5 + 1));  // five 3x3 layers, one depthwise
  // The first layer by its parts, on an image without borders.
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 6, 6});
  const at::Tensor two = at::conv2d(at::conv2d(lq, p[1], p[2]), p[3], p[4]);
  const at::Tensor three = at::conv2d(lq, p[5], p[6]);
  const at::Tensor four = at::conv2d(lq, derived[0].tensor, derived[1].tensor);
  const at::Tensor merged = at::conv2d(lq, derived[2].tensor, derived[3].tensor);
  REQUIRE(torch::allclose(merged, p[0][0] * two + p[0][1] * three + p[0][2] * four, 1e-4, 1e-5));
}

TEST_CASE("RTMoSR trains under autocast with float32 output and gradients", "[nn]") {
  const Case& c = kCases[GENERATE(1, 5)];
  const auto network = sr::make_network(c.options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("RTMoSR's black pixels have finite gradients", "[nn]") {
  const auto network = sr::make_network(RtMosrOptions{.dim = 4}, 2, 0);
  {
    const at::NoGradGuard no_grad;
    for (const sr::NamedTensor& parameter : network->parameters()) {
      if (parameter.name.find(".b") != std::string::npos || parameter.name.ends_with(".bias")) {
        parameter.tensor.zero_();
      }
    }
  }
  network->forward(torch::zeros({1, 3, 6, 6})).sum().backward();
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    REQUIRE(parameter.tensor.grad().isfinite().all().item<bool>());
  }
}

TEST_CASE("RTMoSR has the published numbers of parameters", "[nn]") {
  CHECK(count_in_file({}, 4) == 2'962'128);
  CHECK(count_in_file({.unshuffle_mod = true}, 2) == 2'981'424);
  CHECK(count_in_file({.ffn_expansion = 1.5, .unshuffle_mod = true, .dccm = false}, 2) ==
        2'233'450);
}

#include "nn/gaterv3.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::GaterV3Options;

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  GaterV3Options options;
};
using Upsampler = sr::arch::UniUpsampler;

GaterV3Options small(GaterV3Options options = {}) {
  const GaterV3Options usual;
  options.dim = 8;
  options.upsample_mid_dim = 12;
  const auto set = [](auto& value, const auto& before, const auto& tiny) {
    value = value == before ? tiny : value;
  };
  set(options.enc_blocks, usual.enc_blocks, std::vector<int>{1, 1});
  set(options.dec_blocks, usual.dec_blocks, std::vector<int>{1, 1});
  set(options.num_latent, usual.num_latent, 1);
  set(options.sisr_blocks, usual.sisr_blocks, 1);
  return options;
}

const Case kCases[] = {
    {"x1", 1, {2, 3, 5, 6}, small()},
    {"x2", 2, {2, 3, 7, 5}, small({.enc_blocks = {2, 1}, .num_latent = 2, .sisr_blocks = 2})},
    {"x3", 3, {1, 3, 5, 6}, small({.upsample = Upsampler::kNearestConv, .end_gamma_init = 2})},
    {"x4", 4, {1, 3, 8, 9}, small({.upsample = Upsampler::kPixelShuffleDirect, .attention = true})},
    {"x2_features",
     2,
     {1, 3, 8, 9},
     small({.enc_blocks = {1},
            .dec_blocks = {1},
            .num_latent = 2,
            .attention = true,
            .flash = false})},
    {"x8", 8, {1, 3, 4, 6}, small({.num_latent = 0, .upsample = Upsampler::kDySample})}};

}  // namespace

TEST_CASE("GaterV3's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 6))];
  const bool channels_last = GENERATE(false, true);
  const auto network = sr::make_network(c.options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"gaterv3_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("GaterV3 trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("GaterV3's factor of the enlarged image begins as its option says", "[nn]") {
  const auto network = sr::make_network(small({.end_gamma_init = 0.5}), 2, 0);
  REQUIRE(network->parameters().front().name == "gamma");
  CHECK(network->parameters().front().tensor.eq(0.5).all().item<bool>());
}

TEST_CASE("GaterV3's files have merged kernels, with a bias where the parts have one", "[nn]") {
  const auto network = sr::make_network(small(), 2, 5);
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    values.push_back(parameter.tensor);
  }
  const sr::NamedTensors derived = network->derived_tensors(values);
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived.size() == 3 * 3 + 2);
  CHECK(derived.front().name == "span_block0.c1_r.eval_conv.weight");
  CHECK(derived.back().name == "sisr_end_conv.eval_conv.bias");
  CHECK(derived.back().tensor.sizes() == at::IntArrayRef({8}));
}

TEST_CASE("GaterV3 has as many trained parameters as the class of the other trainer", "[nn]") {
  const auto count = [](const GaterV3Options& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(sr::arch::gaterv3_s(), 4) == 5'977'702);
  CHECK(count({}, 2) == 22'183'590);
}

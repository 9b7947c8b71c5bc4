#include "nn/rcan.h"

#include <cmath>

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast.h"
#include "support/catch.h"

namespace {

using sr::arch::RcanActivation;
using sr::arch::RcanOptions;

RcanOptions small_options() {
  RcanOptions options;
  options.n_resgroups = 2;
  options.n_resblocks = 2;
  options.n_feats = 6;
  options.reduction = 2;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(RcanOptions& options);
};
const Case kCases[] = {
    {"x1", 1, {2, 3, 5, 6}, [](RcanOptions&) {}},
    {"x3_leaky_relu",
     3,
     {2, 3, 5, 6},
     [](RcanOptions& o) {
       o.act_mode = RcanActivation::kLeakyRelu;
       o.kernel_size = 5;
     }},
    {"x4_elu", 4, {2, 3, 5, 6}, [](RcanOptions& o) { o.act_mode = RcanActivation::kElu; }},
    {"x8_silu", 8, {1, 3, 4, 3}, [](RcanOptions& o) { o.act_mode = RcanActivation::kSilu; }},
    {"x2_gelu", 2, {2, 3, 5, 6}, [](RcanOptions& o) { o.act_mode = RcanActivation::kGelu; }},
    {"x2_none", 2, {2, 3, 5, 6}, [](RcanOptions& o) { o.act_mode = RcanActivation::kNone; }},
    {"x1_unshuffle", 1, {2, 3, 7, 9}, [](RcanOptions& o) { o.unshuffle_mod = true; }},
    {"x2_unshuffle", 2, {2, 3, 5, 6}, [](RcanOptions& o) { o.unshuffle_mod = true; }},
    {"x2_norm", 2, {2, 3, 5, 6}, [](RcanOptions& o) { o.norm = true; }}};

}  // namespace

TEST_CASE("RCAN's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 9))];
  const bool channels_last = GENERATE(false, true);
  RcanOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network, {"rcan_golden.txt", c.key, c.shape, 0.2, channels_last});
}

TEST_CASE("RCAN has the published number of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(RcanOptions{}, 4, 0)) == 15'592'355);
}

TEST_CASE("RCAN with unshuffling folds at scales 1 and 2 alone", "[nn]") {
  RcanOptions options = small_options();
  options.unshuffle_mod = true;
  const auto first_name = [&](int scale) {
    return sr::make_network(options, scale, 0)->parameters().front().name;
  };
  CHECK(first_name(1) == "head.1.weight");
  CHECK(first_name(2) == "head.1.weight");
  CHECK(first_name(3) == "head.0.weight");
  CHECK(sr::make_network(options, 1, 0)->parameters().front().tensor.size(1) == 48);
}

TEST_CASE("RCAN's colour shifts begin as the mean of DIV2K and cancel", "[nn]") {
  RcanOptions options = small_options();
  options.norm = true;
  const auto network = sr::make_network(options, 1, 0);
  const at::NoGradGuard no_grad;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (!parameter.name.ends_with("_mean.weight") && !parameter.name.ends_with("_mean.bias")) {
      at::Tensor(parameter.tensor).zero_();
    }
  }
  const at::Tensor output = network->forward(torch::rand({1, 3, 4, 4}));
  const at::Tensor mean = torch::tensor({0.4488F, 0.4371F, 0.4040F}).view({1, 3, 1, 1});
  CHECK(torch::allclose(output, mean.expand({1, 3, 4, 4}), 1e-5, 1e-6));
}

TEST_CASE("RCAN's initial weights are PyTorch's default and follow the seed", "[nn]") {
  RcanOptions options = small_options();
  options.n_feats = 64;
  const auto weight = [&](std::uint64_t seed) {
    return sr::make_network(options, 2, seed)->parameters()[2].tensor.detach();
  };
  const double bound = 1 / std::sqrt(64 * 9.0);
  CHECK(weight(3).abs().max().item<double>() <= bound);
  CHECK(weight(3).std().item<double>() == Approx(bound / std::sqrt(3.0)).epsilon(0.02));
  CHECK(torch::equal(weight(3), weight(3)));
  CHECK_FALSE(torch::equal(weight(3), weight(4)));
}

TEST_CASE("Impossible RCAN arguments are configuration errors", "[nn]") {
  RcanOptions even = small_options();
  even.kernel_size = 4;
  REQUIRE(even.impossible(2));
  RcanOptions reduced = small_options();
  reduced.reduction = 7;
  REQUIRE(reduced.impossible(2));
}

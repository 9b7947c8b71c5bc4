#include "nn/hit.h"

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/recompute.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::HitOptions;
using sr::arch::HitSirOptions;
using sr::arch::HitSngOptions;
using sr::arch::HitSrfOptions;
using sr::arch::ResidualConnection;
using sr::arch::WindowUpsampler;

template <class Options>
Options small_options() {
  Options options;
  options.embed_dim = 48;
  options.depths = {2, 1};
  options.num_heads = {2, 3};
  options.base_win_size = {4, 4};
  options.hier_win_ratios = {0.5, 2};
  return options;
}

using Set = void (*)(HitOptions& options);

template <class Options>
std::unique_ptr<sr::Network> made(int scale, Set set) {
  Options options = small_options<Options>();
  set(options);
  return sr::make_network(options, scale, 1);
}

std::unique_ptr<sr::Network> network_of(const std::string& key, int scale, Set set) {
  if (key.starts_with("sir")) {
    return made<HitSirOptions>(scale, set);
  }
  return key.starts_with("sng") ? made<HitSngOptions>(scale, set) : made<HitSrfOptions>(scale, set);
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  Set set;
};
const Case kCases[] = {{"sir_x2", 2, {2, 3, 8, 16}, [](HitOptions&) {}},
                       {"sir_x3_oblong",
                        3,
                        {1, 3, 7, 10},
                        [](HitOptions& o) {
                          o.base_win_size = {4, 2};
                          o.hier_win_ratios = {2, 1};
                        }},
                       {"sir_x4_nearest",
                        4,
                        {1, 3, 5, 6},
                        [](HitOptions& o) {
                          o.base_win_size = {2, 4};
                          o.hier_win_ratios = {2, 0.5};
                          o.resi_connection = ResidualConnection::kThreeConvs;
                          o.upsampler = WindowUpsampler::kNearestConv;
                          o.mlp_ratio = 1.5;
                          o.patch_norm = false;
                        }},
                       {"sir_x1_none",
                        1,
                        {1, 3, 6, 5},
                        [](HitOptions& o) {
                          o.upsampler = WindowUpsampler::kNone;
                          o.img_range = 255;
                        }},
                       {"sir_x8_shuffle",
                        8,
                        {1, 3, 8, 8},
                        [](HitOptions& o) { o.upsampler = WindowUpsampler::kPixelShuffle; }},
                       {"sng_x2", 2, {2, 3, 16, 16}, [](HitOptions&) {}},
                       {"sng_x3_short", 3, {1, 3, 6, 5}, [](HitOptions&) {}},
                       {"sng_x4_wide",
                        4,
                        {1, 3, 9, 13},
                        [](HitOptions& o) {
                          o.base_win_size = {2, 2};
                          o.hier_win_ratios = {3, 1};
                        }},
                       {"srf_x2", 2, {2, 3, 8, 16}, [](HitOptions&) {}},
                       {"srf_x4_short", 4, {1, 3, 5, 6}, [](HitOptions& o) {
                          o.hier_win_ratios = {1, 4};
                        }}};

}  // namespace

TEST_CASE("HiT-SR's outputs and gradients equal those of the other trainer's classes",
          "[nn][hit]") {
  const Case& c = kCases[GENERATE(range(0, 10))];
  const bool channels_last = GENERATE(false, true);
  const auto network = network_of(c.key, c.scale, c.set);
  sr::test::require_golden(*network,
                           {"hit_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("HiT-SR's blocks computed twice give the same gradients", "[nn][hit]") {
  const Case& c = kCases[GENERATE(0, 6, 9)];
  const auto network = network_of(c.key, c.scale, c.set);
  const sr::RecomputeGuard twice(true);
  sr::test::require_golden(*network, {"hit_golden.txt", c.key, c.shape, 0.3, false, at::kDouble});
}

TEST_CASE("HiT-SR has the published numbers of parameters", "[nn][hit]") {
  const auto count = [](const auto& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(HitSirOptions(), 2) == 772'064);
  CHECK(count(HitSngOptions(), 4) == 1'032'060);
  CHECK(count(HitSrfOptions(), 3) == 855'059);
}

TEST_CASE("HiT-SR takes images that are smaller than its windows", "[nn][hit]") {
  const char* kind = GENERATE("sir", "sng", "srf");
  const auto network = network_of(kind, 2, [](HitOptions&) {});
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 1, 2});
  const at::Tensor output = network->forward(lq);
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 2, 4}));
  CHECK(output.isfinite().all().item<bool>());
}

TEST_CASE("HiT-SNG's files hold the positions of neighbours, HiT-SIR's nothing but weights",
          "[nn][hit]") {
  const auto derived = [](const char* kind) {
    return network_of(kind, 2, [](HitOptions&) {})->derived_tensors({});
  };
  CHECK(derived("sir").empty());
  const sr::NamedTensors positions = derived("sng");
  REQUIRE(positions.size() == 3);  // blocks
  CHECK(positions[0].name ==
        "layers.0.residual_group.blocks.0.correlation.ngram_window_partition.ngram_context."
        "ngram_attn.relative_position_index");
  CHECK(positions[0].tensor.sizes() == at::IntArrayRef({4, 4}));
  CHECK(positions[0].tensor[0][3].item<int>() == 0);
  CHECK(positions[0].tensor[3][0].item<int>() == 8);
}

TEST_CASE("HiT-SR trains under autocast with float32 output and gradients", "[nn][hit]") {
  const char* kind = GENERATE("sir", "sng", "srf");
  const auto network = network_of(kind, 2, [](HitOptions&) {});
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 9}), 0.03);
}

TEST_CASE("Impossible HiT-SR arguments are named", "[nn][hit]") {
  const auto option = [](Set set, int scale = 2) {
    auto options = small_options<HitSngOptions>();
    set(options);
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(option([](HitOptions&) {}).empty());
  CHECK(option([](HitOptions& o) { o.num_heads = {2}; }) == "num_heads");
  CHECK(option([](HitOptions& o) { o.num_heads = {2, 5}; }) == "num_heads");
  CHECK(option([](HitOptions& o) { o.base_win_size = {4}; }) == "base_win_size");
  CHECK(option([](HitOptions& o) { o.base_win_size = {4, 8}; }) == "base_win_size");
  CHECK(option([](HitOptions& o) { o.depths = {3, 1}; }) == "hier_win_ratios");
  CHECK(option([](HitOptions& o) { o.hier_win_ratios = {0.5, 1.5}; }) == "hier_win_ratios");
  CHECK(option([](HitOptions& o) { o.hier_win_ratios = {0.2, 1}; }) == "hier_win_ratios");
  CHECK(option([](HitOptions& o) { o.hier_win_ratios = {1, 1e9}; }) == "hier_win_ratios");
  CHECK(option([](HitOptions& o) { o.mlp_ratio = 0.02; }) == "mlp_ratio");
  CHECK(option([](HitOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; }) == "upsampler");
  CHECK(option([](HitOptions& o) { o.upsampler = WindowUpsampler::kNone; }) == "upsampler");
  const auto oblong = [] {
    auto options = small_options<HitSirOptions>();
    options.base_win_size = {4, 8};
    return options.impossible(2);
  };
  CHECK_FALSE(oblong());
}

TEST_CASE("HiT-SR is recognised with options that change its tensors", "[nn]") {
  const char* type = GENERATE("hit_sir", "hit_sng", "hit_srf");
  const auto with = [&](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "24"}, {"depths", "1,2"}, {"num_heads", "2,3"}};
    sr::test::require_recognised(type, small, arguments, scale);
  };
  with({{"mlp_ratio", "1.5"}, {"patch_norm", "false"}}, 3);
  with({{"upsampler", "nearest+conv"}, {"resi_connection", "3conv"}}, 4);
  with({{"upsampler", "pixelshuffle"}, {"hier_win_ratios", "2,3"}}, 8);
  with({{"upsampler", "none"}, {"base_win_size", "4,4"}, {"hier_win_ratios", "2,0.5"}}, 1);
}

#include "nn/dwt.h"

#include <torch/torch.h>

#include "core/error.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/window_attention.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::DwtOptions;
using sr::arch::ResidualConnection;

DwtOptions small_options() {
  DwtOptions options;
  options.img_size = 16;
  options.embed_dim = 12;
  options.depths = {2, 2, 2};
  options.num_heads = {2, 3, 2};
  options.window_size = 4;
  options.layer_kinds = {{0, -1}, {0, 2}, {0, 1}};
  options.drop_path_rate = 0;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(DwtOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 16, 16}, [](DwtOptions&) {}},
                       {"x3_other", 3, {1, 3, 9, 22}, [](DwtOptions&) {}},
                       {"x4_in_place",
                        4,
                        {1, 3, 8, 16},
                        [](DwtOptions& o) {
                          o.depths = {2, 2};
                          o.num_heads = {2, 3};
                          o.layer_kinds = {{-1, 2}, {1, -1}};
                          o.resi_connection = ResidualConnection::kThreeConvs;
                          o.qkv_bias = false;
                          o.patch_norm = false;
                          o.qk_scale = 0.4;
                        }},
                       {"x1_odd",
                        1,
                        {1, 3, 7, 9},
                        [](DwtOptions& o) {
                          o.img_size = 12;
                          o.window_size = 3;
                          o.depths = {2};
                          o.num_heads = {2};
                          o.layer_kinds = {{0, 2}};
                          o.img_range = 255;
                          o.mlp_ratio = 1.5;
                        }},
                       {"x8_four", 8, {1, 3, 16, 32}, [](DwtOptions& o) {
                          o.depths = {2};
                          o.num_heads = {2};
                          o.layer_kinds = {{0, 4}};
                        }}};

at::Tensor derived(const sr::Network& network, const std::string& name) {
  for (const sr::NamedTensor& named : network.derived_tensors({})) {
    if (named.name == name) {
      return named.tensor;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("DWT's output and gradients equal those of traiNNer-redux's class", "[nn][dwt]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  DwtOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"dwt_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("Pixels of a spread window are equally far apart over a part of the image", "[nn][dwt]") {
  const at::Tensor pixels = torch::arange(8 * 16).view({1, 8, 16, 1});
  const sr::Window window{2, 2};
  const at::Tensor windows = sr::to_spread_windows(pixels, window, 2);
  REQUIRE(windows.sizes() == at::IntArrayRef({32, 4, 1}));
  // A part has 4x8 pixels: rows are 2 apart, columns 4.
  CHECK(torch::equal(windows[0].flatten(), torch::tensor({0, 4, 32, 36})));
  CHECK(torch::equal(windows[1].flatten(), torch::tensor({1, 5, 33, 37})));
  CHECK(torch::equal(windows[4].flatten(), torch::tensor({16, 20, 48, 52})));
  CHECK(torch::equal(windows[8].flatten(), torch::tensor({8, 12, 40, 44})));
  CHECK(torch::equal(sr::from_spread_windows(windows, window, 2, pixels.sizes()), pixels));
}

TEST_CASE("DWT's files hold the masks of blocks that are not at their places", "[nn][dwt]") {
  DwtOptions options = small_options();
  options.depths = {3, 2, 2};
  options.layer_kinds = {{0, -1, 2}, {0, 2}, {-1, 1, 0}};
  const auto network = sr::make_network(options, 2, 0);
  const auto mask = [&](int group, int block) {
    return derived(*network, "layers." + std::to_string(group) + ".residual_group.blocks." +
                                 std::to_string(block) + ".attn_mask");
  };
  CHECK_FALSE(mask(0, 0).defined());
  const sr::Window window{4, 4};
  CHECK(torch::equal(mask(0, 1), sr::shift_mask(16, 16, window, at::kCPU)));
  CHECK(torch::equal(mask(2, 1), mask(0, 1)));
  CHECK_FALSE(torch::equal(mask(1, 1), mask(0, 1)));
  REQUIRE(mask(1, 1).sizes() == at::IntArrayRef({16, 16, 16}));
  // Of the first of 2x2 parts no window is the last of a side.
  CHECK(mask(1, 1).narrow(0, 0, 4).eq(0).all().item<bool>());
  CHECK(mask(2, 0).sizes() == at::IntArrayRef({16, 16, 16}));
  CHECK(mask(2, 0).eq(0).all().item<bool>());
  CHECK(mask(0, 2).eq(0).all().item<bool>());
}

TEST_CASE("Both branches of a block of DWT are left out at its rate", "[nn][dwt]") {
  DwtOptions options = small_options();
  options.drop_path_rate = 0.5;
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<double> rates = network->drop_rates();
  REQUIRE(rates.size() == 12);
  CHECK(rates[1] == 0);
  CHECK(rates[2] == Approx(0.1));
  CHECK(rates[11] == Approx(0.5));
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::NoGradGuard no_grad;
  at::Tensor kept = torch::ones({12, 2});
  const at::Tensor whole = network->forward(lq);
  CHECK(torch::equal(network->training_forward(lq, kept), whole));
  kept.select(1, 1).fill_(0);
  const at::Tensor without = network->training_forward(lq, kept);
  CHECK(torch::equal(without[0], whole[0]));
  CHECK_FALSE(torch::equal(without[1], whole[1]));
}

TEST_CASE("DWT trains under autocast with float32 output and gradients", "[nn][dwt]") {
  DwtOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const auto pass =
      sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
  CHECK_FALSE(torch::equal(pass.output, pass.exact));
}

TEST_CASE("DWT takes images that are smaller than two windows", "[nn][dwt]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  CHECK(network->size_multiple() == 8);
  CHECK(network->forward(torch::rand({1, 3, 1, 2})).sizes() == at::IntArrayRef({1, 3, 2, 4}));
  CHECK(network->forward(torch::rand({1, 3, 9, 5})).sizes() == at::IntArrayRef({1, 3, 18, 10}));
}

TEST_CASE("Impossible DWT arguments are named", "[nn][dwt]") {
  const auto option = [](void (*set)(DwtOptions & options)) {
    DwtOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](DwtOptions&) {}).empty());
  CHECK(option([](DwtOptions& o) { o.depths = {1, 1, 1}; }).empty());  // other kinds are not read
  CHECK(option([](DwtOptions& o) { o.layer_kinds.pop_back(); }) == "layer_kinds");
  CHECK(option([](DwtOptions& o) { o.layer_kinds[1] = {0}; }) == "layer_kinds");
  CHECK(option([](DwtOptions& o) { o.layer_kinds[1] = {0, 0}; }) == "layer_kinds");
  CHECK(option([](DwtOptions& o) { o.layer_kinds = {{0, 13}, {0, 11}, {0, 7}}; }) == "layer_kinds");
  CHECK(option([](DwtOptions& o) { o.img_size = 20; }) == "img_size");
}

TEST_CASE("DWT has as many parameters as the class of the other trainer", "[nn][dwt]") {
  const auto count = [](const DwtOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 12'059'175);
  CHECK(count({}, 8) == 12'206'887);
  CHECK(count(sr::arch::dwt_s(), 4) == 11'900'199);
}

TEST_CASE("DWT is told from SwinIR by the masks of spread windows", "[nn]") {
  const auto with = [](const char* type, const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "12"},    {"depths", "2,2,2"},
                                    {"num_heads", "2,3,2"}, {"img_size", "16"},
                                    {"window_size", "4"},   {"upsampler", "pixelshuffle"}};
    sr::arch::Arguments all = arguments;
    all.insert(small.begin(), small.end());
    const sr::NetworkConfig config = sr::test::network_of(type, all);
    const auto network = sr::make_network(config, scale, 0);
    const auto found = sr::test::recognised(*network);
    return found && found->options == config.options.get() ? found->type : "other";
  };
  CHECK(with("dwt", {}, 2) == "dwt");
  CHECK(with("dwt", {{"resi_connection", "3conv"}, {"qkv_bias", "false"}}, 3) == "dwt");
  CHECK(with("swinir_m", {}, 2) == "swinir_s");
  // Nothing tells these from SwinIR, or one part from another.
  CHECK(with("dwt", {{"layer_kinds", "0,-1;0,-1;0,1"}}, 2) == "other");
  CHECK(with("dwt", {{"layer_kinds", "0,2;0,-1;0,-1"}}, 2) == "other");
}

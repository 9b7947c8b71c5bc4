#include "nn/craft.h"

#include <torch/torch.h>

#include <algorithm>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::CraftOptions;
using sr::arch::ResidualConnection;

CraftOptions small_options() {
  CraftOptions options;
  options.window_size = 8;
  options.embed_dim = 32;
  options.depths = {2, 1};
  options.num_heads = {2, 4};
  options.split_size_0 = 2;
  options.split_size_1 = 8;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(CraftOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 9}, [](CraftOptions&) {}},
                       {"x3_plain",
                        3,
                        {1, 3, 7, 10},
                        [](CraftOptions& o) {
                          o.qkv_bias = false;
                          o.mlp_ratio = 1.5;
                          o.resi_connection = ResidualConnection::kIdentity;
                          o.qk_scale = 0.4;
                          o.img_range = 255;
                        }},
                       {"x1_uneven", 1, {1, 3, 8, 7}, [](CraftOptions& o) {
                          o.window_size = 12;
                          o.split_size_0 = 6;
                          o.split_size_1 = 4;
                          o.depths = {1};
                          o.num_heads = {2};
                        }}};

}  // namespace

TEST_CASE("CRAFT's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 3))];
  const bool channels_last = GENERATE(false, true);
  CraftOptions options = small_options();
  c.set(options);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"craft_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("CRAFT has the other class's numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(CraftOptions{}, 2, 0)) == 737'756);
  CHECK(sr::test::count_parameters(*sr::make_network(CraftOptions{}, 4, 0)) == 753'344);
}

TEST_CASE("CRAFT's file holds the positions of its windows once", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  std::vector<std::string> names = sr::test::names_of(network->derived_tensors({}));
  REQUIRE(names == network->derived_names());
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"biases_h", "biases_v", "relative_position_index_h",
                                          "relative_position_index_v"});
}

TEST_CASE("CRAFT takes images of which no window can be mirrored", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 1, 9});
  const at::Tensor output = network->forward(lq);
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 2, 18}));
  CHECK(output.isfinite().all().item<bool>());
}

TEST_CASE("CRAFT trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
}

TEST_CASE("Impossible CRAFT arguments are named", "[nn]") {
  const auto option = [](void (*set)(CraftOptions & options)) {
    CraftOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](CraftOptions&) {}).empty());
  CHECK(option([](CraftOptions& o) { o.split_size_0 = 3; }) == "window_size");
  CHECK(option([](CraftOptions& o) { o.num_heads = {2}; }) == "num_heads");
  CHECK(option([](CraftOptions& o) { o.num_heads = {2, 3}; }) == "num_heads");
  CHECK(option([](CraftOptions& o) { o.embed_dim = 24; }) == "embed_dim");
  CHECK(option([](CraftOptions& o) { o.mlp_ratio = 0.01; }) == "mlp_ratio");
}

TEST_CASE("CRAFT is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "48"}, {"depths", "1,2"}, {"num_heads", "2,3"}};
    sr::test::require_recognised("craft", small, arguments, scale);
  };
  with({{"qkv_bias", "false"}, {"mlp_ratio", "1.55"}}, 4);
  with({{"split_size_0", "2"}, {"split_size_1", "8"}, {"resi_connection", "identity"}}, 3);
  with({{"split_size_0", "8"}, {"split_size_1", "8"}}, 1);
}

#include "nn/rgt.h"

#include <torch/torch.h>

#include <algorithm>

#include "arch/catalogue.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::ResidualConnection;
using sr::arch::RgtOptions;

RgtOptions small_options() {
  RgtOptions options;
  options.embed_dim = 32;
  options.depth = {3, 2};
  options.num_heads = {2, 4};
  options.split_size = {4, 8};
  options.drop_path_rate = 0;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(RgtOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 8, 16}, [](RgtOptions&) {}},
    {"x3_odd", 3, {1, 3, 7, 17}, [](RgtOptions&) {}},
    {"x4_close",
     4,
     {2, 3, 4, 9},
     [](RgtOptions& o) {
       o.resi_connection = ResidualConnection::kThreeConvs;
       o.split_size = {4, 16};
     }},
    {"x8_plain",
     8,
     {1, 3, 4, 5},
     [](RgtOptions& o) {
       o.qkv_bias = false;
       o.mlp_ratio = 3;
       o.c_ratio = 0.25;
       o.img_range = 255;
       o.qk_scale = 0.4;
     }},
    {"x1_square",
     1,
     {1, 3, 8, 18},
     [](RgtOptions& o) {
       o.split_size = {4, 4};
       o.depth = {2, 1};
       o.num_heads = {4, 2};
     }},
};

}  // namespace

TEST_CASE("RGT's output and gradients in training equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  RgtOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"rgt_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("RGT shrinks images for use as spandrel's class does, by other factors than in training",
          "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 1);
  sr::test::fill_parameters(*network, 0.3);
  const at::Tensor lq = sr::test::wave_images({1, 3, 16, 21});
  const at::NoGradGuard no_grad;
  const at::Tensor output = network->forward(lq);
  const auto lines = sr::test::golden_lines("rgt_golden.txt", "x2_used");
  REQUIRE_FALSE(lines.empty());
  sr::test::require_output(output, lines.front());
  CHECK_FALSE(torch::allclose(network->training_forward(lq, {}), output, 1e-2, 1e-2));
}

TEST_CASE("RGT has the published numbers of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(sr::arch::rgt(), 4, 0)) == 13'365'543);
  CHECK(sr::test::count_parameters(*sr::make_network(sr::arch::rgt_s(), 4, 0)) == 10'198'767);
}

TEST_CASE("RGT begins with PyTorch's values of linear layers and small skips", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  for (const sr::NamedTensor& named : network->parameters()) {
    CAPTURE(named.name);
    if (named.name == "layers.0.blocks.0.attn.qkv.bias") {
      const double largest = named.tensor.abs().max().item<double>();
      CHECK(largest <= 1 / std::sqrt(32.0));
      CHECK(largest > 0.1);
    }
    if (named.name.ends_with("gamma")) {
      CHECK(torch::equal(named.tensor, torch::full({32}, 1e-4F)));
    }
  }
}

TEST_CASE("RGT's files hold the masks of images of 64 pixels in the blocks that are shifted",
          "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const std::vector<std::string>& names = network->derived_names();
  const auto holds = [&](const char* name) { return std::ranges::count(names, name) == 1; };
  CHECK(holds("layers.0.blocks.0.attn.attns.0.rpe_biases"));
  CHECK_FALSE(holds("layers.0.blocks.0.attn.attn_mask_0"));
  CHECK(holds("layers.0.blocks.2.attn.attn_mask_0"));
  CHECK(holds("layers.1.blocks.0.attn.attn_mask_1"));
  for (const sr::NamedTensor& named : network->derived_tensors({})) {
    if (named.name.ends_with("attn_mask_0")) {
      CHECK(named.tensor.sizes() == at::IntArrayRef({64 * 64 / 32, 32, 32}));
    }
  }
}

TEST_CASE("RGT takes images of which less would be left than one pixel", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 1, 18});
  const at::Tensor output = network->forward(lq);
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 2, 36}));
  const at::Tensor whole = network->forward(lq.expand({1, 3, 16, 18}));
  CHECK(torch::equal(output, whole.narrow(2, 0, 2)));
  CHECK(network->training_forward(torch::rand({1, 3, 2, 70}), {}).size(3) == 140);
}

TEST_CASE("RGT trains under autocast with float32 output and gradients", "[nn]") {
  RgtOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 16}), 0.03);
}

TEST_CASE("Impossible RGT arguments are named", "[nn]") {
  const auto option = [](void (*set)(RgtOptions & options)) {
    RgtOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](RgtOptions&) {}).empty());
  CHECK(option([](RgtOptions& o) { o.split_size = {6, 12}; }) == "split_size");
  CHECK(option([](RgtOptions& o) { o.num_heads = {2, 3}; }) == "num_heads");
  CHECK(option([](RgtOptions& o) { o.c_ratio = 0.2; }) == "c_ratio");
  CHECK(option([](RgtOptions& o) { o.mlp_ratio = 31.0 / 32; }) == "mlp_ratio");
}

TEST_CASE("RGT is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "48"}, {"depth", "1,2"}, {"num_heads", "2,3"}};
    sr::test::require_recognised("rgt", small, arguments, scale);
  };
  with({{"c_ratio", "0.25"}, {"mlp_ratio", "1.55"}}, 4);
  with({{"split_size", "4,16"}, {"qkv_bias", "false"}}, 3);
  with({{"split_size", "8,8"}, {"resi_connection", "3conv"}}, 1);
}

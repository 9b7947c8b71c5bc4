#include "nn/swin2sr.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::ResidualConnection;
using sr::arch::Swin2SrOptions;
using sr::arch::WindowUpsampler;

Swin2SrOptions small_options() {
  Swin2SrOptions options;
  options.img_size = 8;
  options.embed_dim = 12;
  options.depths = {2, 1};
  options.num_heads = {2, 3};
  options.window_size = 4;
  options.drop_path_rate = 0;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(Swin2SrOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 8, 8}, [](Swin2SrOptions&) {}},
    {"x3_direct",
     3,
     {1, 3, 7, 10},
     [](Swin2SrOptions& o) { o.upsampler = WindowUpsampler::kPixelShuffleDirect; }},
    {"x4_nearest",
     4,
     {1, 3, 4, 8},
     [](Swin2SrOptions& o) {
       o.upsampler = WindowUpsampler::kNearestConv;
       o.resi_connection = ResidualConnection::kThreeConvs;
       o.mlp_ratio = 1.5;
     }},
    {"x1_none",
     1,
     {1, 3, 6, 5},
     [](Swin2SrOptions& o) {
       o.upsampler = WindowUpsampler::kNone;
       o.img_range = 255;
     }},
    {"x2_aux",
     2,
     {1, 3, 7, 9},
     [](Swin2SrOptions& o) { o.upsampler = WindowUpsampler::kPixelShuffleAux; }},
    {"x8_plain", 8, {1, 3, 4, 4}, [](Swin2SrOptions& o) {
       o.qkv_bias = false;
       o.patch_norm = false;
       o.depths = {3, 2};
       o.window_size = 3;
       o.img_size = 9;
     }}};

}  // namespace

TEST_CASE("Swin2SR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 6))];
  const bool channels_last = GENERATE(false, true);
  Swin2SrOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"swin2sr_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("Swin2SR has the other class's numbers of parameters", "[nn]") {
  const auto count = [](const Swin2SrOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(sr::arch::swin2sr_s(), 2) == 1'005'348);
  CHECK(count(sr::arch::swin2sr_m(), 4) == 12'239'283);
  CHECK(count(sr::arch::swin2sr_l(), 4) == 28'785'859);
}

TEST_CASE("Swin2SR's factors begin with 10, and its files hold offsets and masks", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  for (const sr::NamedTensor& named : network->parameters()) {
    if (named.name.ends_with("logit_scale")) {
      CHECK(torch::allclose(named.tensor.exp(), torch::full_like(named.tensor, 10)));
    }
  }
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(derived.size() == 7);  // offsets and positions of three blocks, a mask of the shifted one
  CHECK(derived[0].name == "layers.0.residual_group.blocks.0.attn.relative_coords_table");
  CHECK(derived[0].tensor.sizes() == at::IntArrayRef({1, 7, 7, 2}));
  CHECK(derived[0].tensor[0][0][6][0].item<float>() == Approx(-std::log2(9.0) / 3));
  CHECK(derived[0].tensor[0][0][6][1].item<float>() == Approx(std::log2(9.0) / 3));
}

TEST_CASE("Swin2SR trains under autocast with float32 output and gradients", "[nn]") {
  Swin2SrOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
}

TEST_CASE("nearest+conv of Swin2SR has scale 4 alone", "[nn]") {
  Swin2SrOptions options = small_options();
  options.upsampler = WindowUpsampler::kNearestConv;
  CHECK(options.impossible(2)->option == "upsampler");
  CHECK_FALSE(options.impossible(4));
}

TEST_CASE("Swin2SR is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{
        {"embed_dim", "12"}, {"depths", "2,1"}, {"num_heads", "2,3"}, {"img_size", "18"}};
    sr::test::require_recognised("swin2sr_m", small, arguments, scale);
  };
  with({{"upsampler", "pixelshuffle_aux"}, {"window_size", "6"}}, 3);
  with({{"qkv_bias", "false"}, {"patch_norm", "false"}, {"window_size", "3"}}, 2);
  with({{"resi_connection", "3conv"}, {"upsampler", "nearest+conv"}, {"window_size", "9"}}, 4);
  with({{"mlp_ratio", "1.5"}, {"upsampler", "none"}, {"window_size", "2"}}, 1);
}

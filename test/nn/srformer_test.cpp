#include "nn/srformer.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::ResidualConnection;
using sr::arch::SrFormerOptions;
using sr::arch::WindowUpsampler;

SrFormerOptions small_options() {
  SrFormerOptions options;
  options.img_size = 16;
  options.embed_dim = 12;
  options.depths = {2, 1};
  options.num_heads = {2, 3};
  options.window_size = 8;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(SrFormerOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 16, 16}, [](SrFormerOptions&) {}},
                       {"x3_odd", 3, {1, 3, 7, 18}, [](SrFormerOptions&) {}},
                       {"x2_direct",
                        2,
                        {2, 3, 8, 16},
                        [](SrFormerOptions& o) {
                          o.upsampler = WindowUpsampler::kPixelShuffleDirect;
                          o.resi_connection = ResidualConnection::kThreeConvs;
                        }},
                       {"x4_nearest",
                        4,
                        {1, 3, 8, 5},
                        [](SrFormerOptions& o) {
                          o.upsampler = WindowUpsampler::kNearestConv;
                          o.qk_scale = 0.4;
                        }},
                       {"x1_none",
                        1,
                        {2, 3, 12, 7},
                        [](SrFormerOptions& o) {
                          o.upsampler = WindowUpsampler::kNone;
                          o.window_size = 6;
                          o.img_size = 10;
                          o.img_range = 255;
                          o.mlp_ratio = 1.5;
                        }},
                       {"x8_plain", 8, {1, 3, 8, 8}, [](SrFormerOptions& o) {
                          o.qkv_bias = false;
                          o.patch_norm = false;
                        }}};

}  // namespace

TEST_CASE("SRFormer's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 6))];
  const bool channels_last = GENERATE(false, true);
  SrFormerOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(
      *network, {"srformer_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("SRFormer has the published number of parameters", "[nn]") {
  CHECK(sr::test::count_parameters(*sr::make_network(SrFormerOptions{}, 4, 0)) == 10'543'503);
}

TEST_CASE("SRFormer's files hold positions and masks for img_size in whole windows", "[nn]") {
  SrFormerOptions options = small_options();
  options.img_size = 11;
  const auto network = sr::make_network(options, 2, 0);
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived.size() == 4);
  CHECK(derived[0].name == "layers.0.residual_group.blocks.0.attn.aligned_relative_position_index");
  CHECK(derived[0].tensor.sizes() == at::IntArrayRef({64, 16}));
  CHECK(derived[2].name == "layers.0.residual_group.blocks.1.attn_mask");
  CHECK(derived[2].tensor.sizes() == at::IntArrayRef({4, 64, 16}));
}

TEST_CASE("SRFormer trains under autocast with float32 output and gradients", "[nn]") {
  SrFormerOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  const auto pass =
      sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
  CHECK_FALSE(torch::equal(pass.output, pass.exact));
}

TEST_CASE("Impossible SRFormer arguments are named", "[nn]") {
  const auto option = [](void (*set)(SrFormerOptions & options)) {
    SrFormerOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](SrFormerOptions&) {}).empty());
  CHECK(option([](SrFormerOptions& o) { o.window_size = 7; }) == "window_size");
  CHECK(option([](SrFormerOptions& o) { o.embed_dim = 10; }) == "embed_dim");
  CHECK(option([](SrFormerOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; }) ==
        "upsampler");
  SrFormerOptions whole = small_options();
  whole.img_size = 8;
  CHECK(whole.impossible(2).value().option == "img_size");
}

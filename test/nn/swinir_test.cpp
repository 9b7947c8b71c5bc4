#include "nn/swinir.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "support/catch.h"

namespace {

using sr::arch::ResidualConnection;
using sr::arch::SwinIrOptions;
using sr::arch::WindowUpsampler;

SwinIrOptions small_options() {
  SwinIrOptions options;
  options.img_size = 8;
  options.embed_dim = 12;
  options.depths = {2, 2};
  options.num_heads = {2, 3};
  options.window_size = 4;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(SwinIrOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 8, 8}, [](SwinIrOptions&) {}},
    {"x3", 3, {2, 3, 7, 10}, [](SwinIrOptions&) {}},
    {"x2_direct",
     2,
     {2, 3, 12, 8},
     [](SwinIrOptions& o) { o.upsampler = WindowUpsampler::kPixelShuffleDirect; }},
    {"x4_nearest",
     4,
     {1, 3, 4, 8},
     [](SwinIrOptions& o) {
       o.upsampler = WindowUpsampler::kNearestConv;
       o.resi_connection = ResidualConnection::kThreeConvs;
     }},
    {"x8_nearest",
     8,
     {1, 3, 4, 5},
     [](SwinIrOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; }},
    {"x1_none",
     1,
     {2, 3, 9, 8},
     [](SwinIrOptions& o) {
       o.upsampler = WindowUpsampler::kNone;
       o.window_size = 7;
       o.img_size = 14;
       o.img_range = 255;
       o.mlp_ratio = 1.5;
     }},
    {"x2_plain", 2, {1, 3, 8, 9}, [](SwinIrOptions& o) {
       o.qkv_bias = false;
       o.patch_norm = false;
     }}};

}  // namespace

TEST_CASE("SwinIR's output and gradients equal those of spandrel's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  SwinIrOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"swinir_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("SwinIR has the published numbers of parameters", "[nn]") {
  const auto count = [](const SwinIrOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(sr::arch::swinir_m(), 4) == 11'900'199);
  CHECK(count(sr::arch::swinir_s(), 2) == 910'152);
  CHECK(count(sr::arch::swinir_s(), 4) == 929'628);
  CHECK(count(sr::arch::swinir_l(), 4) == 28'013'059);
}

TEST_CASE("SwinIR's files hold positions and the masks of shifted blocks for img_size", "[nn]") {
  SwinIrOptions options = small_options();
  options.img_size = 12;
  const auto network = sr::make_network(options, 2, 0);
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived.size() == 6);
  CHECK(derived[0].name == "layers.0.residual_group.blocks.0.attn.relative_position_index");
  CHECK(derived[0].tensor.scalar_type() == at::kLong);
  CHECK(derived[2].name == "layers.0.residual_group.blocks.1.attn_mask");
  CHECK(derived[2].tensor.sizes() == at::IntArrayRef({9, 16, 16}));
  CHECK(network->buffers().empty());
}

TEST_CASE("A branch that is left out for a sample does not change it", "[nn]") {
  SwinIrOptions options = small_options();
  options.depths = {2};
  options.num_heads = {2};
  options.drop_path_rate = 0.5;
  const auto network = sr::make_network(options, 2, 0);
  CHECK(network->drop_rates() == std::vector<double>{0, 0, 0.5, 0.5});
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::NoGradGuard no_grad;
  at::Tensor kept = torch::ones({4, 2});
  const at::Tensor whole = network->forward(lq);
  CHECK(torch::equal(network->training_forward(lq, kept), whole));
  kept[2][1] = kept[3][1] = 0;  // the second block, for the second sample
  const at::Tensor without = network->training_forward(lq, kept);
  CHECK(torch::equal(without[0], whole[0]));
  CHECK_FALSE(torch::equal(without[1], whole[1]));
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (parameter.name.find("blocks.1.") != std::string::npos) {
      at::Tensor(parameter.tensor).add_(0.5);
    }
  }
  const at::Tensor changed = network->training_forward(lq, kept);
  CHECK_FALSE(torch::equal(changed[0], without[0]));
  CHECK(torch::equal(changed[1], without[1]));
}

TEST_CASE("SwinIR trains under autocast with float32 output and gradients", "[nn]") {
  SwinIrOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const auto pass =
      sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
  CHECK_FALSE(torch::equal(pass.output, pass.exact));
}

TEST_CASE("Impossible SwinIR arguments are configuration errors", "[nn]") {
  const auto refused = [](int scale, void (*set)(SwinIrOptions & options)) {
    SwinIrOptions options = small_options();
    set(options);
    REQUIRE(options.impossible(scale));
  };
  refused(2, [](SwinIrOptions& o) { o.depths = {2}; });
  refused(2, [](SwinIrOptions& o) { o.num_heads = {2, 5}; });
  refused(2, [](SwinIrOptions& o) { o.img_size = 10; });
  refused(2, [](SwinIrOptions& o) { o.img_size = 4; });
  refused(2, [](SwinIrOptions& o) { o.ape = true; });
  refused(2, [](SwinIrOptions& o) { o.mlp_ratio = 0.01; });
  refused(3, [](SwinIrOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; });
  refused(2, [](SwinIrOptions& o) { o.upsampler = WindowUpsampler::kNone; });
}

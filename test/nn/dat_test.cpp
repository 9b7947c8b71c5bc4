#include "nn/dat.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/batch_statistics.h"
#include "support/catch.h"

namespace {

using sr::arch::DatOptions;
using sr::arch::ResidualConnection;
using sr::arch::WindowUpsampler;

/// Windows are shifted in block 2 of the first group and in block 0 of the second.
DatOptions small_options() {
  DatOptions options;
  options.img_size = 8;
  options.embed_dim = 32;
  options.depth = {3, 2};
  options.num_heads = {2, 4};
  options.split_size = {4, 8};
  options.expansion_factor = 2;
  options.drop_path_rate = 0;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(DatOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 8, 16}, [](DatOptions&) {}},
    {"x3_odd", 3, {2, 3, 7, 11}, [](DatOptions&) {}},
    {"x4_direct",
     4,
     {3, 3, 4, 9},
     [](DatOptions& o) {
       o.upsampler = WindowUpsampler::kPixelShuffleDirect;
       o.resi_connection = ResidualConnection::kThreeConvs;
     }},
    {"x8_plain",
     8,
     {2, 3, 3, 5},
     [](DatOptions& o) {
       o.qkv_bias = false;
       o.expansion_factor = 4;
       o.img_range = 255;
       o.qk_scale = 0.4;
     }},
    {"x1_square",
     1,
     {2, 3, 8, 5},
     [](DatOptions& o) {
       o.split_size = {4, 4};
       o.depth = {2, 1};
       o.num_heads = {4, 2};
     }},
    {"x1_folded", 1, {2, 3, 14, 17}, [](DatOptions& o) { o.unshuffle_mod = true; }},
    {"x2_folded", 2, {2, 3, 9, 16}, [](DatOptions& o) { o.unshuffle_mod = true; }}};

}  // namespace

TEST_CASE("DAT's output and gradients in training equal those of the peers' class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  DatOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"dat_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("DAT has the published numbers of parameters", "[nn]") {
  const auto count = [](const DatOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 14'802'051);
  CHECK(count(sr::arch::dat_2(), 4) == 11'212'131);
}

TEST_CASE("DAT's files hold offsets, positions and the masks of shifted blocks", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const sr::NamedTensors derived = network->derived_tensors({});
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  const auto find = [&](const std::string& name) {
    for (const sr::NamedTensor& named : derived) {
      if (named.name == name) {
        return named.tensor;
      }
    }
    return at::Tensor();
  };
  const at::Tensor offsets = find("layers.0.blocks.0.attn.attns.0.rpe_biases");
  REQUIRE(offsets.sizes() == at::IntArrayRef({7 * 15, 2}));
  CHECK(torch::equal(offsets[0], torch::tensor({-3.0F, -7.0F})));
  CHECK(torch::equal(offsets[1], torch::tensor({-3.0F, -6.0F})));
  CHECK(torch::equal(offsets[104], torch::tensor({3.0F, 7.0F})));  // loaders read the sides here
  CHECK(find("layers.1.blocks.0.attn.attns.1.relative_position_index").sizes() ==
        at::IntArrayRef({32, 32}));
  CHECK_FALSE(find("layers.0.blocks.0.attn.attn_mask_0").defined());
  CHECK(find("layers.0.blocks.2.attn.attn_mask_0").sizes() == at::IntArrayRef({2, 32, 32}));
  CHECK(find("layers.1.blocks.0.attn.attn_mask_1").sizes() == at::IntArrayRef({2, 32, 32}));
}

TEST_CASE("DAT takes statistics in once a step, with blocks computed twice too", "[nn]") {
  sr::test::check_statistics_once_a_step(
      [](bool twice) {
        DatOptions options = small_options();
        options.use_checkpoint = twice;
        return sr::make_network(options, 2, 0);
      },
      2);
}

TEST_CASE("DAT's forward normalises by running statistics and leaves them alone", "[nn]") {
  sr::test::check_forward_leaves_statistics(*sr::make_network(small_options(), 2, 0));
}

TEST_CASE("DAT with frozen statistics trains as it validates, one sample alone as well", "[nn]") {
  DatOptions options = small_options();
  CHECK(sr::arch::mixes_samples(options));
  options.frozen_statistics = true;
  CHECK_FALSE(sr::arch::mixes_samples(options));
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<at::Tensor> before = sr::test::copies_of(network->buffers());
  const at::Tensor lq = torch::rand({1, 3, 8, 8});
  const at::Tensor output = network->training_forward(lq, {});
  CHECK(torch::equal(output, network->forward(lq)));
  output.sum().backward();
  CHECK(sr::test::all_equal(sr::test::copies_of(network->buffers()), before));
}

TEST_CASE("DAT trains under autocast with float32 output and gradients", "[nn]") {
  DatOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  const auto pass =
      sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
  CHECK_FALSE(torch::equal(pass.output, pass.exact));
}

TEST_CASE("Both branches of a block of DAT are left out at its rate", "[nn]") {
  DatOptions options = small_options();
  options.drop_path_rate = 0.4;
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<double> rates = network->drop_rates();
  REQUIRE(rates.size() == 10);
  CHECK(rates[0] == 0);
  CHECK(rates[2] == Approx(0.1));
  CHECK(rates[9] == Approx(0.4));
}

TEST_CASE("Impossible DAT arguments are named", "[nn]") {
  const auto option = [](void (*set)(DatOptions & options)) {
    DatOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](DatOptions&) {}).empty());
  CHECK(option([](DatOptions& o) { o.split_size = {4}; }) == "split_size");
  CHECK(option([](DatOptions& o) { o.split_size = {8, 12}; }) == "split_size");
  CHECK(option([](DatOptions& o) { o.depth = {2}; }) == "num_heads");
  CHECK(option([](DatOptions& o) { o.num_heads = {2, 1}; }) == "num_heads");
  CHECK(option([](DatOptions& o) { o.num_heads = {2, 5}; }) == "num_heads");
  CHECK(option([](DatOptions& o) { o.embed_dim = 24; }) == "embed_dim");
  CHECK(option([](DatOptions& o) { o.expansion_factor = 0.04; }) == "expansion_factor");
  CHECK(option([](DatOptions& o) { o.expansion_factor = 31.0 / 32; }) == "expansion_factor");
  CHECK(option([](DatOptions& o) { o.img_size = 12; }) == "img_size");
}

#include "nn/fdat.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::FdatBlock;
using sr::arch::FdatOptions;
using sr::arch::UniUpsampler;

FdatOptions small_options() {
  FdatOptions options;
  options.embed_dim = 12;
  options.num_groups = 1;
  options.depth_per_group = 1;
  options.num_heads = 2;
  options.window_size = 4;
  options.aim_reduction_ratio = 3;
  options.mid_dim = 8;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(FdatOptions& options);
};
const Case kCases[] = {
    {"x2", 2, {2, 3, 8, 8}, [](FdatOptions& o) { o.num_groups = 2; }},
    {"x3_transpose",
     3,
     {1, 3, 7, 10},
     [](FdatOptions& o) { o.upsampler_type = UniUpsampler::kTransposeConv; }},
    {"x4_pattern",
     4,
     {1, 3, 4, 9},
     [](FdatOptions& o) {
       o.group_block_pattern = {FdatBlock::kChannel, FdatBlock::kSpatial, FdatBlock::kSpatial};
       o.depth_per_group = 2;
       o.ffn_expansion_ratio = 1.5;
       o.upsampler_type = UniUpsampler::kTransposeConv;
     }},
    {"x2_unshuffle", 2, {1, 3, 9, 10}, [](FdatOptions& o) { o.unshuffle_mod = true; }},
    {"x1_unshuffle",
     1,
     {1, 3, 13, 16},
     [](FdatOptions& o) {
       o.unshuffle_mod = true;
       o.upsampler_type = UniUpsampler::kPixelShuffleDirect;
     }},
    {"x2_window",
     2,
     {1, 3, 8, 9},
     [](FdatOptions& o) {
       o.window_size = 8;
       o.num_heads = 3;
       o.aim_reduction_ratio = 5;
       o.upsampler_type = UniUpsampler::kPaUp;
     }},
    {"x2_lda", 2, {1, 3, 8, 9}, [](FdatOptions& o) {
       o.upsampler_type = UniUpsampler::kLda;
       o.mid_dim = 32;
     }}};

}  // namespace

TEST_CASE("FDAT's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  FdatOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"fdat_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("FDAT has the numbers of parameters of traiNNer-redux's class", "[nn]") {
  const auto count = [](const FdatOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(sr::arch::fdat_tiny(), 4) == 1'009'347);
  CHECK(count(sr::arch::fdat_light(), 2) == 1'722'735);
  CHECK(count(sr::arch::fdat_medium(), 3) == 3'797'583);
  CHECK(count(sr::arch::fdat_medium_aligned(), 4) == 4'551'431);
  CHECK(count(sr::arch::fdat_large(), 4) == 11'121'579);
  CHECK(count(sr::arch::fdat_xl(), 4) == 23'118'819);
}

TEST_CASE("FDAT's file says which upsampler it has", "[nn]") {
  FdatOptions options = small_options();
  options.upsampler_type = UniUpsampler::kTransposeConv;
  const auto network = sr::make_network(options, 3, 0);
  REQUIRE(network->buffers().size() == 1);
  const sr::NamedTensor& meta = network->buffers().front();
  CHECK(meta.name == "upsampler.MetaUpsample");
  CHECK(torch::equal(meta.tensor, torch::tensor({3, 5, 3, 12, 3, 8, 4}).to(at::kByte)));
}

TEST_CASE("FDAT begins with small weights and no bias but in transposed convolutions", "[nn]") {
  FdatOptions options = small_options();
  options.upsampler_type =
      GENERATE(UniUpsampler::kDySample, UniUpsampler::kTransposeConv, UniUpsampler::kLda);
  const auto network = sr::make_network(options, 2, 3);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    const double largest = parameter.tensor.abs().max().item<double>();
    if (parameter.name.starts_with("upsampler.0.") &&
        options.upsampler_type == UniUpsampler::kTransposeConv) {
      CHECK(largest > 0.03);
    } else if (parameter.name.ends_with("temp") || parameter.name.ends_with("n1.weight") ||
               parameter.name.ends_with("n2.weight") ||
               parameter.name.ends_with("offset.1.weight") ||
               parameter.name.ends_with("layer_norm.weight")) {
      CHECK(largest == 1);
    } else if (parameter.name.ends_with("bias") && !parameter.name.ends_with("attn.bias")) {
      CHECK(largest == 0);
    } else {
      CHECK(largest > 0.01);
      CHECK(largest < 0.12);
    }
  }
}

TEST_CASE("FDAT drops more samples from later blocks and passes them by", "[nn]") {
  FdatOptions options = small_options();
  options.depth_per_group = 2;
  options.drop_path_rate = 0.3;
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<double> rates = network->drop_rates();
  REQUIRE(rates.size() == 8);
  for (std::size_t i = 0; i < rates.size(); ++i) {
    CHECK(rates[i] == Approx(0.1 * static_cast<double>(i / 2)));
  }
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  const at::Tensor whole = network->forward(lq);
  at::Tensor kept = torch::ones({8, 2});
  CHECK(torch::equal(network->training_forward(lq, kept), whole));
  kept[6][1] = kept[7][1] = 0;  // the last block, for the second sample
  const at::Tensor without = network->training_forward(lq, kept);
  CHECK(torch::equal(without[0], whole[0]));
  CHECK_FALSE(torch::equal(without[1], whole[1]));
  for (const sr::NamedTensor& parameter : network->parameters()) {
    if (parameter.name.starts_with("groups.0.blocks.3.")) {
      at::Tensor(parameter.tensor).add_(0.5);
    }
  }
  const at::Tensor changed = network->training_forward(lq, kept);
  CHECK_FALSE(torch::equal(changed[0], without[0]));
  CHECK(torch::equal(changed[1], without[1]));
}

TEST_CASE("FDAT trains under autocast with float32 output and gradients", "[nn]") {
  FdatOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  for (const sr::NamedTensor& parameter : network->parameters()) {
    // As an optimizer leaves them: the gates that a block does not use get no gradient.
    parameter.tensor.mutable_grad() = torch::zeros_like(parameter.tensor).detach();
  }
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
}

TEST_CASE("Impossible FDAT arguments are named", "[nn]") {
  const auto refused = [](void (*set)(FdatOptions & options)) {
    FdatOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(refused([](FdatOptions&) {}).empty());
  CHECK(refused([](FdatOptions& o) { o.num_heads = 5; }) == "num_heads");
  CHECK(refused([](FdatOptions& o) { o.aim_reduction_ratio = 13; }) == "aim_reduction_ratio");
  CHECK(refused([](FdatOptions& o) { o.ffn_expansion_ratio = 0.01; }) == "ffn_expansion_ratio");
  CHECK(refused([](FdatOptions& o) { o.group_block_pattern.clear(); }) == "group_block_pattern");
  FdatOptions transposed = small_options();
  transposed.upsampler_type = UniUpsampler::kTransposeConv;
  REQUIRE(transposed.impossible(8));
  REQUIRE_FALSE(transposed.impossible(4));
}

TEST_CASE("FDAT is recognised with options that change its tensors", "[nn]") {
  const sr::arch::Arguments small{{"embed_dim", "12"}, {"num_groups", "2"},
                                  {"num_heads", "2"},  {"depth_per_group", "1"},
                                  {"mid_dim", "6"},    {"aim_reduction_ratio", "5"}};
  const auto with = [&](const sr::arch::Arguments& arguments, int scale = 4) {
    sr::test::require_recognised("fdat", small, arguments, scale);
  };
  with({{"window_size", "6"}, {"num_in_ch", "9"}, {"ffn_expansion_ratio", "1.3"}});
  with({{"group_block_pattern", "channel,spatial,channel"}, {"depth_per_group", "2"}});
  with({{"group_block_pattern", "channel"}, {"upsampler_type", "transpose+conv"}}, 2);
  with({{"upsampler_type", "nearest+conv"}, {"group_block_pattern", "spatial"}}, 3);
  with({{"upsampler_type", "pa_up"}}, 3);
  with({{"upsampler_type", "dysample"}, {"mid_dim", "8"}}, 2);
  with({{"upsampler_type", "lda"}, {"mid_dim", "8"}}, 3);
  with({{"upsampler_type", "conv"}}, 1);
  with({{"unshuffle_mod", "true"}}, 1);
  with({{"unshuffle_mod", "true"}, {"upsampler_type", "transpose+conv"}}, 2);
}

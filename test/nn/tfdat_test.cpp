#include "nn/tfdat.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::FdatBlock;
using sr::arch::TfdatOptions;
using sr::arch::UniUpsampler;

TfdatOptions small_options(int frames = 3) {
  TfdatOptions options;
  options.num_frames = frames;
  options.embed_dim = 12;
  options.num_groups = 1;
  options.depth_per_group = 1;
  options.num_heads = 2;
  options.window_size = 4;
  options.aim_reduction_ratio = 3;
  options.mid_dim = 8;
  options.flow_base_ch = 4;
  return options;
}

struct Case {
  const char* key;
  int scale, frames;
  std::vector<std::int64_t> shape;
  void (*set)(TfdatOptions& options);
};
const Case kCases[] = {
    {"x1",
     1,
     3,
     {1, 9, 13, 16},
     [](TfdatOptions& o) { o.upsampler_type = UniUpsampler::kPixelShuffleDirect; }},
    {"x2", 2, 5, {2, 15, 8, 9}, [](TfdatOptions& o) { o.num_groups = 2; }},
    {"x3",
     3,
     3,
     {1, 9, 7, 10},
     [](TfdatOptions& o) {
       o.upsampler_type = UniUpsampler::kPixelShuffle;
       o.flow_base_ch = 2;
     }},
    {"x4", 4, 5, {1, 15, 24, 17}, [](TfdatOptions& o) {
       o.window_size = 8;
       o.group_block_pattern = {FdatBlock::kChannel, FdatBlock::kSpatial};
       o.flow_base_ch = 3;
     }}};

}  // namespace

TEST_CASE("TFDAT's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 4))];
  const bool channels_last = GENERATE(false, true);
  TfdatOptions options = small_options(c.frames);
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"tfdat_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("TFDAT gives the same image with and without gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), GENERATE(2, 4), 1);
  const at::Tensor clips = torch::rand({1, 9, 16, 24});
  const at::Tensor trained = network->forward(clips).detach();
  const at::NoGradGuard no_grad;
  CHECK(torch::allclose(network->forward(clips), trained, 1e-4, 1e-6));
}

TEST_CASE("TFDAT has the numbers of parameters of traiNNer-redux's class", "[nn]") {
  const auto count = [](int scale) {
    return sr::test::count_parameters(*sr::make_network(TfdatOptions{}, scale, 0));
  };
  CHECK(count(1) == 4'334'281);
  CHECK(count(2) == 4'295'401);
  CHECK(count(3) == 4'055'944);
  CHECK(count(4) == 4'288'984);
}

TEST_CASE("TFDAT begins with small weights, and hardly changes frames that are not folded",
          "[nn]") {
  const auto network = sr::make_network(small_options(), 4, 3);
  for (const sr::NamedTensor& parameter : network->parameters()) {
    CAPTURE(parameter.name);
    const double largest = parameter.tensor.abs().max().item<double>();
    if (parameter.name == "shallow_stem.2.weight") {
      CHECK(largest < 0.012);
      CHECK(largest > 0.001);
    } else if (parameter.name == "flow_net.flow_pred.weight") {
      CHECK(largest > 0.01);
    }
  }
}

TEST_CASE("TFDAT drops samples from later blocks", "[nn]") {
  TfdatOptions options = small_options();
  options.depth_per_group = 2;
  options.drop_path_rate = 0.3;
  const auto network = sr::make_network(options, 2, 0);
  REQUIRE(network->drop_rates().size() == 8);
  CHECK(network->drop_rates().back() == Approx(0.3));
  const at::NoGradGuard no_grad;
  const at::Tensor clips = torch::rand({2, 9, 8, 8});
  at::Tensor kept = torch::ones({8, 2});
  const at::Tensor whole = network->training_forward(clips, kept);
  CHECK(torch::equal(network->forward(clips), whole));
  kept[7][1] = 0;
  const at::Tensor without = network->training_forward(clips, kept);
  CHECK(torch::equal(without[0], whole[0]));
  CHECK_FALSE(torch::equal(without[1], whole[1]));
}

TEST_CASE("TFDAT trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  for (const sr::NamedTensor& parameter : network->parameters()) {
    parameter.tensor.mutable_grad() = torch::zeros_like(parameter.tensor).detach();
  }
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 9, 8, 8}), 0.05);
}

TEST_CASE("TFDAT is recognised with options that change its tensors", "[nn]") {
  const sr::arch::Arguments small{{"embed_dim", "12"}, {"num_groups", "2"},
                                  {"num_heads", "2"},  {"depth_per_group", "1"},
                                  {"mid_dim", "6"},    {"aim_reduction_ratio", "5"}};
  const auto with = [&](const sr::arch::Arguments& arguments, int scale) {
    sr::test::require_recognised("tfdat", small, arguments, scale);
  };
  with({{"window_size", "6"}, {"flow_base_ch", "5"}, {"ffn_expansion_ratio", "1.3"}}, 4);
  with({{"group_block_pattern", "channel"}, {"upsampler_type", "pixelshuffle"}}, 2);
  with({{"upsampler_type", "pa_up"}, {"num_frames", "7"}}, 3);
  with({{"upsampler_type", "pixelshuffledirect"}}, 8);
  with({{"upsampler_type", "dysample"}, {"mid_dim", "8"}}, 1);
}

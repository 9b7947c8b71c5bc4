#include "nn/grl.h"

#include <torch/torch.h>

#include <string>
#include <vector>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::AnchorKind;
using sr::arch::GrlOptions;
using sr::arch::QkvKind;
using sr::arch::ResidualConnection;
using sr::arch::WindowUpsampler;

GrlOptions small_options() {
  GrlOptions options;
  options.embed_dim = 24;
  options.depths = {4, 1};
  options.num_heads_window = {2, 3};
  options.num_heads_stripe = {3, 2};
  options.window_size = 4;
  options.stripe_size = {4, 8};
  options.anchor_window_down_factor = 2;
  options.drop_path_rate = 0;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(GrlOptions& options);
};
const Case kCases[] = {{"x2", 2, {2, 3, 8, 16}, [](GrlOptions& o) { o.local_connection = true; }},
                       {"x3_direct",
                        3,
                        {1, 3, 7, 10},
                        [](GrlOptions& o) {
                          o.upsampler = WindowUpsampler::kPixelShuffleDirect;
                          o.qkv_bias = false;
                          o.anchor_proj_type = AnchorKind::kMaxPool;
                          o.anchor_window_down_factor = 4;
                          o.window_size = 8;
                          o.stripe_size = {8, 8};
                          o.conv_type = ResidualConnection::kThreeConvs;
                          o.mlp_ratio = 1.5;
                        }},
                       {"x4_nearest",
                        4,
                        {1, 3, 3, 9},
                        [](GrlOptions& o) {
                          o.upsampler = WindowUpsampler::kNearestConv;
                          o.qkv_proj_type = QkvKind::kSeparableConv;
                          o.anchor_proj_type = AnchorKind::kConv;
                          o.init_method = std::string("r");
                          o.conv_type = ResidualConnection::kLinear;
                        }},
                       {"x1_none",
                        1,
                        {1, 3, 6, 8},
                        [](GrlOptions& o) {
                          o.upsampler = WindowUpsampler::kNone;
                          o.anchor_proj_type = AnchorKind::kSeparableConv;
                          o.anchor_one_stage = false;
                          o.anchor_window_down_factor = 4;
                          o.stripe_size = {8, 4};
                          o.img_range = 255;
                          o.conv_type = ResidualConnection::kPointwise;
                          o.stripe_shift = false;
                        }},
                       {"x1_clip",
                        1,
                        {1, 9, 8, 8},
                        [](GrlOptions& o) {
                          o.upsampler = WindowUpsampler::kNone;
                          o.in_channels = 9;
                          o.anchor_proj_type = AnchorKind::kMergedPixels;
                          o.qkv_bias = false;
                          o.qkv_proj_type = QkvKind::kSeparableConv;
                        }},
                       {"x2_groups",
                        2,
                        {1, 3, 16, 15},
                        [](GrlOptions& o) {
                          o.stripe_groups = {2, 0};
                          o.stripe_size = {0, 16};
                          o.euclidean_dist = true;
                          o.pretrained_window_size = {8, 6};
                          o.pretrained_stripe_size = {12, 16};
                        }},
                       {"x8_group", 8, {1, 3, 8, 8}, [](GrlOptions& o) {
                          o.stripe_groups = {0, 1};
                          o.stripe_size = {4, 0};
                          o.anchor_proj_type = AnchorKind::kMergedPixels;
                          o.anchor_one_stage = false;
                          o.anchor_window_down_factor = 4;
                          o.depths = {4};
                          o.num_heads_window = {1};
                          o.num_heads_stripe = {4};
                        }}};

at::Tensor parameter(const sr::Network& network, const std::string& name) {
  for (const sr::NamedTensor& named : network.parameters()) {
    if (named.name == name) {
      return named.tensor.detach();
    }
  }
  FAIL(name);
  return {};
}

}  // namespace

TEST_CASE("GRL's output and gradients equal those of spandrel's class", "[nn][grl]") {
  const Case& c = kCases[GENERATE(range(0, 7))];
  const bool channels_last = GENERATE(false, true);
  GrlOptions options = small_options();
  c.set(options);
  REQUIRE_FALSE(options.impossible(c.scale));
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"grl_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("GRL has the other class's numbers of parameters", "[nn][grl]") {
  const auto count = [](const GrlOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(sr::arch::grl_b(), 4) == 20'201'299);
  CHECK(count(sr::arch::grl_s(), 4) == 3'487'715);
  CHECK(count(sr::arch::grl_t(), 2) == 885'420);
}

TEST_CASE("GRL begins as init_method says", "[nn][grl]") {
  const std::string block = "layers.0.blocks.0.";
  const auto begun = [](const char* method) {
    GrlOptions options = small_options();
    options.embed_dim = 96;
    options.init_method = method;
    return sr::make_network(options, 2, 0);
  };
  const auto plain = begun("n");
  const auto deviation = [&](const sr::Network& network, const std::string& name) {
    return parameter(network, name).std().item<double>();
  };
  CHECK(deviation(*plain, block + "attn.proj.weight") == Approx(0.02).epsilon(0.05));
  CHECK(parameter(*plain, block + "attn.window_attn.attn_transform.logit_scale")
            .exp()
            .mean()
            .item<float>() == Approx(10));
  CHECK(parameter(*begun("l"), block + "norm1.weight").abs().max().item<float>() == 0);
  CHECK(parameter(*begun("l"), "norm_start.weight").min().item<float>() == 1);
  CHECK(deviation(*begun("t02"), block + "attn.proj.weight") == Approx(0.02).epsilon(0.05));
  CHECK(deviation(*begun("t3"), block + "attn.proj.weight") == Approx(0.3).epsilon(0.05));
  for (const char* method : {"w", "t3"}) {
    const auto changed = begun(method);
    for (const char* name : {"layers.0.conv.weight", "conv_first.weight"}) {
      const double factor = std::string(name) == "conv_first.weight" ? 1 : 0.1;
      CHECK(torch::allclose(parameter(*changed, name), parameter(*plain, name) * factor));
    }
  }
  const std::string positions = block + "attn.window_attn.attn_transform.cpb_mlp.0.weight";
  CHECK(torch::equal(parameter(*begun("w"), positions), parameter(*plain, positions)));
}

TEST_CASE("GRL's file holds nothing beside its weights", "[nn][grl]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  CHECK(network->derived_tensors({}).empty());
  CHECK(network->buffers().empty());
  CHECK(network->derived_names().size() == 13);  // which files of the authors have
}

TEST_CASE("GRL trains under autocast with float32 output and gradients", "[nn][grl]") {
  GrlOptions options = small_options();
  options.local_connection = true;
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.03);
}

TEST_CASE("GRL's branches are left out of the samples that training skips", "[nn][grl]") {
  GrlOptions options = small_options();
  options.drop_path_rate = 0.5;
  const auto network = sr::make_network(options, 2, 0);
  const std::vector<double> rates = network->drop_rates();
  REQUIRE(rates.size() == 10);
  CHECK(rates.front() == 0);
  CHECK(rates[2] == Approx(0.125));
  CHECK(rates.back() == 0.5);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({2, 3, 8, 8});
  at::Tensor kept = torch::ones({10, 2});
  const at::Tensor all = network->training_forward(lq, kept);
  CHECK(torch::allclose(all, network->forward(lq), 1e-4, 1e-6));
  kept.index_put_({torch::indexing::Slice(2), 1}, 0);
  const at::Tensor less = network->training_forward(lq, kept);
  CHECK(torch::allclose(less[0], all[0], 1e-4, 1e-6));
  CHECK_FALSE(torch::allclose(less[1], all[1], 1e-4, 1e-6));
}

TEST_CASE("Impossible GRL arguments are named", "[nn][grl]") {
  const auto option = [](void (*set)(GrlOptions & options), int scale = 2) {
    GrlOptions options = small_options();
    set(options);
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(option([](GrlOptions&) {}).empty());
  CHECK(option([](GrlOptions& o) { o.embed_dim = 25; }) == "embed_dim");
  CHECK(option([](GrlOptions& o) { o.num_heads_window = {2}; }) == "num_heads_window");
  CHECK(option([](GrlOptions& o) { o.num_heads_stripe = {5, 2}; }) == "num_heads_stripe");
  CHECK(option([](GrlOptions& o) { o.stripe_size = {8}; }) == "stripe_size");
  CHECK(option([](GrlOptions& o) { o.stripe_size = {3, 8}; }) == "stripe_size");
  CHECK(option([](GrlOptions& o) { o.stripe_size = {0, 8}; }) == "stripe_size");
  CHECK(option([](GrlOptions& o) { o.stripe_groups = {3, 0}; }) == "stripe_groups");
  CHECK(option([](GrlOptions& o) { o.window_size = 3; }) == "window_size");
  CHECK(option([](GrlOptions& o) {
          o.pretrained_window_size = {8, 0};
        }) == "pretrained_window_size");
  CHECK(option([](GrlOptions& o) { o.anchor_proj_type = AnchorKind::kMergedPixels; }).empty());
  CHECK(option([](GrlOptions& o) {
          o.anchor_proj_type = AnchorKind::kMergedPixels;
          o.anchor_window_down_factor = 4;
        }) == "anchor_window_down_factor");
  CHECK(option([](GrlOptions& o) {
          o.anchor_proj_type = AnchorKind::kConv;
          o.anchor_window_down_factor = 1;
        }) == "anchor_window_down_factor");
  CHECK(option([](GrlOptions& o) { o.anchor_one_stage = false; }) == "anchor_one_stage");
  CHECK(option([](GrlOptions& o) {
          o.embed_dim = 12;
          o.local_connection = true;
        }) == "local_connection");
  CHECK(option([](GrlOptions& o) { o.mlp_ratio = 0.01; }) == "mlp_ratio");
  CHECK(option([](GrlOptions& o) { o.upsampler = WindowUpsampler::kNearestConv; }) == "upsampler");
  CHECK(option([](GrlOptions& o) { o.upsampler = WindowUpsampler::kNone; }) == "upsampler");
  CHECK(option([](GrlOptions& o) { o.upsampler = WindowUpsampler::kNone; }, 1).empty());
  for (const char* method : {"", "t", "t0", "t12", "t-1", "x"}) {
    CAPTURE(method);
    GrlOptions options = small_options();
    options.init_method = method;
    CHECK(options.impossible(2)->option == "init_method");
  }
}

TEST_CASE("GRL is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const sr::arch::Arguments& arguments, int scale) {
    const sr::arch::Arguments small{{"embed_dim", "24"},         {"depths", "1,2"},
                                    {"num_heads_window", "2,3"}, {"num_heads_stripe", "4,2"},
                                    {"window_size", "4"},        {"stripe_size", "4,8"}};
    sr::test::require_recognised("grl_t", small, arguments, scale);
  };
  with({{"qkv_bias", "false"}, {"mlp_ratio", "1.55"}, {"conv_type", "3conv"}}, 4);
  with({{"qkv_bias", "false"}, {"qkv_proj_type", "separable_conv"}, {"upsampler", "none"}}, 1);
  with({{"qkv_proj_type", "separable_conv"}, {"upsampler", "pixelshuffle"}}, 3);
  with({{"anchor_proj_type", "conv2d"}, {"local_connection", "true"}}, 2);
  with({{"anchor_proj_type", "separable_conv"}, {"anchor_one_stage", "false"}}, 2);
  with({{"anchor_proj_type", "patchmerging"}, {"anchor_one_stage", "false"}}, 2);
  with({{"conv_type", "1conv1x1"}, {"upsampler", "nearest+conv"}}, 4);
  with({{"conv_type", "linear"}, {"in_channels", "9"}}, 8);
}

TEST_CASE("GRL's sizes come from the tables of its authors' files", "[nn]") {
  const auto recognised = [](const sr::test::Shapes& tables, const char* upsampler, int scale) {
    sr::test::Shapes shapes = sr::test::shapes_of(
        *sr::make_network(sr::test::network_of("grl_t", {{"embed_dim", "8"},
                                                         {"depths", "1"},
                                                         {"num_heads_window", "2"},
                                                         {"num_heads_stripe", "2"},
                                                         {"upsampler", upsampler}}),
                          scale, 0));
    shapes.insert(tables.begin(), tables.end());
    const auto found = sr::arch::recognise(sr::arch::TensorShapes(shapes, {}));
    REQUIRE(found);
    return std::get<sr::arch::GrlOptions>(found->options);
  };
  const auto options = recognised(
      {{"table_w", {1, 31, 31, 2}}, {"table_sh", {1, 47, 95, 2}}, {"index_sh_a2w", {512, 2048}}},
      "pixelshuffle", 2);
  CHECK(options.window_size == 16);
  CHECK(options.stripe_size == std::vector<int>{32, 64});
  CHECK(options.anchor_window_down_factor == 2);
  const auto hostile = recognised(
      {{"table_w", {1, 31, 31, 2}}, {"table_sh", {1, -5, 95, 2}}, {"index_sh_a2w", {0, 2048}}},
      "pixelshuffle", 2);
  CHECK(hostile.window_size == 32);
  CHECK(hostile.stripe_size == std::vector<int>{64, 64});
  CHECK(recognised({}, "nearest+conv", 4).stripe_size == std::vector<int>{32, 64});
  CHECK(recognised({}, "none", 1).window_size == 8);
}

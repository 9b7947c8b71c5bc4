#include "nn/flexnet.h"

#include <torch/torch.h>

#include <algorithm>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::FlexNetOptions;
using Upsampler = FlexNetOptions::Upsampler;

FlexNetOptions small_options() {
  FlexNetOptions options;
  options.dim = 8;
  options.num_blocks = {1, 2};
  options.hidden_rate = 2;
  return options;
}

FlexNetOptions small_meta() {
  FlexNetOptions options = sr::arch::metaflexnet();
  options.dim = 8;
  options.num_blocks = {1, 2, 1, 1};
  options.hidden_rate = 2;
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(FlexNetOptions& options);
};
const Case kCases[] = {
    {"x1", 1, {2, 3, 9, 13}, [](FlexNetOptions& o) { o.upsampler = Upsampler::kNearestConv; }},
    {"x2",
     2,
     {1, 3, 8, 15},
     [](FlexNetOptions& o) {
       o.channel_norm = true;
       o.upsampler = Upsampler::kDySample;
     }},
    {"x3", 3, {1, 3, 14, 16}, [](FlexNetOptions& o) { o.upsampler = Upsampler::kNearestConv; }},
    {"x4", 4, {2, 3, 7, 9}, [](FlexNetOptions& o) { o.hidden_rate = 3; }},
    {"meta", 2, {1, 3, 40, 64}, [](FlexNetOptions& o) {
       o = small_meta();
       o.channel_norm = true;
     }}};

}  // namespace

TEST_CASE("FlexNet's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  FlexNetOptions options = small_options();
  c.set(options);
  options.use_checkpoint = channels_last;
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"flexnet_golden.txt", c.key, c.shape, 0.2, channels_last, at::kDouble});
}

TEST_CASE("FlexNet has as many trained parameters as traiNNer-redux's class", "[nn]") {
  const auto count = [](const FlexNetOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 4) == 2'929'936);
  CHECK(count(sr::arch::metaflexnet(), 4) == 66'744'624);
}

TEST_CASE("FlexNet's file holds the kernel that its parts come to", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  std::vector<at::Tensor> values;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    values.push_back(parameter.tensor.detach());
  }
  const auto value = [&](const std::string& name) {
    const auto found = std::ranges::find(network->parameters(), name, &sr::NamedTensor::name);
    REQUIRE(found != network->parameters().end());
    return found->tensor.detach();
  };
  const sr::NamedTensors derived = network->derived_tensors(values);
  REQUIRE(sr::test::names_of(derived) == network->derived_names());
  REQUIRE(derived.size() == 6);  // two a block
  const std::string prefix = "pipeline.att.1.t_blocks.1.ffn.omni_shift.";
  REQUIRE(derived.back().name == prefix + "conv5x5_reparam.weight");
  const at::Tensor features = torch::rand({1, 8, 9, 7});
  const auto seen = [&](const at::Tensor& kernel) {
    return at::conv2d(features, kernel, {}, 1, kernel.size(2) / 2, 1, 8);
  };
  const at::Tensor factors = value(prefix + "alpha");
  const at::Tensor parts = factors[0] * features +
                           factors[1] * seen(value(prefix + "conv1x1.weight")) +
                           factors[2] * seen(value(prefix + "conv3x3.weight")) +
                           factors[3] * seen(value(prefix + "conv5x5.weight"));
  CHECK(torch::allclose(seen(derived.back().tensor), parts, 1e-4, 1e-5));
}

TEST_CASE("FlexNet says in its file what loaders ask for", "[nn]") {
  FlexNetOptions options = small_options();
  options.upsampler = Upsampler::kNearestConv;
  const auto network = sr::make_network(options, 3, 0);
  REQUIRE(sr::test::names_of(network->buffers()) ==
          std::vector<std::string>{"window_size", "scale_factor"});
  CHECK(network->buffers()[0].tensor.item<int>() == 8);
  CHECK(network->buffers()[1].tensor.item<int>() == 3);
}

TEST_CASE("FlexNet computes whole windows of every grid", "[nn]") {
  CHECK(sr::make_network(small_options(), 2, 0)->size_multiple() == 8);
  const auto network = sr::make_network(small_meta(), 1, 0);
  CHECK(network->size_multiple() == 64);
  const at::NoGradGuard no_grad;
  const at::Tensor output = network->forward(torch::rand({1, 3, 3, 70}));
  REQUIRE(output.sizes() == at::IntArrayRef({1, 3, 3, 70}));
  CHECK(output.isfinite().all().item<bool>());
}

TEST_CASE("FlexNet trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 16}), 0.05);
}

TEST_CASE("Impossible FlexNet arguments are named", "[nn]") {
  const auto option = [](FlexNetOptions options, void (*set)(FlexNetOptions & options)) {
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option(small_options(), [](FlexNetOptions&) {}).empty());
  CHECK(option(small_meta(), [](FlexNetOptions&) {}).empty());
  CHECK(option(small_meta(), [](FlexNetOptions& o) { o.num_blocks = {1, 1}; }) == "num_blocks");
  CHECK(option(small_options(), [](FlexNetOptions& o) { o.num_blocks.clear(); }) == "num_blocks");
  CHECK(option(small_meta(), [](FlexNetOptions& o) { o.dim = 9; }) == "dim");
  CHECK(option(small_options(), [](FlexNetOptions& o) { o.dim = 9; }).empty());
  CHECK(option(small_options(), [](FlexNetOptions& o) {
          o.dim = 9;
          o.upsampler = Upsampler::kDySample;
        }) == "dim");
}

TEST_CASE("FlexNet is recognised with options that change its tensors", "[nn]") {
  const auto with = [](const std::string& type, const sr::arch::Arguments& arguments, int scale) {
    sr::test::require_recognised(
        type, {{"dim", "10"}, {"num_blocks", type == "flexnet" ? "2,1,3" : "1,2,1,3"}}, arguments,
        scale);
  };
  with("flexnet", {{"hidden_rate", "3"}, {"channel_norm", "true"}}, 3);
  with("flexnet", {{"inp_channels", "9"}, {"upsampler", "nearest+conv"}}, 3);
  with("flexnet", {{"upsampler", "nearest+conv"}}, 1);
  with("flexnet", {{"upsampler", "dysample"}}, 8);
  with("metaflexnet", {{"upsampler", "nearest+conv"}}, 4);
  with("metaflexnet", {{"upsampler", "dysample"}, {"channel_norm", "true"}}, 2);
  const auto network = sr::make_network(sr::test::network_of("metaflexnet"), 4, 0);
  CHECK(sr::test::recognised(*network)->type == "metaflexnet");
}

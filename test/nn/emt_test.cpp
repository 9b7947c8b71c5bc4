#include "nn/emt.h"

#include <torch/torch.h>

#include "arch/catalogue.h"
#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/batch_statistics.h"
#include "support/catch.h"

namespace {

using sr::arch::EmtOptions;
using sr::arch::WindowUpsampler;

EmtOptions small_options() {
  EmtOptions options;
  options.dim = 20;
  options.n_blocks = 1;
  options.n_layers = 3;
  options.num_heads = 2;
  options.window_list = {{2, 4}, {4, 2}};
  options.shift_list = {{1, 2}, {2, 1}};
  return options;
}

struct Case {
  const char* key;
  int scale;
  std::vector<std::int64_t> shape;
  void (*set)(EmtOptions& options);
};
const Case kCases[] = {{"x1", 1, {2, 3, 5, 6}, [](EmtOptions&) {}},
                       {"x2",
                        2,
                        {2, 3, 8, 9},
                        [](EmtOptions& o) {
                          o.n_blocks = 2;
                          o.n_gtls = 1;
                        }},
                       {"x3_direct",
                        3,
                        {1, 3, 7, 10},
                        [](EmtOptions& o) {
                          o.upsampler = WindowUpsampler::kPixelShuffleDirect;
                          o.mlp_ratio = 3;
                          o.shift_list = {};
                        }},
                       {"x4_shapes",
                        4,
                        {2, 3, 9, 8},
                        [](EmtOptions& o) {
                          o.dim = 30;
                          o.num_heads = 1;
                          o.window_list = {{2, 2}, {4, 2}, {3, 4}};
                          o.shift_list = {{-1, 1}, {2, 0}, {0, 3}};
                        }},
                       {"x8_mixed", 8, {1, 3, 4, 5}, [](EmtOptions& o) {
                          o.n_layers = 2;
                          o.n_gtls = 0;
                        }}};

}  // namespace

TEST_CASE("EMT's output and gradients equal those of traiNNer-redux's class", "[nn][emt]") {
  const Case& c = kCases[GENERATE(range(0, 5))];
  const bool channels_last = GENERATE(false, true);
  EmtOptions options = small_options();
  c.set(options);
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(*network,
                           {"emt_golden.txt", c.key, c.shape, 0.3, channels_last, at::kDouble});
}

TEST_CASE("EMT's buffers are the mean colours and kernels of the other trainer", "[nn][emt]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const auto find = [&](const std::string& name) {
    for (const sr::NamedTensor& named : network->buffers()) {
      if (named.name == name) {
        return named.tensor;
      }
    }
    return at::Tensor();
  };
  CHECK(torch::allclose(find("sub_mean.bias"), torch::tensor({-119.595F, -114.495F, -102.918F})));
  CHECK(torch::allclose(find("add_mean.bias"), torch::tensor({119.595F, 114.495F, 102.918F})));
  CHECK(torch::equal(find("add_mean.weight"), torch::eye(3).view({3, 3, 1, 1})));
  const at::Tensor shifts = find("body.0.mlp_list.0.fc2.mask");
  REQUIRE(shifts.sizes() == at::IntArrayRef({40, 1, 3, 3}));
  CHECK(shifts[0][0][1][2].item<float>() == 1);
  CHECK(shifts[8][0][1][0].item<float>() == 1);
  CHECK(shifts[39][0][1][1].item<float>() == 1);
  const at::Tensor neighbours = find("body.0.sa_list.2.token_mixer.mask");
  REQUIRE(neighbours.sizes() == at::IntArrayRef({20, 1, 3, 3}));
  CHECK(neighbours[0][0][1][2].item<float>() == 1);
  CHECK(neighbours[8][0][0][1].item<float>() == 1);
  CHECK(neighbours.sum().item<float>() == 20);
}

TEST_CASE("EMT trains under autocast with float32 output and gradients", "[nn][emt]") {
  EmtOptions options = small_options();
  options.use_checkpoint = GENERATE(false, true);
  const auto network = sr::make_network(options, 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  const auto pass =
      sr::test::require_trains_under_autocast(*network, torch::rand({2, 3, 8, 8}), 0.05);
  CHECK_FALSE(torch::equal(pass.output, pass.exact));
}

TEST_CASE("EMT sees in bfloat16 what is a hundredth of the mean colour", "[nn][emt]") {
  // bfloat16 would round both images, less 119, to the same.
  EmtOptions options = small_options();
  options.n_layers = 1;
  options.n_gtls = 0;
  const auto network = sr::make_network(options, 1, 0);
  const at::NoGradGuard no_grad;
  for (const sr::NamedTensor& parameter : network->parameters()) {
    parameter.tensor.zero_();
  }
  const auto set_one = [&](const char* name) {
    for (const sr::NamedTensor& parameter : network->parameters()) {
      if (parameter.name == name) {
        for (int channel = 0; channel < 3; ++channel) {
          parameter.tensor[channel][channel][1][1] = 1;
        }
      }
    }
  };
  set_one("head.weight");
  set_one("tail.0.weight");
  const at::Tensor lq = torch::rand({1, 3, 8, 8});
  const sr::AutocastGuard autocast(at::kCPU, at::kBFloat16);
  // Both skips: twice what is left of the image without its mean colour.
  const at::Tensor mean = network->buffers()[3].tensor.view({1, 3, 1, 1});
  CHECK(torch::allclose(network->forward(lq), 2 * lq - mean, 0, 1e-4));
}

TEST_CASE("EMT takes statistics in once a step, with blocks computed twice too", "[nn][emt]") {
  sr::test::check_statistics_once_a_step(
      [](bool twice) {
        EmtOptions options = small_options();
        options.use_checkpoint = twice;
        return sr::make_network(options, 2, 0);
      },
      6);
}

TEST_CASE("EMT's forward normalises by running statistics and leaves them alone", "[nn][emt]") {
  sr::test::check_forward_leaves_statistics(*sr::make_network(small_options(), 2, 0));
}

TEST_CASE("EMT with frozen statistics trains as it validates", "[nn][emt]") {
  EmtOptions options = small_options();
  CHECK(sr::arch::mixes_samples(options));
  options.frozen_statistics = true;
  CHECK_FALSE(sr::arch::mixes_samples(options));
  const auto network = sr::make_network(options, 2, 0);
  const at::Tensor lq = torch::rand({1, 3, 8, 8});
  CHECK(torch::equal(network->training_forward(lq, {}), network->forward(lq)));
}

TEST_CASE("EMT takes images that are smaller than its windows", "[nn][emt]") {
  const auto network = sr::make_network(small_options(), 2, 0);
  const at::NoGradGuard no_grad;
  CHECK(network->forward(torch::rand({1, 3, 1, 1})).sizes() == at::IntArrayRef({1, 3, 2, 2}));
  CHECK(network->forward(torch::rand({1, 3, 2, 3})).sizes() == at::IntArrayRef({1, 3, 4, 6}));
}

TEST_CASE("Impossible EMT arguments are named", "[nn][emt]") {
  const auto option = [](void (*set)(EmtOptions & options)) {
    EmtOptions options = small_options();
    set(options);
    const auto found = options.impossible(2);
    return found ? found->option : "";
  };
  CHECK(option([](EmtOptions&) {}).empty());
  CHECK(option([](EmtOptions& o) { o.dim = 24; }) == "dim");
  CHECK(option([](EmtOptions& o) { o.num_heads = 3; }) == "num_heads");
  CHECK(option([](EmtOptions& o) { o.window_list = {}; }) == "window_list");
  CHECK(option([](EmtOptions& o) { o.window_list = {{4, 4}, {4}}; }) == "window_list");
  CHECK(option([](EmtOptions& o) { o.window_list = {{61, 64}, {4, 4}}; }) == "window_list");
  CHECK(option([](EmtOptions& o) { o.shift_list = {{1, 1}}; }) == "shift_list");
  CHECK(option([](EmtOptions& o) { o.shift_list = {{1, 1}, {1, 1, 1}}; }) == "shift_list");
}

TEST_CASE("EMT has as many trained parameters as the class of the other trainer", "[nn][emt]") {
  const auto count = [](const EmtOptions& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count({}, 1) == 665'703);
  CHECK(count({}, 3) == 957'843);
  CHECK(count({}, 4) == 925'383);
}

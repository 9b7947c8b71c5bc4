#include "nn/scunet.h"

#include <torch/torch.h>

#include "golden.h"
#include "nn/autocast_pass.h"
#include "nn/noisy_network.h"
#include "nn/tscunet.h"
#include "recognition.h"
#include "support/catch.h"

namespace {

using sr::arch::ScuNetOptions;
using sr::arch::ScuNetPadding;
using sr::arch::TScuNetOptions;

struct Case {
  const char* key;
  int scale;
  std::vector<int> config;
  bool residual = true;
  int resolution = 256;
};
const Case kExtended[] = {{"x1", 1, {1, 2, 1, 1, 1, 1, 2}},
                          {"x2", 2, {1, 1, 1, 2, 1, 2, 1}, true, 64},
                          {"x4", 4, {1, 1, 1, 1, 0, 1, 1}, false}};

/// As small as it gets: heads have 32 features.
ScuNetOptions small_options(int blocks = 1) {
  ScuNetOptions options;
  options.config.assign(7, blocks);
  return options;
}

TScuNetOptions small_clips(int frames = 3) {
  return {.clip_size = frames, .nb = 1};
}

at::Tensor keys(const std::vector<std::int64_t>& values) {
  return torch::tensor(values, torch::kInt64);
}

const sr::NoisyNetwork& as_noisy(const sr::Network& network) {
  return dynamic_cast<const sr::NoisyNetwork&>(network);
}

/// What training gives without gradients.
at::Tensor noisy(const sr::Network& network, const at::Tensor& lq,
                 const std::vector<std::int64_t>& values) {
  const at::NoGradGuard no_grad;
  return as_noisy(network).noisy_forward(lq, {}, keys(values));
}

}  // namespace

TEST_CASE("SCUNet's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  const Case& c = kExtended[GENERATE(range(0, 3))];
  ScuNetOptions options;
  options.config = c.config;
  options.residual = c.residual;
  options.input_resolution = c.resolution;
  options.use_checkpoint = c.scale == 2;
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(
      *network, {"scunet_golden.txt", c.key, {1, 3, 40, 64}, 0.2, c.scale == 1, at::kDouble});
}

TEST_CASE("The published SCUNet's output and gradients equal those of spandrel's class", "[nn]") {
  ScuNetOptions options = sr::arch::scunet();
  options.config = {2, 1, 1, 2, 1, 1, 1};
  const auto network = sr::make_network(options, 1, 1);
  sr::test::require_golden(
      *network, {"scunet_golden.txt", "published", {1, 3, 50, 37}, 0.2, true, at::kDouble});
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 50, 37}, torch::kFloat64);
  CHECK(torch::equal(network->forward(lq), network->training_forward(lq, {})));
}

TEST_CASE("TSCUNet's output and gradients equal those of traiNNer-redux's class", "[nn]") {
  struct Clips {
    const char* key;
    int scale, frames;
    bool residual = true;
  };
  const Clips c = GENERATE(Clips{"x1", 1, 3}, Clips{"x2", 2, 5}, Clips{"x4", 4, 3, false});
  TScuNetOptions options = small_clips(c.frames);
  options.residual = c.residual;
  options.use_checkpoint = c.scale == 4;
  const auto network = sr::make_network(options, c.scale, 1);
  sr::test::require_golden(
      *network,
      {"tscunet_golden.txt", c.key, {1, 3 * c.frames, 40, 64}, 0.2, c.scale == 1, at::kDouble});
}

TEST_CASE("Outside training SCUNet sees 64 pixels more around an image", "[nn]") {
  const auto network = sr::make_network(small_options(), 1, 1);
  const at::NoGradGuard no_grad;
  const at::Tensor lq = torch::rand({1, 3, 64, 50});
  // 14 + 64 pixels: 39 on both sides.
  const at::Tensor padded = at::reflection_pad2d(lq, {39, 39, 32, 32});
  const at::Tensor expected =
      network->training_forward(padded, {}).narrow(2, 32, 64).narrow(3, 39, 50);
  CHECK(torch::allclose(network->forward(lq), expected, 1e-5, 1e-6));
  CHECK_FALSE(torch::allclose(network->training_forward(lq, {}), expected, 1e-3, 1e-3));
}

TEST_CASE("SCUNet has the numbers of parameters of traiNNer-redux's and spandrel's classes",
          "[nn]") {
  const auto count = [](const auto& options, int scale) {
    return sr::test::count_parameters(*sr::make_network(options, scale, 0));
  };
  CHECK(count(ScuNetOptions{}, 1) == 9'699'756);
  CHECK(count(ScuNetOptions{}, 4) == 15'207'468);
  CHECK(count(sr::arch::scunet(), 1) == 17'946'072);
  CHECK(count(TScuNetOptions{}, 2) == 29'156'696);
  CHECK(count(TScuNetOptions{.sigma = true}, 2) == 29'306'140);
}

TEST_CASE("Training adds noise to each block, by the keys of the samples", "[nn]") {
  ScuNetOptions options = small_options();
  const auto network = sr::make_network(options, 1, 1);
  REQUIRE(as_noisy(*network).adds_noise());
  const at::Tensor lq = torch::rand({2, 3, 20, 24});
  const at::Tensor both = noisy(*network, lq, {5, 9});
  CHECK(torch::equal(noisy(*network, lq, {5, 9}), both));
  // One by one: micro-batches.
  CHECK(
      torch::allclose(noisy(*network, lq.narrow(0, 0, 1), {5}), both.narrow(0, 0, 1), 1e-4, 1e-5));
  CHECK(
      torch::allclose(noisy(*network, lq.narrow(0, 1, 1), {9}), both.narrow(0, 1, 1), 1e-4, 1e-5));
  const at::Tensor other = noisy(*network, lq, {5, 10});
  CHECK(torch::allclose(other[0], both[0], 1e-4, 1e-5));
  CHECK_FALSE(torch::allclose(other[1], both[1], 1e-3, 1e-3));
  {
    const at::NoGradGuard no_grad;
    const at::Tensor quiet = network->training_forward(lq, {});
    CHECK_FALSE(torch::allclose(quiet, both, 1e-3, 1e-3));
  }
  options.noise = 0;
  CHECK_FALSE(as_noisy(*sr::make_network(options, 1, 1)).adds_noise());
  CHECK_FALSE(as_noisy(*sr::make_network(sr::arch::scunet(), 1, 1)).adds_noise());
}

TEST_CASE("TSCUNet's blocks computed twice add the same noise both times", "[nn]") {
  TScuNetOptions options = small_clips();
  const at::Tensor clips = torch::rand({1, 9, 16, 16});
  const auto gradient = [&](bool twice) {
    options.use_checkpoint = twice;
    const auto network = sr::make_network(options, 1, 1);
    as_noisy(*network).noisy_forward(clips, {}, keys({3})).square().sum().backward();
    return network->parameters().front().tensor.grad();
  };
  const at::Tensor once = gradient(false);
  CHECK(torch::allclose(gradient(true), once, 1e-3, 1e-4 * once.abs().max().item<double>()));
}

TEST_CASE("SCUNet drops samples from both halves of later blocks' attention", "[nn]") {
  TScuNetOptions options = small_clips(5);
  options.drop_path_rate = 0.6;
  const auto network = sr::make_network(options, 1, 0);
  const std::vector<double> rates = network->drop_rates();
  // Three places at the first level and one at the second, two halves of seven blocks each.
  REQUIRE(rates.size() == 7 * 2 * (3 + 1));
  CHECK(rates.front() == 0);
  CHECK(rates.back() == Approx(0.6));
  CHECK(rates[7 * 2 * 3 - 1] == Approx(0.6));
  const at::NoGradGuard no_grad;
  const at::Tensor clips = torch::rand({2, 15, 16, 16});
  at::Tensor kept = torch::ones({static_cast<std::int64_t>(rates.size()), 2});
  const at::Tensor whole = network->training_forward(clips, kept);
  kept[41][1] = 0;  // the last at the last place of the first level
  const at::Tensor without = network->training_forward(clips, kept);
  CHECK(torch::equal(without[0], whole[0]));
  CHECK_FALSE(torch::equal(without[1], whole[1]));
}

TEST_CASE("SCUNet trains under autocast with float32 output and gradients", "[nn]") {
  const auto network = sr::make_network(small_options(2), 2, 0);
  network->to(at::kCPU, GENERATE(false, true));
  sr::test::require_trains_under_autocast(*network, torch::rand({1, 3, 16, 16}), 0.05);
}

TEST_CASE("Impossible SCUNet arguments are named", "[nn]") {
  const auto option = [](const auto& options, int scale) {
    const auto found = options.impossible(scale);
    return found ? found->option : "";
  };
  CHECK(option(ScuNetOptions{}, 8).empty());
  CHECK(option(ScuNetOptions{}, 3) == "scale");
  CHECK(option(ScuNetOptions{.dim = 96}, 2) == "dim");
  CHECK(option(ScuNetOptions{.config = {1, 2}}, 2) == "config");
  CHECK(option(TScuNetOptions{.clip_size = 4}, 2) == "clip_size");
  CHECK(option(TScuNetOptions{.dim = 32}, 2) == "dim");
  CHECK(option(TScuNetOptions{}, 3) == "scale");
}

TEST_CASE("SCUNet and TSCUNet are recognised with options that change their tensors", "[nn]") {
  using sr::test::network_of;
  using sr::test::require_recognised;
  require_recognised(network_of("scunet_aaf6aa", {{"config", "1,2,0,1,3,0,2"}}), 2);
  require_recognised(network_of("scunet_aaf6aa", {{"config", "0,0,0,0,0,0,0"}}), 1);
  require_recognised(network_of("scunet_aaf6aa", {{"residual", "false"}, {"dim", "128"}}), 4);
  require_recognised(network_of("scunet", {{"config", "1,1,1,1,1,1,2"}}), 1);
  require_recognised(network_of("tscunet", {{"clip_size", "7"}, {"nb", "1"}}), 1);
  require_recognised(network_of("tscunet", {{"clip_size", "1"}, {"residual", "false"}}), 8);
  require_recognised(network_of("tscunet", {{"clip_size", "3"}, {"sigma", "true"}}), 2);
  const auto recognised = [](const sr::NetworkConfig& config, int scale) {
    const auto network = sr::make_network(config, scale, 0);
    return sr::test::recognised(*network)->type;
  };
  CHECK(recognised(network_of("scunet", {}), 1) == "scunet");
  CHECK(recognised(network_of("scunet_aaf6aa", {}), 1) == "scunet_aaf6aa");
  CHECK(recognised(network_of("tscunet", {}), 4) == "tscunet");
}

#include "train/trained_network.h"

#include <torch/torch.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "device/cpu_allocator.h"
#include "support/catch.h"
#include "support/optimizers.h"
#include "train/rollback.h"
#include "train/toy_run.h"

// Adaptive gradient clipping where it meets optimizers, loss scaling, pieces of a step and two
// networks.

namespace {

using namespace sr;
using test::check_rollback_at_every_allocation;
using test::HostImages;
using test::same_bits;
using test::ToyRun;

/// Weights whose gradient a test sets.
class Weights : public Module {
 public:
  Weights() { add_parameter("weights", torch::ones({16})); }
};

/// A network of such weights under training; the limit is learned from 100 norms.
struct Trained {
  Weights module;
  TrainedNetwork network;

  explicit Trained(const TrainedNetwork::Settings& settings) : network(module, settings) {}

  at::Tensor weights() const { return module.parameters().front().tensor.detach(); }
  /// One step along a gradient, which reaches the weights in two halves. True when it was finite.
  bool step(const at::Tensor& gradient, double lr = 1e-3) {
    network.begin();
    const at::Tensor half = (module.parameters().front().tensor * gradient).sum() / 2;
    network.backward(half);
    network.backward((module.parameters().front().tensor * gradient).sum() / 2);
    const at::Tensor found_inf = network.check(half.detach() * 2).clone();
    network.set_rate(lr);
    network.step(found_inf);
    network.average(found_inf);
    return found_inf.item<float>() == 0;
  }
};

AdaptiveClipping::Settings limits(double smallest = 1e-6, double largest = 1e6) {
  AdaptiveClipping::Settings settings;
  settings.min_threshold = smallest;
  settings.max_threshold = largest;
  return settings;
}

TrainedNetwork::Settings settings_for(std::string_view type,
                                      std::optional<AdaptiveClipping::Settings> clipping) {
  TrainedNetwork::Settings settings;
  settings.optimizer = test::optimizer_named(type);
  settings.adaptive_clipping = clipping;
  return settings;
}

/// A gradient whose norm lies between 0.5 and 1.5.
at::Tensor ordinary(std::uint64_t index) {
  const at::Tensor gradient = torch::zeros({16});
  for (std::int64_t i = 0; i < 16; ++i) {
    gradient[i] = unit(hash(index, static_cast<std::uint64_t>(i), Stream::kStep)) - 0.5;
  }
  return gradient / gradient.norm() * (0.5 + unit(hash(9, index, Stream::kStep)));
}

std::vector<float> bits(const at::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
}

Config clipping_config(double smallest, double largest) {
  Config config = test::small_config();
  config.gradient_clipping.emplace();
  config.gradient_clipping->min_threshold = smallest;
  config.gradient_clipping->max_threshold = largest;
  config.gradient_clipping->history = 8;
  config.learning_rate_scheduler.emplace();
  return config;
}

Config gan_config() {
  Config config = clipping_config(1e-6, 1e6);
  config.gradient_clipping->history = 100;
  config.train.losses.push_back(test::loss_named("ganloss", 0.1));
  config.network_d = test::small_discriminator("unetdiscriminatorsn");
  config.train.optim_g = test::optimizer_named("SGD");
  config.train.optim_d = config.train.optim_g;
  return config;
}

double distance(const NamedTensors& parameters, const std::vector<at::Tensor>& before) {
  double squares = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    squares += std::pow((parameters[i].tensor.detach() - before[i]).norm().item<double>(), 2);
  }
  return std::sqrt(squares);
}

std::vector<at::Tensor> copies(const NamedTensors& parameters) {
  std::vector<at::Tensor> values;
  for (const NamedTensor& parameter : parameters) {
    values.push_back(parameter.tensor.detach().clone());
  }
  return values;
}

}  // namespace

TEST_CASE("clipping whose limit is never reached changes no bit of any optimizer's weights",
          "[train]") {
  for (const std::string& type : test::optimizer_types()) {
    CAPTURE(type);
    Trained without(settings_for(type, std::nullopt));
    Trained with(settings_for(type, limits(2)));
    for (std::uint64_t i = 0; i < 150; ++i) {
      without.step(ordinary(i));
      with.step(ordinary(i));
    }
    CHECK(same_bits(bits(with.weights()), bits(without.weights())));
    CHECK(with.network.take_clipping()->clipped == 0);
  }
}

TEST_CASE("with any optimizer a spike does what a gradient of the limit's norm does", "[train]") {
  for (const std::string& type : test::optimizer_types()) {
    CAPTURE(type);
    Trained clipped(settings_for(type, limits()));
    Trained scaled(settings_for(type, limits()));
    for (std::uint64_t i = 0; i < 150; ++i) {
      clipped.step(ordinary(i));
      scaled.step(ordinary(i));
    }
    const double limit = clipped.network.take_clipping()->threshold;
    CHECK(limit > 1.2);
    CHECK(limit < 1.5);
    const at::Tensor before = clipped.weights().clone();
    clipped.step(ordinary(3) * 1e6);
    scaled.step(ordinary(3) / ordinary(3).norm() * limit);
    CHECK(torch::allclose(clipped.weights(), scaled.weights(), 1e-5, 1e-7));
    if (type == "SGD") {
      CHECK((clipped.weights() - before).norm().item<double>() <= 1e-3 * limit * 1.001);
    }
    CHECK(clipped.network.take_clipping()->clipped == 1);
  }
}

TEST_CASE("float16's loss scale does not enter the norms, nor do steps that overflow", "[train]") {
  TrainedNetwork::Settings half = settings_for("AdamW", limits());
  half.scales_loss = true;
  Trained scaled(half);
  Trained plain(settings_for("AdamW", limits()));
  for (std::uint64_t i = 0; i < 120; ++i) {
    REQUIRE(scaled.step(ordinary(i)));
    REQUIRE(plain.step(ordinary(i)));
    if (i % 20 == 7) {
      REQUIRE_FALSE(scaled.step(ordinary(i) * std::numeric_limits<float>::max()));
    }
  }
  const auto window = scaled.network.take_clipping();
  const auto expected = plain.network.take_clipping();
  CHECK(window->steps == 120);
  CHECK(window->threshold == expected->threshold);
  CHECK(window->largest == expected->largest);
  CHECK(same_bits(bits(scaled.weights()), bits(plain.weights())));
}

TEST_CASE("the norm is that of the step's whole gradient, not of a piece's", "[train]") {
  Trained trained(settings_for("AdamW", limits()));
  trained.step(ordinary(1) * 8);  // backward() sees halves of it
  CHECK(trained.network.take_clipping()->largest == Approx((ordinary(1) * 8).norm().item<float>()));
  ToyRun whole(clipping_config(1e-6, 1e6));
  ToyRun pieces(clipping_config(1e-6, 1e6));
  const HostImages images(4, 12, 1);
  test::take_step(whole, images.batch);
  test::take_step(pieces, images.batch, {.parts = 2, .micro_batch = 1});
  CHECK(pieces.step->take_clipping()[0].second.largest ==
        Approx(whole.step->take_clipping()[0].second.largest).epsilon(1e-4));
}

TEST_CASE("a commit with adaptive clipping allocates nothing", "[train]") {
  Config config = clipping_config(1e-3, 1e-2);
  config.early_stopping.emplace();
  ToyRun run(config);
  const HostImages images(4, 12, 1);
  for (int i = 0; i < 12; ++i) {
    REQUIRE(completed(run.attempt(images.batch, {})));
    const auto before = cpu_allocator().counters().allocations;
    run.commit({1e-3, 1e-3});
    CHECK(cpu_allocator().counters().allocations == before);
  }
  const auto windows = run.step->take_clipping();
  REQUIRE(windows.size() == 1);
  CHECK(windows[0].first == "g");
  CHECK(windows[0].second.steps == 12);
}

TEST_CASE("with adaptive clipping a failure at any allocation is rolled back to the bit",
          "[train][slow]") {
  check_rollback_at_every_allocation(
      GENERATE(false, true) ? gan_config() : clipping_config(1e-3, 1e-2),
      GENERATE(CpuAllocator::Failing::kOnce, CpuAllocator::Failing::kFromThere));
}

TEST_CASE("extreme pixels move generator and discriminator no further than each one's percentile",
          "[train]") {
  Config config = gan_config();
  config.learning_rate_scheduler.reset();  // nobody takes the losses here
  ToyRun run(config);
  for (int i = 0; i < 110; ++i) {
    const HostImages images(2, 8, static_cast<std::uint64_t>(i) * 10);
    test::take_step(run, images.batch, {}, i);
  }
  const auto windows = run.step->take_clipping();
  REQUIRE(windows.size() == 2);
  CHECK(windows[0].first == "g");
  CHECK(windows[1].first == "d");
  CHECK(windows[0].second.threshold != Approx(windows[1].second.threshold));
  CHECK_FALSE(windows[0].second.learning);

  const std::vector<float> lq(2 * 8 * 8 * 3, 1e5F);
  const std::vector<float> gt(2 * 16 * 16 * 3, -1e5F);
  Batch extreme;
  extreme.lq = test::host_pixels(lq, 2, 8);
  extreme.gt = test::host_pixels(gt, 2, 16);
  extreme.size = {8, 2};
  const auto generator = copies(run.networks.generator->parameters());
  const auto discriminator = copies(run.networks.discriminator->parameters());
  test::take_step(run, extreme, {}, 110);
  const double g_limit = windows[0].second.threshold;
  const double d_limit = windows[1].second.threshold;
  const double g_moved = distance(run.networks.generator->parameters(), generator);
  const double d_moved = distance(run.networks.discriminator->parameters(), discriminator);
  CHECK(g_moved == Approx(test::kRates.generator * g_limit).epsilon(1e-3));
  CHECK(d_moved == Approx(test::kRates.discriminator * d_limit).epsilon(1e-3));
  for (const auto& [network, window] : run.step->take_clipping()) {
    CAPTURE(network);
    CHECK(window.clipped == 1);
    CHECK(window.largest > 100 * windows[0].second.threshold);
  }
}

TEST_CASE("steps of the discriminator alone leave the generator's norms as they are", "[train]") {
  Config config = gan_config();
  config.train.net_d_iters = 2;
  ToyRun run(config);
  const HostImages images(2, 8, 1);
  for (int i = 0; i < 6; ++i) {
    test::take_step(run, images.batch, {}, i);
  }
  const auto windows = run.step->take_clipping();
  REQUIRE(windows.size() == 2);
  CHECK(windows[0].second.steps == 3);
  CHECK(windows[1].second.steps == 6);
}

TEST_CASE("the fixed norm bounds the adaptive one", "[train]") {
  Config config = clipping_config(0.05, 10);
  config.train.grad_clip_max_norm = 3;
  CHECK(clipping_settings(config)->upper_bound == 0);
  CHECK(clipping_settings(config)->first_threshold == 3);
  config.train.grad_clip = true;
  CHECK(clipping_settings(config)->upper_bound == 3);
  CHECK_FALSE(clipping_settings(test::small_config()));
}

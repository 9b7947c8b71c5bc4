#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <torch/torch.h>

#include "optim/optimizer.h"
#include "support/catch.h"
#include "support/counting_allocator.h"
#include "support/optimizers.h"

// What every optimizer keeps to; Adam's and AdamW's own numbers are in adam_test.cpp.

namespace {

using sr::OptimizerConfig;

constexpr double kLr = 0.01;
constexpr std::int64_t kSize = 7;

/// The configurations behind scripts/golden/optimizers.py.
std::map<std::string, OptimizerConfig> golden_configs() {
  using namespace sr::recipe;
  using sr::test::optimizer_of;
  constexpr Betas kBetas{0.9, 0.99};
  constexpr double kDecay = 0.1;
  std::map<std::string, OptimizerConfig> configs;
  configs["nadam"] = optimizer_of(NAdamOptions{.betas = kBetas});
  configs["nadam_decay"] =
      optimizer_of(NAdamOptions{.betas = kBetas, .momentum_decay = 0.02}, kDecay);
  configs["nadam_decoupled"] =
      optimizer_of(NAdamOptions{.betas = kBetas, .decoupled_weight_decay = true}, kDecay);
  configs["sgd"] = optimizer_of(SgdOptions{});
  configs["sgd_decay"] = optimizer_of(SgdOptions{.momentum = 0.9, .dampening = 0.3}, kDecay);
  configs["sgd_nesterov"] = optimizer_of(SgdOptions{.momentum = 0.9, .nesterov = true});
  configs["adan"] = optimizer_of(AdanOptions{});
  configs["adan_decay"] = optimizer_of(AdanOptions{}, kDecay);
  configs["adan_no_prox"] = optimizer_of(AdanOptions{.no_prox = true}, kDecay);
  configs["schedule_free"] = optimizer_of(AdamWScheduleFreeOptions{});
  configs["schedule_free_decay"] =
      optimizer_of(AdamWScheduleFreeOptions{.warmup_steps = 5}, kDecay);
  configs["schedule_free_weights"] = optimizer_of(
      AdamWScheduleFreeOptions{.warmup_steps = 5, .r = 1.5, .weight_lr_power = 1}, kDecay);
  configs["adan_schedule_free"] = optimizer_of(AdanScheduleFreeOptions{.warmup_steps = 0});
  configs["adan_schedule_free_decay"] =
      optimizer_of(AdanScheduleFreeOptions{.warmup_steps = 5}, kDecay);
  configs["adan_schedule_free_weights"] = optimizer_of(
      AdanScheduleFreeOptions{.warmup_steps = 5, .r = 1.5, .weight_lr_power = 1}, kDecay);
  configs["stable_adamw"] = optimizer_of(StableAdamWOptions{});
  configs["stable_adamw_decay"] = optimizer_of(StableAdamWOptions{.betas = {0.8, 0.95}}, kDecay);
  configs["stable_adamw_coupled"] =
      optimizer_of(StableAdamWOptions{.weight_decouple = false}, kDecay);
  configs["adopt"] = optimizer_of(AdoptOptions{});
  configs["adopt_decay"] = optimizer_of(AdoptOptions{.betas = {0.8, 0.95}}, kDecay);
  configs["adopt_decoupled"] = optimizer_of(AdoptOptions{.weight_decouple = true}, kDecay);
  configs["soap"] = optimizer_of(SoapOptions{}, kDecay);
  configs["muon"] = optimizer_of(MuonOptions{}, kDecay);
  return configs;
}

/// One parameter of the golden script, and one in channels_last beside it.
struct Setup {
  explicit Setup(const OptimizerConfig& config) {
    const at::Tensor index = at::arange(kSize, at::kDouble);
    weight = (index * 1.7 + 0.3).sin().to(at::kFloat).requires_grad_(true);
    kernel = at::linspace(-1, 1, 54, at::kFloat)
                 .view({2, 3, 3, 3})
                 .contiguous(at::MemoryFormat::ChannelsLast);
    kernel[0][0][0][0].fill_(-0.0);
    kernel.requires_grad_(true);
    optimizer = sr::make_optimizer(config, {"weight", "kernel"}, {weight, kernel});
  }

  /// Step `step`, from 1.
  void advance(int step) {
    const at::NoGradGuard no_grad;
    optimizer->prepare();
    optimizer->zero_grad();
    const at::Tensor slope = at::arange(kSize, at::kDouble) * 0.1;
    weight.mutable_grad().add_((weight.to(at::kDouble) * 3 + step).sin() + slope);
    kernel.mutable_grad().add_((kernel * 3 + step).sin());
    optimizer->step(kLr, at::zeros({}));
  }

  /// Copies of all that a step may change.
  std::vector<at::Tensor> snapshot() const {
    std::vector<at::Tensor> all;
    for (const at::Tensor& tensor : everything()) {
      all.push_back(tensor.clone());
    }
    return all;
  }
  std::vector<at::Tensor> everything() const {
    std::vector<at::Tensor> all{weight.detach(), kernel.detach()};
    for (const sr::NamedState& state : optimizer->state()) {
      all.push_back(state.tensor);
    }
    for (const at::Tensor& average : optimizer->averages()) {
      all.push_back(average);
    }
    return all;
  }

  at::Tensor weight, kernel;
  std::unique_ptr<sr::Optimizer> optimizer;
};

/// To the bit: -0 is not 0.
bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  const auto bits = [](const at::Tensor& tensor) {
    const at::Tensor flat = tensor.contiguous().view({-1});
    return flat.view(tensor.scalar_type() == at::kDouble ? at::kLong : at::kInt);
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!at::equal(bits(a[i]), bits(b[i]))) {
      return false;
    }
  }
  return a.size() == b.size();
}

}  // namespace

TEST_CASE("Optimizers make the steps of torch.optim and of their papers", "[optim]") {
  const auto configs = golden_configs();
  std::map<std::string, std::pair<std::unique_ptr<Setup>, int>> runs;
  std::ifstream golden(SR_SOURCE_DIR "/test/optim/optimizers.txt");
  int lines = 0;
  for (std::string line; std::getline(golden, line); ++lines) {
    std::istringstream in(line);
    std::string name;
    int step = 0;
    in >> name >> step;
    const bool average = name.ends_with(".x");
    const std::string run_name = name.substr(0, name.size() - (average ? 2 : 0));
    auto& [setup, done] = runs[run_name];
    if (!setup) {
      setup = std::make_unique<Setup>(configs.at(run_name));
    }
    while (done < step) {
      setup->advance(++done);
    }
    const at::Tensor values =
        average ? setup->optimizer->averages().front() : setup->weight.detach();
    for (std::int64_t i = 0; i < kSize; ++i) {
      double wanted = 0;
      in >> wanted;
      CAPTURE(name, step, i);
      REQUIRE(values[i].item<double>() == Approx(wanted).epsilon(2e-5).margin(2e-6));
    }
  }
  REQUIRE(lines == 108);
  REQUIRE(runs.size() + 2 == configs.size());  // Muon and SOAP: matrix_optimizers_test.cpp
}

TEST_CASE("A skipped step of any optimizer changes no bit, neither first nor later", "[optim]") {
  for (const auto& [name, config] : golden_configs()) {
    for (const int steps_before : {0, 3}) {
      CAPTURE(name, steps_before);
      Setup setup(config);
      for (int step = 1; step <= steps_before; ++step) {
        setup.advance(step);
      }
      const auto before = setup.snapshot();
      setup.weight.mutable_grad().fill_(std::numeric_limits<float>::infinity());
      setup.kernel.mutable_grad().fill_(std::numeric_limits<float>::quiet_NaN());
      setup.optimizer->step(kLr, at::ones({}));
      REQUIRE(same_bits(before, setup.everything()));
      setup.advance(steps_before + 1);
      REQUIRE_FALSE(same_bits(before, setup.everything()));
      REQUIRE(setup.weight.isfinite().all().item<bool>());
    }
  }
}

TEST_CASE("The step and zero_grad of any optimizer allocate nothing", "[optim]") {
  for (const auto& [name, config] : golden_configs()) {
    CAPTURE(name);
    Setup setup(config);
    setup.advance(1);
    const at::Tensor found_inf = at::zeros({});
    REQUIRE(sr::test::count_allocations([&] { setup.optimizer->step(kLr, found_inf); }) == 0);
    REQUIRE(sr::test::count_allocations([&] { setup.optimizer->zero_grad(); }) == 0);
  }
}

TEST_CASE("A weight of five dimensions moves as its matrix does", "[optim]") {
  for (const auto& [name, config] : golden_configs()) {
    if (name == "soap") {  // which has a basis for each dimension
      continue;
    }
    CAPTURE(name);
    const at::Tensor values = at::linspace(-1, 1, 4 * 54, at::kFloat).view({4, 54});
    const at::Tensor matrix = values.clone().requires_grad_(true);
    const at::Tensor volume = values.view({4, 2, 3, 3, 3}).clone().requires_grad_(true);
    for (const at::Tensor& weight : {matrix, volume}) {
      const auto optimizer = sr::make_optimizer(config, {"weight"}, {weight});
      const at::NoGradGuard no_grad;
      for (int step = 0; step < 3; ++step) {
        optimizer->zero_grad();
        weight.mutable_grad().add_((weight * 3 + step).sin());
        optimizer->step(kLr, at::zeros({}));
      }
    }
    REQUIRE_FALSE(at::equal(matrix, values));
    REQUIRE(at::allclose(volume.view({4, 54}), matrix, 1e-5, 1e-7));
  }
}

TEST_CASE("State averages and weights written into another optimizer continue its run bit for bit",
          "[optim]") {
  for (const auto& [name, config] : golden_configs()) {
    CAPTURE(name);
    Setup first(config);
    for (int step = 1; step <= 5; ++step) {
      first.advance(step);
    }
    Setup second(config);
    const std::vector<at::Tensor> from = first.everything();
    const std::vector<at::Tensor> to = second.everything();
    for (std::size_t i = 0; i < from.size(); ++i) {
      to[i].copy_(from[i]);
    }
    first.advance(6);
    second.advance(6);
    REQUIRE(same_bits(first.everything(), second.everything()));
  }
}

TEST_CASE("Gradients and states have the strides of their parameters and stay in place",
          "[optim]") {
  for (const auto& [name, config] : golden_configs()) {
    CAPTURE(name);
    Setup setup(config);
    const void* const address = setup.kernel.grad().data_ptr();
    setup.advance(1);
    setup.optimizer->zero_grad();
    REQUIRE(setup.kernel.grad().data_ptr() == address);
    REQUIRE(setup.kernel.grad().strides() == setup.kernel.strides());
    REQUIRE(setup.kernel.grad().abs().sum().item<float>() == 0);
    for (const at::Tensor& tensor : setup.everything()) {
      REQUIRE((tensor.dim() != 4 || tensor.strides() == setup.kernel.strides()));
    }
  }
}

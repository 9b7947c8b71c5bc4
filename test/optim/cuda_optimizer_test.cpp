#include <torch/torch.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "optim/adaptive_clipping.h"
#include "optim/ema.h"
#include "optim/gradient.h"
#include "optim/loss_scaler.h"
#include "optim/optimizer.h"
#include "support/catch.h"
#include "support/numerics.h"
#include "support/optimizers.h"
// After catch.h: needs its macros.
#include "device/gpu.h"

// Update rules on a GPU: the numbers of the CPU, which the golden tests hold.

namespace {

using namespace sr;

constexpr double kLr = 0.01;

/// Two parameters, one of them in channels_last, with everything that a commit does to them.
struct Training {
  Training(const OptimizerConfig& config, at::Device device) {
    weight = torch::sin(torch::arange(37, torch::kFloat32) * 1.7 + 0.3).to(device);
    kernel = torch::linspace(-1, 1, 540, torch::kFloat32)
                 .view({6, 10, 3, 3})
                 .contiguous(at::MemoryFormat::ChannelsLast)
                 .to(device);
    weight.set_requires_grad(true);
    kernel.set_requires_grad(true);
    optimizer = make_optimizer(config, {"weight", "kernel"}, {weight, kernel});
    AdaptiveClipping::Settings settings;
    settings.history = 4;
    clipping = std::make_unique<AdaptiveClipping>(settings, device);
    guard = std::make_unique<GradientGuard>(std::vector{weight.grad(), kernel.grad()},
                                            clipping->threshold());
    ema = std::make_unique<Ema>(std::vector{weight, kernel}, 0.9, 0.75, 2);
    scaler = std::make_unique<LossScaler>(true, device);
    loss = torch::zeros({}, torch::TensorOptions().device(device));
  }

  /// Step `step`, from 1; every fourth one has gradients that are not finite.
  void advance(int step) {
    const at::NoGradGuard no_grad;
    optimizer->prepare();
    optimizer->zero_grad();
    for (const at::Tensor& parameter : {weight, kernel}) {
      const double scale = step % 4 == 0 ? std::numeric_limits<double>::infinity() : step;
      parameter.mutable_grad().add_((parameter * 3 + step).cos() * scale * scaler->scale());
    }
    guard->run(loss, scaler->inverse_scale());
    optimizer->step(kLr, guard->found_inf());
    scaler->update(guard->found_inf());
    clipping->commit(guard->norm(), guard->found_inf());
    ema->update(guard->found_inf());
  }

  std::vector<NamedState> everything() const {
    std::vector<NamedState> all{{"weight", weight},
                                {"kernel", kernel},
                                {"norm", guard->norm()},
                                {"updates", ema->updates()}};
    const auto add = [&](const std::string& name, const std::vector<at::Tensor>& tensors) {
      for (const at::Tensor& tensor : tensors) {
        all.push_back({name, tensor});
      }
    };
    add("own average", optimizer->averages());
    add("average", ema->averages());
    add("threshold", {clipping->threshold()});
    for (const auto& states : {optimizer->state(), clipping->state(), scaler->state()}) {
      all.insert(all.end(), states.begin(), states.end());
    }
    return all;
  }

  at::Tensor weight, kernel, loss;
  std::unique_ptr<Optimizer> optimizer;
  std::unique_ptr<AdaptiveClipping> clipping;
  std::unique_ptr<GradientGuard> guard;
  std::unique_ptr<Ema> ema;
  std::unique_ptr<LossScaler> scaler;
};

}  // namespace

TEST_CASE("ten steps of every optimizer on the device are the CPU's", "[optim][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const std::string type = GENERATE(from_range(test::optimizer_types()));
  const double weight_decay = GENERATE(0.0, 0.1);
  CAPTURE(type, weight_decay);
  OptimizerConfig config = test::optimizer_named(type, weight_decay);
  if (auto* sgd = config.options.get_if<recipe::SgdOptions>()) {
    sgd->momentum = 0.9;
  }
  Training there(config, device);
  Training here(config, at::kCPU);
  for (int step = 1; step <= 10; ++step) {
    there.advance(step);
    here.advance(step);
  }
  CHECK(here.ema->updates().item<float>() == 8);
  const auto ours = there.everything();
  const auto theirs = here.everything();
  REQUIRE(ours.size() == theirs.size());
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO(ours[i].name);
    CHECK(ours[i].tensor.device() == device);
    CHECK(test::relative_error(ours[i].tensor, theirs[i].tensor) < 1e-4);
  }
}

TEST_CASE("a step with gradients that are not finite changes no bit on the device",
          "[optim][gpu][any_device]") {
  SR_OPEN_TEST_DEVICE(device);
  const std::string type = GENERATE(from_range(test::optimizer_types()));
  CAPTURE(type);
  const OptimizerConfig config = test::optimizer_named(type, 0.1);
  Training training(config, device);
  for (int step = 1; step <= 3; ++step) {
    training.advance(step);
  }
  const auto copies = [&] {
    std::vector<at::Tensor> all{training.weight.detach().cpu().clone(),
                                training.kernel.detach().cpu().clone()};
    for (const NamedState& state : training.optimizer->state()) {
      all.push_back(state.tensor.cpu().clone());
    }
    return all;
  };
  const auto before = copies();
  training.advance(4);
  const auto after = copies();
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(at::equal(before[i], after[i]));
  }
}

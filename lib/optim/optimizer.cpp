#include "optim/optimizer.h"

#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "optim/adam.h"
#include "optim/adamw_schedule_free.h"
#include "optim/adan.h"
#include "optim/nadam.h"
#include "optim/sgd.h"

namespace sr {
namespace {

template <typename Kind>
std::unique_ptr<Optimizer> make(const OptimizerConfig& config, std::vector<std::string> names,
                                std::vector<at::Tensor> parameters) {
  return std::make_unique<Kind>(config, std::move(names), std::move(parameters));
}

}  // namespace

const std::vector<OptimizerEntry>& optimizers() {
  static const std::vector<OptimizerEntry> kOptimizers = {
      {"AdamW", &make<Adam>},  {"Adam", &make<Adam>},
      {"NAdam", &make<NAdam>}, {"Adan", &make<Adan>},
      {"SGD", &make<Sgd>},     {"AdamWScheduleFree", &make<AdamWScheduleFree>},
  };
  return kOptimizers;
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config,
                                          std::vector<std::string> names,
                                          std::vector<at::Tensor> parameters) {
  std::string known;
  for (const OptimizerEntry& entry : optimizers()) {
    if (entry.type == config.type) {
      return entry.make(config, std::move(names), std::move(parameters));
    }
    known += (known.empty() ? "" : ", ") + std::string(entry.type);
  }
  throw ConfigError("optimizer: type: '" + config.type + "' is not a known optimizer; known are " +
                    known);
}

Optimizer::Optimizer(std::vector<std::string> names, std::vector<at::Tensor> parameters)
    : names_(std::move(names)), parameters_(std::move(parameters)) {
  TORCH_CHECK(names_.size() == parameters_.size() && !parameters_.empty(),
              "one name for each of at least one parameter");
  const at::Device device = parameters_.front().device();
  rate_ = at::zeros({}, at::dtype(device.is_cpu() ? at::kDouble : at::kFloat).device(device));
}

void Optimizer::set_flat_gradients(std::vector<at::Tensor> gradients) {
  flat_gradients_ = std::move(gradients);
}

void Optimizer::set_rate(double lr) {
  const at::NoGradGuard no_grad;
  rate_.fill_(lr);
}

void Optimizer::zero_grad() {
  const at::NoGradGuard no_grad;
  at::_foreach_zero_(flat_gradients_);
}

const std::vector<at::Tensor>& Optimizer::averages() const {
  static const std::vector<at::Tensor> kNone;
  return kNone;
}

}  // namespace sr

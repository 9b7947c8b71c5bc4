#include "optim/optimizer.h"

#include <stdexcept>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "optim/adam.h"
#include "optim/adamw_schedule_free.h"
#include "optim/adan.h"
#include "optim/adan_schedule_free.h"
#include "optim/adopt.h"
#include "optim/muon.h"
#include "optim/nadam.h"
#include "optim/sgd.h"
#include "optim/soap.h"
#include "optim/stable_adamw.h"
#include "recipe/optimizers.h"

namespace sr {
namespace {

/// What an optimizer works on.
struct Subject {
  double lr;
  double weight_decay;
  std::vector<std::string> names;
  std::vector<at::Tensor> parameters;
};

template <typename Kind, typename Options>
std::unique_ptr<Optimizer> make_as(const Options& options, Subject&& subject) {
  return std::make_unique<Kind>(options, subject.weight_decay, std::move(subject.names),
                                std::move(subject.parameters));
}

std::unique_ptr<Optimizer> make(const recipe::AdamWOptions& options, Subject&& subject) {
  return make_as<Adam>(recipe::AdamOptions{options.betas, options.eps, true}, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::AdamOptions& options, Subject&& subject) {
  return make_as<Adam>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::NAdamOptions& options, Subject&& subject) {
  return make_as<NAdam>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::AdanOptions& options, Subject&& subject) {
  return make_as<Adan>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::SgdOptions& options, Subject&& subject) {
  return make_as<Sgd>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::AdamWScheduleFreeOptions& options,
                                Subject&& subject) {
  return make_as<AdamWScheduleFree>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::AdanScheduleFreeOptions& options, Subject&& subject) {
  return make_as<AdanScheduleFree>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::StableAdamWOptions& options, Subject&& subject) {
  return make_as<StableAdamW>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::AdoptOptions& options, Subject&& subject) {
  return make_as<Adopt>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::SoapOptions& options, Subject&& subject) {
  return make_as<Soap>(options, std::move(subject));
}
std::unique_ptr<Optimizer> make(const recipe::MuonOptions& options, Subject&& subject) {
  return std::make_unique<Muon>(options, subject.lr, subject.weight_decay, std::move(subject.names),
                                std::move(subject.parameters));
}

}  // namespace

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config,
                                          std::vector<std::string> names,
                                          std::vector<at::Tensor> parameters) {
  std::unique_ptr<Optimizer> optimizer;
  with_options(recipe::kOptimizers, config.options, [&](const auto& options) {
    optimizer =
        make(options, {config.lr, config.weight_decay, std::move(names), std::move(parameters)});
  });
  if (!optimizer) {
    throw std::logic_error("options of no optimizer");
  }
  return optimizer;
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

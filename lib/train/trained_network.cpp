#include "train/trained_network.h"

#include <torch/torch.h>

namespace sr {
namespace {

std::vector<std::string> names_of(const NamedTensors& tensors) {
  std::vector<std::string> names;
  for (const NamedTensor& tensor : tensors) {
    names.push_back(tensor.name);
  }
  return names;
}

std::vector<at::Tensor> tensors_of(const NamedTensors& named) {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& tensor : named) {
    tensors.push_back(tensor.tensor);
  }
  return tensors;
}

std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& parameters) {
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) {
    gradients.push_back(parameter.grad());
  }
  return gradients;
}

std::unique_ptr<AdaptiveClipping> make_clipping(const TrainedNetwork::Settings& settings,
                                                at::Device device) {
  return settings.adaptive_clipping
             ? std::make_unique<AdaptiveClipping>(*settings.adaptive_clipping, device)
             : nullptr;
}

GradientGuard make_guard(std::vector<at::Tensor> gradients, double max_norm,
                         const AdaptiveClipping* clipping) {
  return clipping != nullptr ? GradientGuard(std::move(gradients), clipping->threshold())
                             : GradientGuard(gradients, max_norm);
}

}  // namespace

std::optional<AdaptiveClipping::Settings> clipping_settings(const Config& config) {
  if (!config.gradient_clipping) {
    return std::nullopt;
  }
  AdaptiveClipping::Settings settings{*config.gradient_clipping};
  settings.first_threshold = config.train.grad_clip_max_norm;
  settings.upper_bound = config.train.grad_clip ? config.train.grad_clip_max_norm : 0;
  return settings;
}

TrainedNetwork::TrainedNetwork(Module& module, const Settings& settings)
    : module_(module),
      optimizer_(make_optimizer(settings.optimizer, names_of(module.parameters()),
                                tensors_of(module.parameters()))),
      clipping_(make_clipping(settings, optimizer_->parameters().front().device())),
      guard_(
          make_guard(gradients_of(optimizer_->parameters()), settings.max_norm, clipping_.get())),
      scaler_(settings.scales_loss, optimizer_->parameters().front().device()) {
  if (settings.ema_decay > 0 && optimizer_->averages().empty()) {
    ema_ = std::make_unique<Ema>(optimizer_->parameters(), settings.ema_decay, settings.ema_power,
                                 settings.ema_update_after);
  }
  for (const NamedTensor& buffer : module.buffers()) {
    kept_buffers_.push_back(buffer.tensor.clone());
  }
  skipped_ = at::zeros({}, optimizer_->parameters().front().options().dtype(at::kBool));
}

void TrainedNetwork::begin() {
  const at::NoGradGuard no_grad;
  optimizer_->zero_grad();
  for (std::size_t i = 0; i < kept_buffers_.size(); ++i) {
    kept_buffers_[i].copy_(module_.buffers()[i].tensor);
  }
}

void TrainedNetwork::roll_back() {
  const at::NoGradGuard no_grad;
  optimizer_->zero_grad();
  for (std::size_t i = 0; i < kept_buffers_.size(); ++i) {
    module_.buffers()[i].tensor.copy_(kept_buffers_[i]);
  }
}

void TrainedNetwork::backward(const at::Tensor& loss) {
  (scaler_.enabled() ? loss * scaler_.scale() : loss).backward();
}

const at::Tensor& TrainedNetwork::check(const at::Tensor& loss) {
  guard_.run(loss, scaler_.inverse_scale());
  return guard_.found_inf();
}

void TrainedNetwork::step(const at::Tensor& found_inf, const at::Tensor& held) {
  optimizer_->update(found_inf);
  scaler_.update(guard_.found_inf(), held);
  if (clipping_) {
    clipping_->commit(guard_.norm(), found_inf);
  }
}

void TrainedNetwork::settle_buffers(const at::Tensor& found_inf) {
  skipped_.copy_(found_inf);
  for (std::size_t i = 0; i < kept_buffers_.size(); ++i) {
    at::Tensor buffer = module_.buffers()[i].tensor;
    at::where_out(buffer, skipped_, kept_buffers_[i], buffer);
  }
}

void TrainedNetwork::average(const at::Tensor& found_inf) {
  if (ema_) {
    ema_->update(found_inf);
  }
}

void TrainedNetwork::switch_to_average(const at::Tensor& found_inf) {
  if (ema_) {
    ema_->overwrite_parameters(found_inf);
  }
}

const std::vector<at::Tensor>& TrainedNetwork::averages() const {
  return ema_ ? ema_->averages() : optimizer_->averages();
}

std::optional<AdaptiveClipping::Window> TrainedNetwork::take_clipping() {
  return clipping_ ? std::optional(clipping_->take_window()) : std::nullopt;
}

std::vector<NamedState> TrainedNetwork::state() const {
  std::vector<NamedState> tensors = optimizer_->state();
  if (ema_) {
    tensors.push_back({"ema.updates", ema_->updates()});
  }
  if (clipping_) {
    for (const NamedState& tensor : clipping_->state()) {
      tensors.push_back({std::string(kClippingState) + tensor.name, tensor.tensor});
    }
  }
  if (scaler_.enabled()) {
    for (const NamedState& tensor : scaler_.state()) {
      tensors.push_back({"loss_scaler." + tensor.name, tensor.tensor});
    }
  }
  return tensors;
}

void TrainedNetwork::state_loaded() {
  scaler_.loaded();
  if (clipping_) {
    clipping_->state_loaded();
  }
}

}  // namespace sr

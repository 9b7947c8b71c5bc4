#include "train/step.h"

#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/torch.h>

#include <algorithm>

#include "nn/autocast.h"

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

double read_scalar(const at::Tensor& value) {
  return value.item<float>();
}

}  // namespace

bool wants_channels_last(const Config& config, at::Device device) {
  switch (config.use_channels_last) {
    case Switch::kOn:
      return true;
    case Switch::kOff:
      return false;
    case Switch::kAuto:
      break;
  }
  return device.is_cpu() || config.use_amp;
}

std::optional<at::ScalarType> autocast_type(const Config& config, at::Device device) {
  if (!config.use_amp) {
    return std::nullopt;
  }
  return config.amp_bf16 || device.is_cpu() ? at::kBFloat16 : at::kHalf;
}

at::Tensor as_tensor(const HostPixels& pixels) {
  // from_blob takes no const pointer; nothing below writes into host pixels.
  auto* data = const_cast<std::byte*>(pixels.data);
  return at::from_blob(data, {pixels.count, pixels.side, pixels.side, pixels.channels},
                       at::TensorOptions().dtype(pixels.is_float ? at::kFloat : at::kByte));
}

at::Tensor upload(const at::Tensor& host_nhwc, at::Device device, bool channels_last) {
  at::Tensor image = host_nhwc.to(device, /*non_blocking=*/true).permute({0, 3, 1, 2});
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const bool is_bytes = image.scalar_type() == at::kByte;
  image =
      image.to(image.options().dtype(at::kFloat), /*non_blocking=*/false, /*copy=*/is_bytes, format)
          .contiguous(format);
  return is_bytes ? image.div_(255) : image;
}

TrainStep::TrainStep(const Config& config, Network& generator, DeviceMemory& memory,
                     at::Device device)
    : generator_(generator),
      memory_(memory),
      device_(device),
      autocast_(autocast_type(config, device)),
      channels_last_(wants_channels_last(config, device)),
      strict_(device.is_cpu() || config.deterministic),
      losses_(make_losses(config.train.losses)),
      optimizer_(config.train.optim_g, names_of(generator.parameters()),
                 tensors_of(generator.parameters())),
      guard_(gradients_of(optimizer_.parameters()),
             config.train.grad_clip ? config.train.grad_clip_max_norm : 0.0),
      scaler_(/*enabled=*/autocast_ == at::kHalf, device),
      drain_(device) {
  if (device.is_cuda()) {
    uploaded_.emplace(device.type());
  }
  for (const WeightedLoss& loss : losses_) {
    loss.loss->to(device, channels_last_);
  }
  if (config.train.ema_decay > 0) {
    ema_ = std::make_unique<Ema>(optimizer_.parameters(), config.train.ema_decay,
                                 config.train.ema_power, config.train.ema_update_after);
  }
  for (const NamedTensor& buffer : generator.buffers()) {
    buffer_snapshot_.push_back(buffer.tensor.clone());
  }
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  const auto count = static_cast<std::int64_t>(losses_.size());
  loss_now_ = at::zeros({count}, options);
  loss_sums_ = at::zeros({count}, options);
  total_now_ = at::zeros({}, options);
  one_ = at::ones({}, options);
  steps_since_ = at::zeros({}, options);
  skipped_ = at::zeros({}, options);
  skipped_in_a_row_ = at::zeros({}, options);
  for (std::int64_t i = 0; i < count; ++i) {
    loss_now_views_.push_back(loss_now_.select(0, i));
  }
}

Attempt TrainStep::attempt(const Batch& batch, StepCut cut) {
  Attempt result;
  const std::uint64_t refusals_before = memory_.read().refusals;
  snapshot_buffers();
  // Recovery comes after: a live exception keeps tensors of the failed graph alive.
  result.out_of_memory = run_or_out_of_memory([&] { forward_backward(batch, cut, result.where); },
                                              [&] {
                                                result.memory = memory_.read();
                                                return result.memory.refusals > refusals_before;
                                              });
  if (!result.out_of_memory) {
    result.memory = memory_.read();
    if (result.memory.refusals > refusals_before) {
      result.worked_around = !strict_;
      result.out_of_memory = OutOfMemory{memory_.last_refused_bytes(), "allocator",
                                         "an allocation was refused and worked around"};
    }
  }
  result.allocated_between_steps = result.memory.allocated;
  if (!result.can_commit()) {
    abort();
    result.allocated_between_steps = memory_.read().allocated;
  }
  return result;
}

void TrainStep::wait_for_upload() {
  if (uploaded_) {
    uploaded_->synchronize();
  }
}

void TrainStep::forward_backward(const Batch& batch, StepCut cut, std::string& where) {
  optimizer_.zero_grad();
  loss_now_.zero_();
  total_now_.zero_();
  const std::int64_t samples = batch.lq.count;
  const std::int64_t part = samples / cut.parts;
  const std::int64_t piece =
      cut.micro_batch > 0 ? std::min<std::int64_t>(cut.micro_batch, part) : part;
  for (std::int64_t first = 0; first < samples;) {
    const std::int64_t end_of_part = (first / part + 1) * part;
    const std::int64_t count = std::min(piece, end_of_part - first);
    where = "upload";
    const at::Tensor lq =
        upload(as_tensor(batch.lq).narrow(0, first, count), device_, channels_last_);
    const at::Tensor gt =
        upload(as_tensor(batch.gt).narrow(0, first, count), device_, channels_last_);
    if (uploaded_) {
      uploaded_->record(c10::impl::VirtualGuardImpl(device_.type()).getStream(device_));
    }
    where = "train";
    at::Tensor output;
    {
      const AutocastGuard autocast(device_.type(), autocast_);
      output = generator_.forward(lq);
    }
    output = output.to(at::kFloat);
    // Every loss is a mean over its samples, so pieces weigh by their share of the step.
    const double share = static_cast<double>(count) / static_cast<double>(samples);
    at::Tensor total;
    for (std::size_t i = 0; i < losses_.size(); ++i) {
      const at::Tensor loss = (*losses_[i].loss)({output, gt}) * (losses_[i].weight * share);
      loss_now_views_[i].add_(loss.detach());
      total = total.defined() ? total + loss : loss;
    }
    total_now_.add_(total.detach());
    (scaler_.enabled() ? total * scaler_.scale() : total).backward();
    first += count;
  }
}

void TrainStep::commit(double lr) {
  const at::NoGradGuard no_grad;
  guard_.run(total_now_, scaler_.inverse_scale());
  const at::Tensor& found_inf = guard_.found_inf();
  optimizer_.step(lr, found_inf);
  if (ema_) {
    ema_->update(found_inf);
  }
  scaler_.update(found_inf);
  // The reported means are those of the steps that counted.
  loss_sums_.add_(loss_now_.nan_to_num_(0.0, 0.0, 0.0));
  steps_since_.add_(one_).sub_(found_inf);
  skipped_.add_(found_inf);
  skipped_in_a_row_.add_(one_).mul_(found_inf);
}

void TrainStep::snapshot_buffers() {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < buffer_snapshot_.size(); ++i) {
    buffer_snapshot_[i].copy_(generator_.buffers()[i].tensor);
  }
}

void TrainStep::abort() {
  drain_.run();
  const at::NoGradGuard no_grad;
  optimizer_.zero_grad();
  for (std::size_t i = 0; i < buffer_snapshot_.size(); ++i) {
    generator_.buffers()[i].tensor.copy_(buffer_snapshot_[i]);
  }
  memory_.synchronize();
  memory_.empty_cache();
  memory_.reset_peak();
}

std::vector<std::pair<std::string, double>> TrainStep::take_mean_losses() {
  const at::NoGradGuard no_grad;
  const double steps = std::max(1.0, read_scalar(steps_since_));
  std::vector<std::pair<std::string, double>> means;
  const at::Tensor sums = loss_sums_.cpu();
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    means.emplace_back(losses_[i].name, sums.data_ptr<float>()[i] / steps);
  }
  loss_sums_.zero_();
  steps_since_.zero_();
  return means;
}

std::int64_t TrainStep::take_skipped() {
  const auto skipped = static_cast<std::int64_t>(read_scalar(skipped_));
  if (skipped > 0) {
    skipped_.zero_();
  }
  return skipped;
}

std::int64_t TrainStep::skipped_in_a_row() const {
  return static_cast<std::int64_t>(read_scalar(skipped_in_a_row_));
}

std::vector<NamedState> TrainStep::state() const {
  std::vector<NamedState> tensors = optimizer_.state();
  if (ema_) {
    tensors.push_back({"ema.updates", ema_->updates()});
  }
  if (scaler_.enabled()) {
    for (NamedState& tensor : scaler_.state()) {
      tensors.push_back({"loss_scaler." + tensor.name, tensor.tensor});
    }
  }
  tensors.push_back({"skipped_in_a_row", skipped_in_a_row_});
  return tensors;
}

void TrainStep::state_loaded() {
  scaler_.loaded();
}

const std::vector<at::Tensor>& TrainStep::averages() const {
  static const std::vector<at::Tensor> kNone;
  return ema_ ? ema_->averages() : kNone;
}

bool TrainStep::loss_is_mean_over_samples() const {
  return std::all_of(losses_.begin(), losses_.end(),
                     [](const WeightedLoss& loss) { return loss.loss->is_mean_over_samples(); });
}

}  // namespace sr

#include "train/step.h"

#include <torch/torch.h>

#include <algorithm>

#include "nn/autocast.h"
#include "train/automations.h"

namespace sr {
namespace {

TrainedNetwork::Settings settings_of(const Config& config, bool scales_loss) {
  TrainedNetwork::Settings settings;
  settings.optimizer = config.train.optim_g;
  settings.max_norm = config.train.grad_clip ? config.train.grad_clip_max_norm : 0.0;
  settings.ema_decay = config.train.ema_decay;
  settings.ema_power = config.train.ema_power;
  settings.ema_update_after = config.train.ema_update_after;
  settings.scales_loss = scales_loss;
  settings.adaptive_clipping = clipping_settings(config);
  return settings;
}

std::vector<std::string> names_of_means(const std::vector<WeightedLoss>& losses, bool adversary) {
  std::vector<std::string> names;
  for (const WeightedLoss& loss : losses) {
    names.push_back(loss.name);
  }
  if (adversary) {
    names.insert(names.end(), {"l_g_ganloss", "accuracy_g"});
  }
  return names;
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

TrainStep::TrainStep(const Config& config, Networks& networks, DeviceMemory& memory,
                     at::Device device)
    : networks_(networks),
      memory_(memory),
      device_(device),
      autocast_(autocast_type(config, device)),
      strict_(device.is_cpu() || config.deterministic),
      generator_every_(config.train.net_d_iters),
      generator_from_(config.train.net_d_init_iters),
      switch_every_(config.train.ema_switch_iter),
      losses_(make_losses(config.train.losses)),
      generator_(*networks.generator, settings_of(config, autocast_ == at::kHalf)),
      drain_(device),
      upload_(device, wants_channels_last(config, device)),
      kept_branches_(networks.generator->drop_rates(), config.manual_seed, device),
      graphs_(device, memory, config.cuda_graph != Switch::kOff),
      means_(names_of_means(losses_, networks.discriminator != nullptr), device),
      loss_log_(losses_to_keep(config), device) {
  for (WeightedLoss& loss : losses_) {
    loss.loss->to(device, wants_channels_last(config, device));
    needs_averaged_output_ = needs_averaged_output_ || loss.loss->needs_averaged_output();
  }
  const std::optional<LossConfig> gan = find_gan_loss(config.train.losses);
  if (gan && networks.discriminator) {
    gan_weight_ = gan->loss_weight;
    gan_gt_usm_ = gan->gt_usm;
    adversary_ = std::make_unique<Adversary>(config, gan->options.get<recipe::GanOptions>(),
                                             *networks.discriminator, autocast_);
  }
  if (networks.averaged) {
    for (std::size_t i = 0; i < averages().size(); ++i) {
      const at::Tensor& parameter = networks.averaged->parameters()[i].tensor;
      parameter.set_data(averages()[i]);
    }
  }
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
  total_now_ = at::zeros({}, options);
  found_inf_ = at::zeros({}, options);
  one_ = at::ones({}, options);
  skipped_ = at::zeros({}, options);
  skipped_in_a_row_ = at::zeros({}, options);
  memory_.set_refusals_final(config.deterministic);
}

Attempt TrainStep::attempt(const Batch& batch, StepCut cut, std::int64_t step) {
  Attempt result;
  const std::uint64_t refusals_before = memory_.read().refusals;
  step_ = step;
  // BasicSR's rule, which counts steps from 1.
  generator_turn_ =
      !adversary_ || ((step + 1) % generator_every_ == 0 && step + 1 > generator_from_);
  graphs_.expect(shape_of(batch, cut));
  begun_ = false;
  // Recovery comes after: a live exception keeps tensors of the failed graph alive.
  run_pass(batch, cut, refusals_before, result);
  if (!result.out_of_memory && !result.library_error) {
    read_memory_of_pass(refusals_before, result);
  }
  result.allocated_between_steps = result.memory.allocated;
  if (!result.can_commit()) {
    abort();
    result.allocated_between_steps = memory_.read().allocated;
  }
  return result;
}

void TrainStep::run_pass(const Batch& batch, StepCut cut, std::uint64_t refusals_before,
                         Attempt& result) {
  const auto refused = [&] {
    result.memory = memory_.read();
    return result.memory.refusals > refusals_before;
  };
  try {
    result.out_of_memory =
        run_or_out_of_memory([&] { forward_backward(batch, cut, result.where); }, refused);
  } catch (const c10::AcceleratorError&) {
    throw;  // of a device that may compute nothing any more
  } catch (const c10::Error& error) {
    result.library_error = error.what();
    result.memory = memory_.read();
  }
}

void TrainStep::read_memory_of_pass(std::uint64_t refusals_before, Attempt& result) {
  result.memory = memory_.read();
  if (!graphs_.ready()) {
    graphs_.took(result.memory.allocated_peak - result.memory.allocated);
  }
  result.memory.allocated_peak =
      std::max(result.memory.allocated_peak, result.memory.allocated + graphs_.peak_bytes());
  result.memory.allocated -= upload_.bytes();
  if (result.memory.refusals > refusals_before) {
    result.worked_around = !strict_;
    result.out_of_memory = OutOfMemory{memory_.last_refused_bytes(), "allocator",
                                       "an allocation was refused and worked around"};
  }
}

StepShape TrainStep::shape_of(const Batch& batch, StepCut cut) const {
  return {batch.lq.side,   batch.lq.count,    cut.parts,
          cut.micro_batch, batch.lq.is_float, generator_turn_};
}

void TrainStep::forward_backward(const Batch& batch, StepCut cut, std::string& where) {
  where = "upload";
  upload_.begin(batch);
  kept_branches_.draw(step_, batch.lq.count);
  if (graphs_.due()) {
    record(batch.lq.count, cut);
  }
  if (graphs_.ready()) {
    upload_.fill(graphs_.inputs());
    upload_.end();
    where = "train";
    begun_ = true;
    graphs_.launch_attempt();
    return;
  }
  begin();
  begun_ = true;
  for_each_piece(batch.lq.count, cut, [&](std::int64_t first, std::int64_t count, double share) {
    where = "upload";
    const BatchImages images = upload_.images(first, count);
    where = "train";
    train_on(images, kept_branches_.of(first, count), share);
  });
  upload_.end();
}

void TrainStep::begin() {
  generator_.begin();
  if (adversary_) {
    adversary_->begin();
  }
  means_.begin();
  total_now_.zero_();
}

template <typename Train>
void TrainStep::for_each_piece(std::int64_t samples, StepCut cut, Train train) {
  const std::int64_t part = samples / cut.parts;
  const std::int64_t piece =
      cut.micro_batch > 0 ? std::min<std::int64_t>(cut.micro_batch, part) : part;
  for (std::int64_t first = 0; first < samples;) {
    const std::int64_t end_of_part = (first / part + 1) * part;
    const std::int64_t count = std::min(piece, end_of_part - first);
    train(first, count, static_cast<double>(count) / static_cast<double>(samples));
    first += count;
  }
}

void TrainStep::record(std::int64_t samples, StepCut cut) {
  // Outside the recording: in it, LibTorch's marking of fresh memory would be a part of each step.
  graphs_.inputs() = upload_.empty_images();
  const auto attempt = [&] {
    begin();
    for_each_piece(samples, cut, [&](std::int64_t first, std::int64_t count, double share) {
      train_on(graphs_.inputs().narrow(first, count), kept_branches_.of(first, count), share);
    });
  };
  if (!graphs_.record(attempt, [&] { update(); })) {
    drain_.run();
    memory_.empty_cache();
  }
}

TrainStep::GtImages TrainStep::split_gt(const at::Tensor& gt) {
  constexpr std::int64_t kRgb = 3;
  if (gt.size(1) == kRgb) {
    return {gt, gt};
  }
  const at::MemoryFormat format = gt.suggest_memory_format();
  return {gt.narrow(1, 0, kRgb).contiguous(format), gt.narrow(1, kRgb, kRgb).contiguous(format)};
}

void TrainStep::train_on(const BatchImages& images, const at::Tensor& kept, double share) {
  const GtImages gt = split_gt(images.gt);
  at::Tensor output;
  if (generator_turn_) {
    output = training_output(images.lq, kept);
    train_generator(output, images.lq, gt, share);
    output = output.detach();
  } else {
    const at::NoGradGuard no_grad;
    output = training_output(images.lq, kept);
  }
  if (adversary_) {
    adversary_->backward(output, gt.of(gan_gt_usm_), share);
  }
}

at::Tensor TrainStep::training_output(const at::Tensor& lq, const at::Tensor& kept) const {
  const AutocastGuard autocast(device_.type(), autocast_);
  return networks_.generator->training_forward(lq, kept).to(at::kFloat);
}

at::Tensor TrainStep::averaged_output(const at::Tensor& lq) const {
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(device_.type(), autocast_);
  return networks_.averaged->forward(lq).to(at::kFloat);
}

void TrainStep::train_generator(const at::Tensor& output, const at::Tensor& lq, const GtImages& gt,
                                double share) {
  LossImages images{output, {}, {}};
  if (needs_averaged_output_) {
    images.averaged = averaged_output(lq);
  }
  // Every loss is a mean over its samples, so pieces weigh by their share of the step.
  at::Tensor total = at::zeros({}, output.options());
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    images.gt = gt.of(losses_[i].gt_usm);
    const at::Tensor loss = (*losses_[i].loss)(images) * (losses_[i].weight * share);
    means_.add(i, loss);
    total = total + loss;
  }
  if (adversary_) {
    const Adversary::GeneratorTerm term = adversary_->generator_term(output, gt.of(gan_gt_usm_));
    const at::Tensor loss = term.loss * (gan_weight_ * share);
    means_.add(losses_.size(), loss);
    means_.add(losses_.size() + 1, term.accuracy * share);
    total = total + loss;
  }
  total_now_.add_(total.detach());
  generator_.backward(total);
}

void TrainStep::commit(LearningRates lr) {
  const at::NoGradGuard no_grad;
  generator_.set_rate(lr.generator);
  if (adversary_) {
    adversary_->trained().set_rate(lr.discriminator);
  }
  if (graphs_.ready()) {
    graphs_.launch_commit();
  } else {
    update();
  }
  loss_log_.commit(total_now_, generator_turn_ ? found_inf_ : one_);
  if (switch_every_ > 0 && (step_ + 1) % switch_every_ == 0) {
    generator_.switch_to_average(found_inf_);
  }
  graphs_.committed();
}

void TrainStep::update() {
  const at::NoGradGuard no_grad;
  found_inf_.zero_();
  if (generator_turn_) {
    found_inf_.add_(generator_.check(total_now_));
  }
  if (adversary_) {
    found_inf_.add_(adversary_->check()).clamp_max_(1);
  }
  if (generator_turn_) {
    generator_.step(found_inf_);
    means_.commit(found_inf_);
  }
  generator_.average(found_inf_);
  if (adversary_) {
    adversary_->commit(found_inf_);
  }
  skipped_.add_(found_inf_);
  skipped_in_a_row_.add_(one_).mul_(found_inf_);
}

void TrainStep::abort() {
  drain_.run();
  if (begun_) {  // else the buffers that were kept are those of the step before
    generator_.roll_back();
    if (adversary_) {
      adversary_->roll_back();
    }
  }
  upload_.release();
  memory_.synchronize();
  memory_.empty_cache();
  memory_.reset_peak();
}

std::vector<std::pair<std::string, double>> TrainStep::take_mean_losses() {
  std::vector<std::pair<std::string, double>> means = means_.take();
  if (adversary_) {
    for (auto& mean : adversary_->take_means()) {
      means.push_back(std::move(mean));
    }
  }
  return means;
}

std::vector<std::pair<std::string, AdaptiveClipping::Window>> TrainStep::take_clipping() {
  std::vector<std::pair<std::string, AdaptiveClipping::Window>> windows;
  if (const auto window = generator_.take_clipping()) {
    windows.emplace_back("g", *window);
  }
  if (adversary_) {
    if (const auto window = adversary_->trained().take_clipping()) {
      windows.emplace_back("d", *window);
    }
  }
  return windows;
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
  std::vector<NamedState> tensors = generator_.state();
  if (adversary_) {
    for (const NamedState& tensor : adversary_->trained().state()) {
      tensors.push_back({"net_d." + tensor.name, tensor.tensor});
    }
  }
  tensors.push_back({"skipped_in_a_row", skipped_in_a_row_});
  return tensors;
}

void TrainStep::state_loaded() {
  generator_.state_loaded();
  if (adversary_) {
    adversary_->trained().state_loaded();
  }
}

const std::vector<at::Tensor>& TrainStep::discriminator_averages() const {
  static const std::vector<at::Tensor> kNone;
  return adversary_ ? adversary_->trained().averages() : kNone;
}

bool TrainStep::loss_is_mean_over_samples() const {
  const auto is_mean = [](const WeightedLoss& loss) { return loss.loss->is_mean_over_samples(); };
  return std::all_of(losses_.begin(), losses_.end(), is_mean) &&
         (!adversary_ || adversary_->is_mean_over_samples());
}

}  // namespace sr

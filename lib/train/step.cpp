#include "train/step.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "nn/autocast.h"
#include "nn/recompute.h"
#include "train/automations.h"
#include "train/precision.h"

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

std::vector<std::string> names_of_means(const std::vector<WeightedLoss>& losses, bool adversary,
                                        bool mixes) {
  std::vector<std::string> names;
  for (const WeightedLoss& loss : losses) {
    names.push_back(loss.name);
  }
  if (adversary) {
    names.insert(names.end(), {"l_g_ganloss", "accuracy_g"});
  }
  if (mixes) {
    names.emplace_back("eco_alpha");
  }
  return names;
}

/// Null for a network without noise.
const NoisyNetwork* noisy(const Network& network) {
  const auto* found = dynamic_cast<const NoisyNetwork*>(&network);
  return found != nullptr && found->adds_noise() ? found : nullptr;
}

double read_scalar(const at::Tensor& value) {
  return value.item<float>();
}

}  // namespace

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
      noisy_(noisy(*networks.generator)),
      noise_keys_(noisy_ != nullptr, config.manual_seed, device),
      graphs_(memory, StepGraphs::recorder_on(device, config.cuda_graph != Switch::kOff)),
      means_(names_of_means(losses_, networks.discriminator != nullptr, config.train.eco.enabled),
             device),
      loss_log_(losses_to_keep(config), device),
      mixer_(config.train.batch_mix, config.manual_seed) {
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
  if (networks.teacher) {
    teacher_ = std::make_unique<Teacher>(config, *networks.teacher, device);
  }
  if (networks.averaged) {
    for (std::size_t i = 0; i < averages().size(); ++i) {
      const at::Tensor& parameter = networks.averaged->parameters()[i].tensor;
      parameter.set_data(averages()[i]);
    }
    for (std::size_t i = 0; i < networks.generator->buffers().size(); ++i) {
      const at::Tensor& buffer = networks.averaged->buffers()[i].tensor;
      buffer.set_data(networks.generator->buffers()[i].tensor);
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

/// The work of one attempt, as far as it has come.
class TrainStep::Pass final : public StepWork {
 public:
  Pass(TrainStep& step, const Batch& batch, StepCut cut) : step_(step), batch_(batch), cut_(cut) {}

  const Batch& batch() const { return batch_; }
  const std::string& where() const { return where_; }
  bool begun() const { return begun_; }

  void begin() override {
    where_ = "upload";
    step_.upload_.begin(batch_);
    step_.mixer_.draw(batch_, cut_.parts);
    const std::int64_t first = step_.process_ * batch_.lq.count;
    step_.kept_branches_.draw(step_.step_, batch_.lq.count, first);
    step_.noise_keys_.draw(step_.step_, batch_.lq.count, first);
  }
  void attempt() override {
    step_.begin();
    begun_ = true;
    const auto train = [&](std::int64_t first, std::int64_t count, double share) {
      where_ = "upload";
      const BatchImages images = step_.mixer_.images(first, count, step_.upload_);
      where_ = "train";
      step_.train_on(images, step_.drawn(first, count), share);
    };
    step_.for_each_piece(batch_.lq.count, cut_, train);
    step_.upload_.end();
  }
  BatchImages room() override { return step_.upload_.empty_images(); }
  void fill(BatchImages& images) override {
    step_.upload_.fill(images);
    step_.mixer_.mix(images, 0, step_.upload_);
    step_.upload_.end();
    where_ = "train";
    begun_ = true;
  }
  void attempt_on(const BatchImages& images) override {
    step_.begin();
    const auto train = [&](std::int64_t first, std::int64_t count, double share) {
      step_.train_on(images.narrow(first, count), step_.drawn(first, count), share);
    };
    step_.for_each_piece(batch_.lq.count, cut_, train);
  }
  void update() override { step_.update(); }
  void recording_failed() override { step_.drain_.run(); }

 private:
  TrainStep& step_;
  const Batch& batch_;
  StepCut cut_;
  std::string where_ = "train";
  bool begun_ = false;
};

Attempt TrainStep::attempt(const Batch& batch, const StepPlan& plan) {
  step_ = plan.step;
  if (teacher_) {
    teacher_->set_step(step_);
  }
  // BasicSR's rule, which counts steps from 1.
  generator_turn_ =
      !adversary_ || ((step_ + 1) % generator_every_ == 0 && step_ + 1 > generator_from_);
  recompute_ = plan.recompute;
  Pass pass(*this, batch, plan.cut);
  // Recovery comes after: a live exception keeps tensors of the failed graph alive.
  Attempt result = run_pass(pass, plan);
  begun_ = pass.begun();
  if (completed(result)) {
    return result;
  }
  abort();
  const std::int64_t left = memory_.read().allocated;
  if (auto* shortage = std::get_if<RanOutOfMemory>(&result)) {
    shortage->allocated_between_steps = left;
  } else {
    std::get<LibraryError>(result).allocated_between_steps = left;
  }
  return result;
}

Attempt TrainStep::run_pass(Pass& pass, const StepPlan& plan) {
  const std::uint64_t refusals_before = memory_.read().refusals;
  MemoryReading memory;
  const auto refused = [&] {
    memory = memory_.read();
    return memory.refusals > refusals_before;
  };
  const auto run = [&] {
    memory = graphs_.run(shape_of(pass.batch(), plan), plan.sizes_settled, pass);
  };
  try {
    if (const auto failure = run_or_out_of_memory(run, refused)) {
      return RanOutOfMemory{*failure, pass.where(), memory};
    }
  } catch (const c10::AcceleratorError&) {
    throw;  // of a device that may compute nothing any more
  } catch (const c10::Error& error) {
    return LibraryError{error.what(), memory_.read()};
  }
  return judge(pass, memory, refusals_before);
}

Attempt TrainStep::judge(const Pass& pass, MemoryReading memory,
                         std::uint64_t refusals_before) const {
  memory.allocated -= upload_.bytes();
  std::optional<OutOfMemory> worked_around;
  if (memory.refusals > refusals_before) {
    worked_around = OutOfMemory{memory_.last_refused_bytes(), "allocator",
                                "an allocation was refused and worked around"};
    if (strict_) {
      return RanOutOfMemory{*worked_around, pass.where(), memory};
    }
  }
  return Completed{in_place(), memory, worked_around};
}

void TrainStep::undo(Completed /*step*/) {
  abort();
}

const Network& TrainStep::lend_for_validation() {
  graphs_.drop();
  return networks_.validated();
}

StepShape TrainStep::shape_of(const Batch& batch, const StepPlan& plan) const {
  return {batch.lq.side,
          batch.lq.count,
          plan.cut.parts,
          plan.cut.micro_batch,
          batch.lq.is_float,
          generator_turn_,
          teacher_ && teacher_->is_asked(),
          plan.recompute};
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
void TrainStep::for_each_piece(std::int64_t samples, StepCut cut, Train train) const {
  const std::int64_t part = samples / cut.parts;
  const std::int64_t piece =
      cut.micro_batch > 0 ? std::min<std::int64_t>(cut.micro_batch, part) : part;
  for (std::int64_t first = 0; first < samples;) {
    const std::int64_t end_of_part = (first / part + 1) * part;
    const std::int64_t count = std::min(piece, end_of_part - first);
    train(first, count, static_cast<double>(count) / static_cast<double>(samples * processes_));
    first += count;
  }
}

TrainStep::Drawn TrainStep::drawn(std::int64_t first, std::int64_t count) const {
  return {kept_branches_.of(first, count), noise_keys_.of(first, count)};
}

void TrainStep::train_on(const BatchImages& images, const Drawn& drawn, double share) {
  const Lesson lesson = lesson_of(images);
  at::Tensor output;
  if (generator_turn_) {
    output = training_output(lesson.lq, drawn);
    train_generator(output, lesson, share);
    output = output.detach();
  } else {
    const at::NoGradGuard no_grad;
    output = training_output(lesson.lq, drawn);
  }
  if (adversary_) {
    adversary_->backward(output, lesson.real.of(gan_gt_usm_), share);
  }
}

Lesson TrainStep::lesson_of(const BatchImages& images) const {
  const GtImages gt = split_gt(images.gt);
  return teacher_ ? teacher_->lesson(images.lq, gt) : Lesson{images.lq, gt, gt};
}

at::Tensor TrainStep::training_output(const at::Tensor& lq, const Drawn& drawn) const {
  const AutocastGuard autocast(device_.type(), autocast_);
  const RecomputeGuard recompute(recompute_);
  const at::Tensor output = noisy_ != nullptr
                                ? noisy_->noisy_forward(lq, drawn.kept, drawn.keys)
                                : networks_.generator->training_forward(lq, drawn.kept);
  return output.to(at::kFloat);
}

at::Tensor TrainStep::averaged_output(const at::Tensor& lq) const {
  const at::NoGradGuard no_grad;
  const AutocastGuard autocast(device_.type(), autocast_);
  return networks_.averaged->forward(lq).to(at::kFloat);
}

void TrainStep::train_generator(const at::Tensor& output, const Lesson& lesson, double share) {
  LossImages images{output, {}, {}};
  // A loss of negative weight is drawn by its amount towards the input.
  const auto towards_lq = [](const WeightedLoss& loss) { return loss.weight < 0; };
  at::Tensor large_lq;
  if (std::ranges::any_of(losses_, towards_lq)) {
    large_lq = enlarged_lq(lesson.lq, output);
  }
  if (needs_averaged_output_) {
    images.averaged = averaged_output(lesson.lq);
  }
  // Every loss is a mean over its samples, so pieces weigh by their share of the step.
  at::Tensor total = at::zeros({}, output.options());
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    images.gt = towards_lq(losses_[i]) ? large_lq : lesson.gt.of(losses_[i].gt_usm);
    const at::Tensor loss = (*losses_[i].loss)(images) * (std::abs(losses_[i].weight) * share);
    means_.add(i, loss);
    total = total + loss;
  }
  if (adversary_) {
    const Adversary::GeneratorTerm term =
        adversary_->generator_term(output, lesson.real.of(gan_gt_usm_), share);
    const at::Tensor loss = term.loss * (gan_weight_ * share);
    means_.add(losses_.size(), loss);
    means_.add(losses_.size() + 1, term.accuracy * share);
    total = total + loss;
  }
  if (teacher_ && teacher_->mixes()) {
    means_.add(losses_.size() + (adversary_ ? 2 : 0), teacher_->weight() * share);
  }
  total_now_.add_(total.detach());
  generator_.backward(total);
}

void TrainStep::commit(Completed /*step*/, LearningRates lr) {
  const at::NoGradGuard no_grad;
  generator_.set_rate(lr.generator);
  if (adversary_) {
    adversary_->trained().set_rate(lr.discriminator);
  }
  graphs_.commit([this] { update(); });
  loss_log_.commit(total_now_, generator_turn_ ? found_inf_ : one_);
  if (switch_every_ > 0 && (step_ + 1) % switch_every_ == 0) {
    generator_.switch_to_average(found_inf_);
  }
}

void TrainStep::update() {
  const at::NoGradGuard no_grad;
  found_inf_.zero_();
  if (generator_turn_) {
    found_inf_.add_(generator_.check(total_now_));
  }
  if (adversary_) {
    found_inf_.add_(adversary_->check(generator_turn_)).clamp_max_(1);
  }
  if (generator_turn_) {
    generator_.step(found_inf_);
    means_.commit(found_inf_);
  }
  generator_.settle_buffers(found_inf_);
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

std::vector<at::Tensor> TrainStep::sums() const {
  std::vector<at::Tensor> sums{total_now_, means_.now()};
  if (adversary_) {
    for (const at::Tensor& sum : adversary_->sums()) {
      sums.push_back(sum);
    }
  }
  return sums;
}

NamedValues TrainStep::take_mean_losses() {
  NamedValues means = means_.take();
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
    for (const NamedState& tensor : adversary_->state()) {
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

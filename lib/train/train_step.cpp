#include "train/train_step.h"

#include <torch/torch.h>

#include <algorithm>

#include "train/network_settings.h"
#include "train/precision.h"

namespace sr {
namespace {

/// Null without GAN training.
std::unique_ptr<Adversary> make_adversary(const Config& config, const Networks& networks,
                                          std::optional<at::ScalarType> autocast) {
  const std::optional<LossConfig> gan = find_gan_loss(config.train.losses);
  if (!gan || !networks.discriminator) {
    return nullptr;
  }
  return std::make_unique<Adversary>(config, gan->options.get<recipe::GanOptions>(),
                                     *networks.discriminator, autocast);
}

/// Null without network_g_teacher.
std::unique_ptr<Teacher> make_teacher(const Config& config, const Networks& networks,
                                      at::Device device) {
  return networks.teacher ? std::make_unique<Teacher>(config, *networks.teacher, device) : nullptr;
}

/// The averaged network computes with the averages themselves and the generator's buffers.
void give_averages(const TrainedNetwork& generator, const Networks& networks) {
  const auto share = [](const at::Tensor& target, const at::Tensor& source) {
    target.set_data(source);
  };
  for (std::size_t i = 0; i < generator.averages().size(); ++i) {
    share(networks.averaged->parameters()[i].tensor, generator.averages()[i]);
  }
  for (std::size_t i = 0; i < networks.generator->buffers().size(); ++i) {
    share(networks.averaged->buffers()[i].tensor, networks.generator->buffers()[i].tensor);
  }
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
      strict_(device.is_cpu() || config.deterministic),
      generator_every_(config.train.net_d_iters),
      generator_from_(config.train.net_d_init_iters),
      switch_every_(config.train.ema_switch_iter),
      generator_(*networks.generator,
                 generator_settings(config, autocast_type(config, device) == at::kHalf)),
      adversary_(make_adversary(config, networks, autocast_type(config, device))),
      teacher_(make_teacher(config, networks, device)),
      generator_pass_(config, networks, autocast_type(config, device), device),
      losses_(config, adversary_.get(), teacher_.get(), device,
              wants_channels_last(config, device)),
      drain_(device),
      upload_(device, wants_channels_last(config, device)),
      graphs_(memory, StepGraphs::recorder_on(device, config.cuda_graph != Switch::kOff)),
      loss_log_(losses_to_keep(config), device),
      mixer_(config.train.batch_mix, config.manual_seed) {
  if (networks.averaged) {
    give_averages(generator_, networks);
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

  void begin() override {
    where_ = "upload";
    step_.upload_.begin(batch_);
    step_.mixer_.draw(batch_, cut_.parts);
    step_.generator_pass_.draw(step_.step_, batch_.lq.count, step_.process_ * batch_.lq.count);
  }
  void attempt() override {
    step_.begin();
    step_.begun_ = true;
    const auto train = [&](std::int64_t first, std::int64_t count, double share) {
      where_ = "upload";
      const BatchImages images = step_.mixer_.images(first, count, step_.upload_);
      where_ = "train";
      step_.train_on(images, first, share);
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
    step_.begun_ = true;
  }
  void attempt_on(const BatchImages& images) override {
    step_.begin();
    const auto train = [&](std::int64_t first, std::int64_t count, double share) {
      step_.train_on(images.narrow(first, count), first, share);
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
};

Attempt TrainStep::attempt(const Batch& batch, const StepPlan& plan) {
  step_ = plan.step;
  if (teacher_) {
    teacher_->set_step(step_);
  }
  if (adversary_) {
    adversary_->set_step(step_);
  }
  // BasicSR's rule, which counts steps from 1.
  generator_turn_ =
      !adversary_ || ((step_ + 1) % generator_every_ == 0 && step_ + 1 > generator_from_);
  generator_pass_.set_recompute(plan.recompute);
  begun_ = false;
  Pass pass(*this, batch, plan.cut);
  // Recovery comes after: a live exception keeps tensors of the failed graph alive.
  Attempt result = run_pass(pass, plan);
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
    generator_.prepare();
    if (adversary_) {
      adversary_->trained().prepare();
    }
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
  } catch (...) {
    abort();  // the run ends with it, in the state of the step before
    throw;
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
          adversary_ && adversary_->is_penalised(),
          plan.recompute};
}

void TrainStep::begin() {
  generator_.begin();
  if (adversary_) {
    adversary_->begin();
  }
  losses_.means().begin();
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

void TrainStep::train_on(const BatchImages& images, std::int64_t first, double share) {
  const Lesson lesson = lesson_of(images);
  at::Tensor output;
  if (generator_turn_) {
    output = generator_pass_.output(lesson.lq, first);
    const at::Tensor total = losses_.total(output, lesson, generator_pass_, share);
    total_now_.add_(total.detach());
    generator_.backward(total);
    output = output.detach();
  } else {
    const at::NoGradGuard no_grad;
    output = generator_pass_.output(lesson.lq, first);
  }
  if (adversary_) {
    adversary_->backward(output, losses_.real(lesson), share);
  }
}

Lesson TrainStep::lesson_of(const BatchImages& images) const {
  const GtImages gt = split_gt(images.gt);
  return teacher_ ? teacher_->lesson(images.lq, gt) : Lesson{images.lq, gt, gt};
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
    losses_.means().commit(found_inf_);
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
  std::vector<at::Tensor> sums{total_now_, losses_.means().now()};
  if (adversary_) {
    for (const at::Tensor& sum : adversary_->sums()) {
      sums.push_back(sum);
    }
  }
  return sums;
}

NamedValues TrainStep::take_mean_losses() {
  NamedValues means = losses_.means().take();
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
  const auto in_a_row = static_cast<std::int64_t>(read_scalar(skipped_in_a_row_));
  const std::int64_t generator = generator_.failed_unscaled(in_a_row);
  return adversary_ ? std::max(generator, adversary_->trained().failed_unscaled(in_a_row))
                    : generator;
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
  return losses_.is_mean_over_samples() && (!adversary_ || adversary_->is_mean_over_samples());
}

}  // namespace sr

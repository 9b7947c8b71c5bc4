#include "train/adversary.h"

#include <torch/torch.h>

#include "nn/autocast.h"
#include "train/network_settings.h"

namespace sr {
namespace {

/// Order of the means; what is said of made images follows what is said of real ones.
enum Value : std::size_t { kLoss = 0, kOutput = 2, kAccuracy = 4 };
const std::vector<std::string> kNames = {"d_real",     "d_fake",          "out_d_real",
                                         "out_d_fake", "accuracy_d_real", "accuracy_d_fake"};

/// While it lives no gradient goes to these parameters.
class Frozen {
 public:
  explicit Frozen(const NamedTensors& parameters) : parameters_(parameters) { set(false); }
  ~Frozen() { set(true); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  void set(bool trained) {
    for (const NamedTensor& parameter : parameters_) {
      parameter.tensor.set_requires_grad(trained);
    }
  }
  const NamedTensors& parameters_;
};

/// Between the labels where a loss pulls towards them; elsewhere a logit is real above 0.
double boundary_of(const recipe::GanOptions& gan) {
  return gan.gan_type == GanType::kLsgan ? (gan.real_label_val + gan.fake_label_val) / 2 : 0.0;
}

}  // namespace

Adversary::Adversary(const Config& config, const recipe::GanOptions& gan,
                     Discriminator& discriminator, std::optional<at::ScalarType> autocast)
    : discriminator_(discriminator),
      loss_(gan),
      autocast_(autocast),
      trained_(discriminator, discriminator_settings(config, autocast == at::kHalf)),
      means_(kNames, discriminator.parameters().front().tensor.device()),
      boundary_(boundary_of(gan)) {
  const auto options =
      discriminator.parameters().front().tensor.options().dtype(at::kFloat).requires_grad(false);
  total_ = at::zeros({}, options);
  found_ = at::zeros({}, options);
  held_ = at::zeros({}, options);
  if (config.train.adaptive_d) {
    pause_ = std::make_unique<DiscriminatorPause>(config.train.adaptive_d_ema_decay,
                                                  config.train.adaptive_d_threshold, discriminator);
  }
  if (gan.r1_reg_weight > 0) {
    penalty_ = std::make_unique<GradientPenalty>(gan, discriminator);
  }
}

void Adversary::set_step(std::int64_t step) {
  if (penalty_) {
    penalty_->set_step(step);
  }
}

void Adversary::begin() {
  trained_.begin();
  means_.begin();
  total_.zero_();
  if (pause_) {
    pause_->begin();
  }
  if (penalty_) {
    penalty_->begin();
  }
}

void Adversary::roll_back() {
  trained_.roll_back();
}

at::Tensor Adversary::logits(const at::Tensor& images) {
  const AutocastGuard autocast(images.device().type(), autocast_);
  return discriminator_.forward(images).to(at::kFloat);
}

Adversary::GeneratorTerm Adversary::generator_term(const at::Tensor& output, const at::Tensor& gt,
                                                   double share) {
  GeneratorTerm term = passed_as_real(output, gt);
  if (pause_) {
    pause_->add(term.loss.detach() * share);
    pause_->keep_buffers();
  }
  return term;
}

Adversary::GeneratorTerm Adversary::passed_as_real(const at::Tensor& output, const at::Tensor& gt) {
  const Frozen frozen(discriminator_.parameters());
  if (!loss_.is_relativistic()) {
    const at::Tensor made = logits(output);
    return {loss_.of_generator(made, GanTarget::kReal),
            made.detach().gt(boundary_).to(at::kFloat).mean()};
  }
  // BasicSR's ESRGAN: both kinds count, each compared with the mean of the other.
  const at::Tensor real = logits(gt);
  const at::Tensor made = logits(output);
  const at::Tensor made_against_real = made - real.mean();
  const at::Tensor loss = (loss_.of_generator(real - made.mean(), GanTarget::kFake) +
                           loss_.of_generator(made_against_real, GanTarget::kReal)) /
                          2;
  return {loss, made_against_real.detach().gt(boundary_).to(at::kFloat).mean()};
}

void Adversary::backward(const at::Tensor& output, const at::Tensor& gt, double share) {
  learn_both(output, gt, share);
  if (is_penalised()) {
    const at::Tensor loss = penalty_->loss(gt, share);
    total_.add_(loss.detach());
    trained_.backward(loss);
  }
}

void Adversary::learn_both(const at::Tensor& output, const at::Tensor& gt, double share) {
  if (!loss_.is_relativistic()) {
    learn(logits(gt), GanTarget::kReal, share);
    learn(logits(output), GanTarget::kFake, share);
    return;
  }
  at::Tensor made;
  {
    const at::NoGradGuard no_grad;
    made = logits(output);
  }
  at::Tensor real = logits(gt);
  learn(real - made.mean(), GanTarget::kReal, share);
  real = real.detach();
  learn(logits(output) - real.mean(), GanTarget::kFake, share);
}

void Adversary::learn(const at::Tensor& logits, GanTarget kind, double share) {
  const bool real = kind == GanTarget::kReal;
  const std::size_t index = real ? 0 : 1;
  // BasicSR's relativistic losses count half each.
  const at::Tensor loss =
      loss_.of_discriminator(logits, kind) * (loss_.is_relativistic() ? share / 2 : share);
  const at::Tensor seen = logits.detach();
  const at::Tensor right = real ? seen.gt(boundary_) : seen.lt(boundary_);
  means_.add(kLoss + index, loss);
  means_.add(kOutput + index, seen.mean() * share);
  means_.add(kAccuracy + index, right.to(at::kFloat).mean() * share);
  total_.add_(loss.detach());
  trained_.backward(loss);
}

const at::Tensor& Adversary::check(bool generator_trained) {
  const at::Tensor& found = trained_.check(total_);
  if (!pause_) {
    return found;
  }
  pause_->decide(generator_trained);
  found_.copy_(found).addcmul_(found, pause_->waits(), -1);
  return found_;
}

void Adversary::commit(const at::Tensor& found_inf) {
  held_.copy_(found_inf);
  if (pause_) {
    held_.add_(pause_->waits()).clamp_max_(1);
    pause_->settle_buffers();
    pause_->commit(found_inf);
  }
  trained_.step(held_, pause_ ? pause_->waits_flag() : at::Tensor());
  trained_.settle_buffers(found_inf);
  trained_.average(held_);
  means_.commit(held_);
  if (penalty_) {
    penalty_->commit(held_);
  }
}

std::vector<std::pair<std::string, double>> Adversary::take_means() {
  auto means = means_.take();
  if (pause_) {
    for (auto& mean : pause_->take_means()) {
      means.push_back(std::move(mean));
    }
  }
  if (penalty_) {
    for (auto& mean : penalty_->take_means()) {
      means.push_back(std::move(mean));
    }
  }
  return means;
}

std::vector<at::Tensor> Adversary::sums() const {
  std::vector<at::Tensor> sums{total_, means_.now()};
  if (pause_) {
    sums.push_back(pause_->loss_now());
  }
  if (penalty_) {
    sums.push_back(penalty_->now());
  }
  return sums;
}

std::vector<NamedState> Adversary::state() const {
  std::vector<NamedState> tensors = trained_.state();
  if (pause_) {
    tensors.push_back({std::string(kPauseState) + "smoothed", pause_->smoothed()});
  }
  return tensors;
}

bool Adversary::is_mean_over_samples() const {
  return !loss_.is_relativistic() && discriminator_.is_mean_over_samples();
}

}  // namespace sr

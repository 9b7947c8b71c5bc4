#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "loss/gan_loss.h"
#include "nn/discriminator.h"
#include "train/discriminator_pause.h"
#include "train/gradient_penalty.h"
#include "train/mean_values.h"
#include "train/trained_network.h"

namespace sr {

/// The discriminator in a step: the loss it gives the generator, and its own training on real and
/// made images. In a step the generator's pass comes first, then the real images, then the made
/// ones, then, for a gradient penalty, the real ones again, because each pass moves the vectors of
/// a spectral norm.
class Adversary {
 public:
  /// `autocast` as in TrainStep.
  Adversary(const Config& config, const recipe::GanOptions& gan, Discriminator& discriminator,
            std::optional<at::ScalarType> autocast);

  /// The step of the next attempt, from 0.
  void set_step(std::int64_t step);
  /// That step has the gradient penalty.
  bool is_penalised() const { return penalty_ && penalty_->due(); }
  void begin();
  void roll_back();
  struct GeneratorTerm {
    at::Tensor loss;      ///< unweighted, 0-dim, with gradient to the output alone
    at::Tensor accuracy;  ///< share of its logits that pass as real, 0-dim
  };
  /// What the discriminator says of images that are to pass as real. Both float [N, C, H, W], and
  /// `share` of the step.
  GeneratorTerm generator_term(const at::Tensor& output, const at::Tensor& gt, double share);
  /// Adds the discriminator's gradients for these images, weighted with their `share` of the step.
  /// `output` carries no gradient.
  void backward(const at::Tensor& output, const at::Tensor& gt, double share);

  /// float32 0-dim, 1 = its loss or a gradient is not finite and it does not wait.
  /// `generator_trained`: in this step.
  const at::Tensor& check(bool generator_trained);
  /// Updates weights and averages unless found_inf is 1 or it waits.
  void commit(const at::Tensor& found_inf);

  /// d_real and d_fake (its losses), out_d_real and out_d_fake (mean logits), accuracy_d_real and
  /// accuracy_d_fake (share of logits on the right side): means since the last call over the steps
  /// that trained it, left out when none did. With adaptive_d also d_skipped, the share of the
  /// others; with r1_reg_weight d_r1. Synchronizes.
  std::vector<std::pair<std::string, double>> take_means();
  /// Sums over the samples of a step beside its gradients, float32.
  std::vector<at::Tensor> sums() const;
  /// False when a batch in pieces gives other gradients than a whole one.
  bool is_mean_over_samples() const;

  /// All that belongs into a checkpoint beside weights and averages.
  std::vector<NamedState> state() const;

  TrainedNetwork& trained() { return trained_; }
  const TrainedNetwork& trained() const { return trained_; }

 private:
  GeneratorTerm passed_as_real(const at::Tensor& output, const at::Tensor& gt);
  at::Tensor logits(const at::Tensor& images);
  void learn_both(const at::Tensor& output, const at::Tensor& gt, double share);
  /// Adds the gradients that teach it these logits, which are of images of that kind.
  void learn(const at::Tensor& logits, GanTarget kind, double share);

  Discriminator& discriminator_;
  GanLoss loss_;
  std::optional<at::ScalarType> autocast_;
  TrainedNetwork trained_;
  std::unique_ptr<DiscriminatorPause> pause_;  ///< null without adaptive_d
  std::unique_ptr<GradientPenalty> penalty_;   ///< null without r1_reg_weight
  MeanValues means_;
  at::Tensor total_, found_, held_;  // float32 0-dim
  double boundary_;                  ///< logits above it stand for real images
};

}  // namespace sr

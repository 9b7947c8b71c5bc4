#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "loss/loss.h"
#include "train/adversary.h"
#include "train/generator_pass.h"
#include "train/mean_values.h"
#include "train/teacher.h"

namespace sr {

/// What the generator is told about its images: the configured losses with their weights, what the
/// discriminator says, and their means over the steps.
class GeneratorLosses {
 public:
  /// `adversary` (null without GAN training) and `teacher` (null without one) stay the caller's.
  GeneratorLosses(const Config& config, Adversary* adversary, const Teacher* teacher,
                  at::Device device, bool channels_last);

  /// The sum of all losses of `output`, float32 [N, C, H, W], for N samples that are `share` of the
  /// step: 0-dim, with gradient to the output alone. `pass` gives the output of the average to
  /// losses that compare with it.
  at::Tensor total(const at::Tensor& output, const Lesson& lesson, const GeneratorPass& pass,
                   double share);
  /// The discriminator's images of a lesson: GT, or GT sharpened (gt_usm of ganloss).
  const at::Tensor& real(const Lesson& lesson) const { return lesson.real.of(gan_gt_usm_); }

  /// Each loss times its weight; with a GAN l_g_ganloss and accuracy_g; with train.eco eco_alpha.
  MeanValues& means() { return means_; }
  const MeanValues& means() const { return means_; }
  /// False when a batch in pieces gives other gradients than a whole one.
  bool is_mean_over_samples() const;

 private:
  std::vector<WeightedLoss> losses_;
  Adversary* adversary_;
  const Teacher* teacher_;
  double gan_weight_ = 0;
  bool gan_gt_usm_ = false;
  bool needs_averaged_output_ = false;
  MeanValues means_;
};

}  // namespace sr

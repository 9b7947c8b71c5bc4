#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/discriminator.h"
#include "recipe/gan_loss.h"
#include "train/mean_values.h"

namespace sr {

/// r1_reg_weight of the ganloss, as in BasicSR's StyleGAN2Model: every net_d_reg_every-th step,
/// behind the passes on real and made images, one more pass on the real ones, whose loss is
///   r1_reg_weight / 2 * net_d_reg_every * R1 (loss/gan_loss.h).
/// It is computed in float32, whatever the precision of the others: of float16 the squares of
/// small gradients would be 0.
class GradientPenalty {
 public:
  GradientPenalty(const recipe::GanOptions& options, Discriminator& discriminator);

  /// `step` from 0: says whether it is one with the penalty.
  void set_step(std::int64_t step) { due_ = (step + 1) % every_ == 0; }
  bool due() const { return due_; }
  /// Forgets what the running attempt added.
  void begin() { means_.begin(); }
  /// The loss of these images, `share` of the step, 0-dim with gradient to the discriminator.
  at::Tensor loss(const at::Tensor& real, double share);
  /// To be a sum over several processes before commit(), float32.
  const at::Tensor& now() const { return means_.now(); }
  /// Takes the attempt's loss into the mean, unless found_inf is 1. Allocates nothing.
  void commit(const at::Tensor& found_inf);
  /// d_r1: the mean loss of the steps since the last call that had one. Synchronizes.
  std::vector<std::pair<std::string, double>> take_means() { return means_.take(); }

 private:
  Discriminator& discriminator_;
  double factor_;
  std::int64_t every_;
  bool due_ = false;
  MeanValues means_;
};

}  // namespace sr

#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "nn/module.h"
#include "train/mean_values.h"

namespace sr {

/// train.adaptive_d, the rule of traiNNer-redux: with l the unweighted ganloss of the generator in
/// a step that trains it,
///   smoothed' = decay * smoothed + (1 - decay) * l,    smoothed = 0 at the start,
/// and the discriminator is left as it is in a step with smoothed' > threshold * smoothed. Steps
/// without the generator train the discriminator and leave `smoothed` alone.
///
/// The decision needs the loss of the whole step (all micro-batches, all ranks), so it is made at
/// the commit, on the device; the discriminator's gradients are there by then and are not used. Its
/// buffers stay as the last pass for the generator has left them: as if it had seen nothing else
/// where a step is one piece; else it has also seen its own images of the pieces before.
class DiscriminatorPause {
 public:
  DiscriminatorPause(double decay, double threshold, const Module& discriminator);

  /// Forgets what the running attempt added.
  void begin();
  /// Adds to the generator's loss of the running attempt, 0-dim.
  void add(const at::Tensor& loss);
  /// The generator's pass is over: these are the buffers of a pause.
  void keep_buffers();
  /// To be a sum over several processes before decide(), float32.
  const at::Tensor& loss_now() const { return now_; }

  // Of the commit: they allocate nothing.
  /// Whether the discriminator waits. `generator_trained`: the attempt has a loss of the generator.
  void decide(bool generator_trained);
  /// float32 0-dim, 1 = it waits; and the same as bool.
  const at::Tensor& waits() const { return waits_; }
  const at::Tensor& waits_flag() const { return flag_; }
  /// Buffers become those of keep_buffers() when it waits.
  void settle_buffers();
  /// The smoothed loss takes the step in, unless found_inf (float32 0-dim) is 1.
  void commit(const at::Tensor& found_inf);

  /// float32 0-dim, for the checkpoint.
  const at::Tensor& smoothed() const { return smoothed_; }
  /// d_skipped: share of the committed steps in which the discriminator waited, since the last
  /// call.
  std::vector<std::pair<std::string, double>> take_means() { return share_.take(); }

 private:
  const Module& discriminator_;
  std::vector<at::Tensor> kept_buffers_;
  at::Tensor decay_, rest_, threshold_;  // as float32 0-dim: a number would be allocated each time
  at::Tensor smoothed_, next_, now_, scratch_, waits_;  // float32 0-dim
  at::Tensor flag_, bad_;                               // bool 0-dim
  MeanValues share_;
};

}  // namespace sr

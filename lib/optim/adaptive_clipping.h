#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "optim/optimizer.h"
#include "recipe/gradient_clipping.h"

namespace sr {

/// The largest gradient norm to allow, learned from the norms themselves: their percentile over
/// the last committed steps (AutoClip, Seetharaman et al. 2020). Norms, their order and the
/// threshold live on the device, never read by the host; commit() allocates nothing.
///
/// A step is judged by the norms before it, so that a spike cannot raise its own limit. What is
/// remembered is the norm before clipping.
class AdaptiveClipping {
 public:
  struct Settings : recipe::GradientClippingOptions {
    double first_threshold = 100;  ///< in force for the first 100 steps
    double upper_bound = 0;        ///< never exceeded; 0 = none
  };
  AdaptiveClipping(const Settings& settings, at::Device device);

  /// float32 0-dim, in force for the next step. The same tensor for good.
  const at::Tensor& threshold() const { return threshold_; }
  /// Takes in a step's norm (float32 0-dim), unless found_inf (same) is 1.
  void commit(const at::Tensor& norm, const at::Tensor& found_inf);

  /// What happened since the last call, and the norms that are remembered. Synchronizes.
  struct Window {
    std::int64_t steps = 0;
    std::int64_t clipped = 0;
    double threshold = 0;
    bool learning = false;                          ///< the first steps are not over
    double p10 = 0, p50 = 0, p90 = 0, largest = 0;  ///< of the remembered norms; 0 without any
  };
  Window take_window();

  /// Tensors for the checkpoint. Call state_loaded() after writing into them.
  std::vector<NamedState> state() const;
  void state_loaded();

 private:
  void insert();
  void choose_threshold();

  Settings settings_;
  at::Tensor ages_;    // [history], newest first; beyond the count: kEmpty
  at::Tensor counts_;  // [4]: norms remembered, steps seen (up to 100), window's steps, its clipped
  at::Tensor remembered_, seen_, window_steps_, window_clipped_;  // 0-dim views of counts_
  at::Tensor order_;      // [history + 1]: the norms in order, then kEmpty
  at::Tensor remaining_;  // [history + 1]: 0, then order_ without the oldest norm
  at::Tensor next_, below_, weights_, indices_;                                        // [history]
  at::Tensor threshold_, position_, percentile_threshold_, norm_, counted_, clipped_;  // 0-dim
  at::Tensor one_, zero_, share_, first_steps_, first_threshold_;  // 0-dim constants
  at::Tensor flag_, bad_;                                          // bool 0-dim
};

}  // namespace sr

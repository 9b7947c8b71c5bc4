#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"

namespace sr {

/// What a loss may look at: float32 images [N, 3, H, W] on the device, in about [0, 1].
struct LossImages {
  at::Tensor output{};  ///< carries gradient
  at::Tensor gt{};
  /// What the EMA network makes of the same input, without gradient; defined when a loss needs it.
  at::Tensor averaged{};
};

/// A loss that compares images. Losses are called outside autocast; gradient flows to
/// `images.output` alone.
class Loss {
 public:
  virtual ~Loss() = default;
  /// Unweighted scalar (0-dim).
  virtual at::Tensor operator()(const LossImages& images) const = 0;
  /// True when it is a mean over samples: splitting a batch and averaging gives the same value.
  virtual bool is_mean_over_samples() const { return true; }
  /// True when `images.averaged` must be there.
  virtual bool needs_averaged_output() const { return false; }
  /// Moves weights it holds (VGG) to the device, in its memory format.
  virtual void to(at::Device /*device*/, bool /*channels_last*/) {}
};

struct WeightedLoss {
  std::string name;  ///< "l_g_<type>", unique within the run
  double weight = 1;
  bool gt_usm = false;  ///< its images.gt is sharpened
  std::unique_ptr<Loss> loss;
};

/// The image losses of a configuration in its order; a ganloss is none, see find_gan_loss().
/// Errors as make_loss() of their options.
std::vector<WeightedLoss> make_losses(const std::vector<LossConfig>& configs);

/// True when a loss looks at sharpened GT: batches then hold both.
bool need_sharpened_gt(const std::vector<LossConfig>& configs);

/// The ganloss of a configuration, if there is one. Throws ConfigError when there are two.
std::optional<LossConfig> find_gan_loss(const std::vector<LossConfig>& configs);

}  // namespace sr

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"

namespace sr {

/// A weighted loss of output and ground truth, both float32 [N, C, H, W] in about [0, 1].
class Loss {
 public:
  virtual ~Loss() = default;
  /// Unweighted scalar (0-dim) with gradient to `output`.
  virtual at::Tensor operator()(const at::Tensor& output, const at::Tensor& gt) const = 0;
  /// True when it is a mean over samples: splitting a batch and averaging gives the same value.
  virtual bool is_mean_over_samples() const { return true; }
};

struct WeightedLoss {
  std::string name;  ///< "l_g_<type>", unique within the run
  double weight = 1;
  std::unique_ptr<Loss> loss;
};

std::vector<WeightedLoss> make_losses(const std::vector<LossConfig>& configs);

struct LossEntry {
  std::string_view type;
  std::string_view description;
  std::unique_ptr<Loss> (*make)(const LossConfig& config);
};
/// Every loss, one line each; aliases of the peers are their own lines.
const std::vector<LossEntry>& losses();

}  // namespace sr

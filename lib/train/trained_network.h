#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "nn/module.h"
#include "optim/adaptive_clipping.h"
#include "optim/ema.h"
#include "optim/gradient.h"
#include "optim/loss_scaler.h"
#include "optim/optimizer.h"

namespace sr {

/// One network under training with all that a step changes about it: gradients, buffers, weights,
/// optimizer state, average, loss scale. prepare(), begin(), backward() and roll_back() belong to
/// the attempt of a step; check(), step() and average() to its commit, where nothing is allocated
/// and nothing can fail.
class TrainedNetwork {
 public:
  struct Settings {
    OptimizerConfig optimizer{};
    double max_norm = 0;  ///< clipping of the gradients' norm; 0 = none
    std::optional<AdaptiveClipping::Settings> adaptive_clipping{};  ///< wins over max_norm
    double ema_decay = 0;  ///< 0 = no average, but for an optimizer that keeps its own
    double ema_power = 1;
    std::int64_t ema_update_after = 0;
    bool scales_loss = false;  ///< float16
  };
  /// `module`: on its device and in its final memory format.
  TrainedNetwork(Module& module, const Settings& settings);

  /// Before begin(), outside of what is recorded; see Optimizer::prepare().
  void prepare() { optimizer_->prepare(); }
  /// Clears the gradients and keeps the buffers for roll_back().
  void begin();
  /// Undoes what an attempt did: gradients are zero again, buffers as begin() found them.
  void roll_back();
  /// Adds the gradients of a 0-dim loss, which is scaled as float16 needs it.
  void backward(const at::Tensor& loss);

  /// Unscales and clips the gradients. The flag it returns (float32 0-dim) is 1 when `loss` or a
  /// gradient is not finite.
  const at::Tensor& check(const at::Tensor& loss);
  /// The learning rate of the steps from now on.
  void set_rate(double lr) { optimizer_->set_rate(lr); }
  /// Weights and loss scale after check(). found_inf = 1 leaves the weights alone; `held` (bool
  /// 0-dim) the loss scale too, and needs found_inf = 1.
  void step(const at::Tensor& found_inf, const at::Tensor& held = {});
  /// Of the last so many steps in a row that were not finite: how many the loss scale cannot be
  /// blamed for, as it was 1 or less. Synchronizes.
  std::int64_t failed_unscaled(std::int64_t in_a_row) const {
    return scaler_.failed_unscaled(in_a_row);
  }
  /// Buffers stay as the attempt has left them, or, if found_inf is 1, become those of before it.
  void settle_buffers(const at::Tensor& found_inf);
  /// The average takes the weights in, unless found_inf is 1.
  void average(const at::Tensor& found_inf);
  /// The weights become their average, unless found_inf is 1.
  void switch_to_average(const at::Tensor& found_inf);

  Module& module() const { return module_; }
  /// The optimizer's own or the EMA, in the order of the module's parameters; empty without.
  const std::vector<at::Tensor>& averages() const;
  /// What adaptive clipping did since the last call; nothing when it is off. Synchronizes.
  std::optional<AdaptiveClipping::Window> take_clipping();
  /// All that belongs into a checkpoint beside weights and averages.
  std::vector<NamedState> state() const;
  /// Call after writing into the tensors of state().
  void state_loaded();

 private:
  Module& module_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<AdaptiveClipping> clipping_;
  GradientGuard guard_;
  std::unique_ptr<Ema> ema_;
  LossScaler scaler_;
  std::vector<at::Tensor> kept_buffers_;
  at::Tensor skipped_;  ///< bool 0-dim
};

/// AdaptiveGradientClipping as configured; nothing when it is not enabled.
std::optional<AdaptiveClipping::Settings> clipping_settings(const Config& config);

/// Tensors of a step's state that a checkpoint may lack, or have in another length: their names
/// hold one of these.
inline constexpr std::string_view kClippingState = "gradient_clipping.";
inline constexpr std::string_view kPauseState = "adaptive_d.";

}  // namespace sr

#pragma once

#include <ATen/core/Tensor.h>

#include "recipe/gan_loss.h"

namespace sr {

using recipe::GanType;

/// What logits are pulled towards.
enum class GanTarget : char { kReal, kFake };

/// The loss of a generator or discriminator from a discriminator's logits, as in BasicSR and
/// traiNNer-redux. With x the logits and t the label (real_label_val or fake_label_val):
///   vanilla        binary cross entropy of sigmoid(x) and t
///   lsgan          (x - t)^2                                        (Mao et al. 2017)
///   wgan           -x for real, x for fake                          (Arjovsky et al. 2017)
///   wgan_softplus  softplus(-x) for real, softplus(x) for fake
///   hinge          discriminator: relu(1 - x) for real, relu(1 + x) for fake; generator: -x
/// each as the mean over all logits.
class GanLoss {
 public:
  /// The loss's weight is left to the caller, who applies it to the generator alone.
  explicit GanLoss(const recipe::GanOptions& options);
  // Scalars (0-dim), computed in float32 whatever the type of `logits`.
  /// What the discriminator learns from images of this kind.
  at::Tensor of_discriminator(const at::Tensor& logits, GanTarget target) const;
  /// What the generator learns: of its own images the target is kReal.
  at::Tensor of_generator(const at::Tensor& logits, GanTarget target) const;
  /// True when the caller compares real with fake logits before: x_real - mean(x_fake) and
  /// x_fake - mean(x_real) take the place of x, and the generator has both terms
  /// (relativistic average GAN, Jolicoeur-Martineau 2018; ESRGAN).
  bool is_relativistic() const { return relativistic_; }

 private:
  at::Tensor loss(const at::Tensor& x, bool real) const;

  GanType type_;
  double real_label_;
  double fake_label_;
  bool relativistic_;
};

/// R1 of a discriminator on real images (Mescheder, Geiger & Nowozin 2018, eq. 9; BasicSR's and
/// traiNNer-redux's r1_penalty): the mean over the images of the squared norm of the gradient of
/// all logits' sum. `images` [N, C, H, W] require a gradient, `logits` are the discriminator's of
/// them. 0-dim; its gradient reaches the discriminator's parameters.
at::Tensor r1_penalty(const at::Tensor& logits, const at::Tensor& images);

}  // namespace sr

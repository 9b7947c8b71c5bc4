#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include "config/config.h"
#include "nn/network.h"
#include "train/gt_images.h"

namespace sr {

/// What a step learns from.
struct Lesson {
  at::Tensor lq;  ///< what the generator sees
  GtImages gt;    ///< what its image losses compare with
  GtImages real;  ///< what the discriminator is shown as real
};

/// network_g_teacher, whose images t of LQ take the place of GT (distillation) or, with train.eco,
/// are mixed with it, as traiNNer-redux does: in the step that is the n-th from 1,
///   a  = min(1, n / floor(total_iter * end_ratio)),  t = clamp(teacher(lq), 0, 1),
///   gt' = t + a * (gt - t),
/// and in mode full lq' = s + a * (lq - s) with s = t made small again by antialiased bicubic. From
/// a = 1 on the teacher is not asked. With eco the discriminator is shown GT itself as real,
/// without it the teacher's images, which are not clamped then.
///
/// The teacher computes in float32, also where the generator has mixed precision, without gradient
/// and without training passes.
class Teacher {
 public:
  /// `network` is on its device and stays the caller's.
  Teacher(const Config& config, const Network& network, at::Device device);

  /// The step of the attempts to come, from 0. Allocates nothing.
  void set_step(std::int64_t step);
  /// False once the batch is learned from as it is.
  bool is_asked() const { return !eco_.enabled || weight_ < 1; }
  bool mixes() const { return eco_.enabled; }
  /// a, float32 0-dim on the device; stays the same tensor.
  const at::Tensor& weight() const { return device_weight_; }
  /// May run out of memory. Depends on the weight by its tensor, so that it may be recorded.
  Lesson lesson(const at::Tensor& lq, const GtImages& gt) const;

 private:
  GtImages mixed(const at::Tensor& made, const GtImages& gt) const;

  const Network& network_;
  EcoConfig eco_;
  std::int64_t last_step_;  ///< of the mixing
  std::int64_t scale_;
  double weight_ = 0;
  at::Tensor device_weight_;
};

}  // namespace sr

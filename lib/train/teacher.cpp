#include "train/teacher.h"

#include <torch/torch.h>

#include <algorithm>

#include "loss/bicubic.h"

namespace sr {
namespace {

/// traiNNer-redux takes weights so near to 0 and 1 for these.
constexpr double kNearly = 1e-4;

}  // namespace

Teacher::Teacher(const Config& config, const Network& network, at::Device device)
    : network_(network),
      eco_(config.train.eco),
      last_step_(static_cast<std::int64_t>(static_cast<double>(config.train.total_iter) *
                                           config.train.eco.end_ratio)),
      scale_(config.scale),
      device_weight_(at::zeros({}, at::TensorOptions().dtype(at::kFloat).device(device))) {}

void Teacher::set_step(std::int64_t step) {
  if (!eco_.enabled) {
    return;
  }
  const double share =
      last_step_ <= 0 ? 1.0 : static_cast<double>(step + 1) / static_cast<double>(last_step_);
  weight_ = share >= 1 - kNearly ? 1.0 : share <= kNearly ? 0.0 : share;
  device_weight_.fill_(weight_);
}

GtImages Teacher::mixed(const at::Tensor& made, const GtImages& gt) const {
  GtImages result;
  result.plain = at::lerp(made, gt.plain, device_weight_);
  result.sharpened =
      gt.sharpened.is_same(gt.plain) ? result.plain : at::lerp(made, gt.sharpened, device_weight_);
  return result;
}

Lesson Teacher::lesson(const at::Tensor& lq, const GtImages& gt) const {
  if (!is_asked()) {
    return {lq, gt, gt};
  }
  const at::NoGradGuard no_grad;
  at::Tensor made = network_.forward(lq).to(at::kFloat);
  if (!eco_.enabled) {
    const GtImages taught{made, made};
    return {lq, taught, taught};
  }
  made = made.clamp(0, 1);
  const GtImages targets = mixed(made, gt);
  if (eco_.mode == EcoMode::kHrOnly) {
    return {lq, targets, gt};
  }
  const at::Tensor small = bicubic_shrunk(made, scale_).clamp_(0, 1);
  return {at::lerp(small, lq, device_weight_), targets, gt};
}

}  // namespace sr

#include "train/gt_images.h"

#include <torch/torch.h>

#include "loss/bicubic.h"

namespace sr {

namespace {

constexpr std::int64_t kRgb = 3;

}  // namespace

GtImages split_gt(const at::Tensor& gt) {
  if (gt.size(1) == kRgb) {
    return {gt, gt};
  }
  const at::MemoryFormat format = gt.suggest_memory_format();
  return {gt.narrow(1, 0, kRgb).contiguous(format), gt.narrow(1, kRgb, kRgb).contiguous(format)};
}

at::Tensor enlarged_lq(const at::Tensor& lq, const at::Tensor& output) {
  const at::NoGradGuard no_grad;
  const std::int64_t frames = lq.size(1) / kRgb;
  const at::Tensor frame = lq.narrow(1, frames / 2 * kRgb, kRgb);
  return bicubic_enlarged(frame, output.size(2), output.size(3))
      .contiguous(output.suggest_memory_format());
}

}  // namespace sr

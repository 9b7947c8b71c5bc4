#include "train/gt_images.h"

namespace sr {

GtImages split_gt(const at::Tensor& gt) {
  constexpr std::int64_t kRgb = 3;
  if (gt.size(1) == kRgb) {
    return {gt, gt};
  }
  const at::MemoryFormat format = gt.suggest_memory_format();
  return {gt.narrow(1, 0, kRgb).contiguous(format), gt.narrow(1, kRgb, kRgb).contiguous(format)};
}

}  // namespace sr

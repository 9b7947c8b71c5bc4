#include "nn/max_pool.h"

#include <limits>
#include <tuple>

#include <torch/torch.h>

namespace sr {

at::Tensor largest_of_windows(const at::Tensor& features, std::int64_t side, std::int64_t stride,
                              std::int64_t padding) {
  if (!features.is_cuda() || !at::GradMode::is_enabled()) {
    return at::max_pool2d(features, side, stride, padding);
  }
  const at::Tensor padded =
      padding > 0 ? at::constant_pad_nd(features, {padding, padding, padding, padding},
                                        -std::numeric_limits<double>::infinity())
                  : features;
  return std::get<0>(padded.unfold(2, side, stride).unfold(3, side, stride).flatten(4).max(-1));
}

}  // namespace sr

#include "nn/inception_block.h"

#include <array>

#include <torch/torch.h>

#include "nn/convolved.h"
#include "nn/mish.h"
#include "nn/normalized_conv.h"
#include "nn/pixel_norm.h"

namespace sr {

at::Tensor InceptionBlock::operator()(const at::Tensor& features) const {
  const at::Tensor wide = norm.weight.dim() == 1
                              ? normalized_conv3x3(features, norm, widen)
                              : convolved(rms_norm_of_pixels(features, norm), widen);
  const at::Tensor mixed = through_bands(bands, wide);
  return at::addcmul(features, fast_mish(mish_gated_conv3x3(wide, mixed, narrow)), gamma);
}

InceptionBlock InceptionNetwork::add_inception_block(const std::string& name, std::int64_t dim,
                                                     std::int64_t hidden, Norm norm) {
  InceptionBlock block;
  block.gamma = add_parameter(name + "gamma", torch::ones({1, dim, 1, 1}));
  if (norm == Norm::kRootMeanSquare) {
    block.norm.weight = add_parameter(name + "norm.scale", torch::ones({dim, 1, 1}));
    block.norm.bias = add_parameter(name + "norm.offset", torch::zeros({dim, 1, 1}));
  } else {
    block.norm = add_norm(name + "norm", dim);
  }
  block.widen = add_small_conv(name + "fc1", {2 * hidden, dim, 3, 3});
  const std::array<BandKernel, 3> kernels = band_kernels(dim);
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    block.bands[i] = add_small_conv(name + "conv." + kernels[i].name, kernels[i].shape);
  }
  block.narrow = add_small_conv(name + "fc2", {dim, hidden, 3, 3});
  return block;
}

}  // namespace sr

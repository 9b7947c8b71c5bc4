#pragma once

#include <cstdint>
#include <string>

#include <ATen/core/Tensor.h>

#include "nn/band_kernels.h"
#include "nn/conv_network.h"

namespace sr {

/// The gated block of MoSRv2 and MoESR2: a norm, a 3x3 convolution to gates and values, of which
/// the last go through depthwise kernels, mish(gates) * values, a 3x3 convolution, Mish, a factor a
/// channel and the skip.
struct InceptionBlock {
  at::Tensor gamma;  ///< [1, C, 1, 1]
  Layer norm;        ///< of LayerNorm [C], or of a root mean square norm [C, 1, 1]
  Layer widen;
  BandKernels bands;
  Layer narrow;

  at::Tensor operator()(const at::Tensor& features) const;
};

class InceptionNetwork : public ConvNetwork {
 protected:
  using ConvNetwork::ConvNetwork;

  enum class Norm { kLayer, kRootMeanSquare };
  /// `hidden`: its gates. Names begin with `name`.
  InceptionBlock add_inception_block(const std::string& name, std::int64_t dim, std::int64_t hidden,
                                     Norm norm = Norm::kLayer);
};

}  // namespace sr

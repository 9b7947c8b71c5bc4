#pragma once

#include <ATen/core/Tensor.h>

#include "nn/initialization.h"
#include "nn/module.h"

namespace sr {

/// DySample (Liu et al., 2023, "Learning to Upsample by Learning to Sample"): each output pixel is
/// a bilinear sample of the input at its own place plus an offset that two 1x1 convolutions
/// compute, with an optional 1x1 convolution of the samples.
struct DySample {
  int scale = 2;
  int groups = 4;       ///< of channels that share offsets; divides the channels
  Layer offset;         ///< weight [offsets(), C, 1, 1] and bias
  at::Tensor scope;     ///< weight [offsets(), C, 1, 1]: its sigmoid / 2 scales the offset
  at::Tensor init_pos;  ///< [1, offsets(), 1, 1]: the places without an offset
  Layer end;            ///< weight [out, C, 1, 1] and bias; undefined = the samples are the output

  std::int64_t offsets() const { return std::int64_t{2} * groups * scale * scale; }
};

/// init_pos of a DySample of this scale and number of groups.
at::Tensor dysample_positions(int scale, int groups);

/// [N, C, H, W] -> [N, C or out, scale H, scale W] in the type of `features`; places and samples
/// are computed in float32.
///
/// The end convolution is applied to each group before sampling, which is linear in the samples:
/// out channels a group are sampled instead of C / groups, and no image of C channels in the large
/// size exists.
at::Tensor dysample(const at::Tensor& features, const DySample& layer);

/// A DySample as a part of a network, with the initialisation and names of the peers: end_conv,
/// offset, scope, init_pos. `groups` divides `channels`.
class DySampler final : public Module {
 public:
  struct Settings {
    std::int64_t channels = 0;
    std::int64_t outputs = 0;  ///< of the end convolution; 0 = none
    int scale = 2;
    int groups = 4;
  };
  DySampler(const Settings& settings, at::Generator& generator);

  at::Tensor operator()(const at::Tensor& features) const { return dysample(features, layer_); }

 private:
  DySample layer_;
};

}  // namespace sr

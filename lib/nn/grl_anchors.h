#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "arch/grl.h"
#include "nn/module.h"

namespace sr {

/// What GRL's stripes are seen through: pixels [N, H, W, features] shrunk by a factor, which
/// divides H and W, to [N, H / factor, W / factor, features / 2]. One step, or several that halve
/// the image.
class GrlAnchors final : public Module {
 public:
  struct Settings {
    arch::AnchorKind kind = arch::AnchorKind::kAveragePool;
    bool one_stage = true;
    int factor = 4;
    int features = 0;
  };
  GrlAnchors(const Settings& settings, at::Generator& generator);

  at::Tensor operator()(const at::Tensor& pixels) const;

 private:
  struct Step {
    Layer layer;
    Layer pointwise;  ///< behind a depthwise convolution
  };
  Step make_step(const std::string& name, int inputs, int side, at::Generator& generator);
  at::Tensor pooled(const at::Tensor& pixels) const;
  at::Tensor convolved(const Step& step, const at::Tensor& pixels) const;

  Settings settings_;
  std::int64_t stride_;  ///< of a step
  std::vector<Step> steps_;
};

}  // namespace sr

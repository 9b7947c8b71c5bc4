#include "perception/gated_local_pooling.h"

#include <torch/torch.h>

namespace sr {
namespace {

constexpr std::int64_t kGateChannels = 64;

}  // namespace

GatedLocalPooling::GatedLocalPooling(TopiqKind kind, const FixedLayers& layers,
                                     const std::string& name, std::int64_t channels) {
  const std::string gate = name + (kind == TopiqKind::kFullReference ? "." : ".weight_blk.");
  if (kind == TopiqKind::kNoReference) {
    split_ = layers.convolution(name + ".splitconv", {channels, 2 * channels});
  }
  gate_ = {layers.convolution(gate + "0", {channels, kGateChannels}),
           layers.convolution(gate + "2", {kGateChannels, kGateChannels, 3}),
           layers.convolution(gate + "4", {kGateChannels, 1, 3})};
}

at::Tensor GatedLocalPooling::gate(const at::Tensor& x) const {
  return gate_[2](at::gelu(gate_[1](at::gelu(gate_[0](x))))).sigmoid_();
}

at::Tensor GatedLocalPooling::weighed(const at::Tensor& features) const {
  if (split_) {
    const std::vector<at::Tensor> halves = (*split_)(features).chunk(2, 1);
    return at::gelu(halves[0]).mul_(gate(halves[1]));
  }
  constexpr double kSmall = 1e-12;
  const at::Tensor output = features.narrow(0, 0, 1), reference = features.narrow(0, 1, 1);
  const at::Tensor distance = (output - reference).square_().add_(kSmall).sqrt_();
  return at::cat({output, reference, distance}, 1).mul_(gate(distance));
}

at::Tensor GatedLocalPooling::operator()(const at::Tensor& features, at::IntArrayRef grid) const {
  const at::Tensor map = weighed(features);
  // Of an image with a side of a few pixels several levels have the coarsest one's: pyiqa leaves
  // those as they are in both directions.
  const bool larger = map.size(2) > grid[0] && map.size(3) > grid[1];
  return larger ? at::adaptive_avg_pool2d(map, grid) : map;
}

}  // namespace sr

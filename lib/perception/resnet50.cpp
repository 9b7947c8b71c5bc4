#include "perception/resnet50.h"

#include <fmt/format.h>

#include <torch/torch.h>

namespace sr {

ResNet50::ResNet50(const FixedLayers& layers, const std::string& prefix)
    : stem_(layers.normalised(prefix + "conv1", prefix + "bn1", {3, kChannels[0], 7, 2})) {
  constexpr std::array<int, 4> kBlocks{3, 4, 6, 3};
  constexpr std::int64_t kExpansion = 4;
  for (std::size_t stage = 0; stage < kBlocks.size(); ++stage) {
    std::vector<Bottleneck>& blocks = stages_.emplace_back();
    const std::int64_t outputs = kChannels[stage + 1], width = outputs / kExpansion;
    for (int block = 0; block < kBlocks[stage]; ++block) {
      const std::string name = fmt::format("{}layer{}.{}.", prefix, stage + 1, block);
      const auto convolution = [&](int number, const FixedLayers::ConvolutionShape& shape) {
        return layers.normalised(fmt::format("{}conv{}", name, number),
                                 fmt::format("{}bn{}", name, number), shape);
      };
      const std::int64_t inputs = block == 0 ? kChannels[stage] : outputs;
      const std::int64_t stride = block == 0 && stage > 0 ? 2 : 1;
      blocks.push_back({convolution(1, {inputs, width}), convolution(2, {width, width, 3, stride}),
                        convolution(3, {width, outputs}), std::nullopt});
      if (block == 0) {
        blocks.back().shortcut = layers.normalised(name + "downsample.0", name + "downsample.1",
                                                   {inputs, outputs, 1, stride});
      }
    }
  }
}

at::Tensor ResNet50::level(std::size_t index, const at::Tensor& before) const {
  if (index == 0) {
    return stem_(before).relu_();
  }
  at::Tensor x = index == 1 ? at::max_pool2d(before, 3, 2, 1) : before;
  for (const Bottleneck& block : stages_[index - 1]) {
    x = block(x);
  }
  return x;
}

at::Tensor ResNet50::Bottleneck::operator()(const at::Tensor& x) const {
  const at::Tensor branch = expand(convolve(reduce(x).relu_()).relu_());
  return (shortcut ? (*shortcut)(x) : x).add(branch).relu_();
}

}  // namespace sr

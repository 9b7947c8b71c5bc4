#include "nn/resnet50.h"

#include <fmt/format.h>

#include <algorithm>

#include <torch/torch.h>

namespace sr {

ResNet50::ResNet50(const FixedLayers& layers, const std::string& prefix,
                   const std::vector<std::string>& taken) {
  const auto convolution = [&](const std::string& name, const std::string& norm,
                               const FixedLayers::ConvolutionShape& shape) -> Convolution {
    if (std::ranges::find(taken, name) == taken.end()) {
      return {name, layers.normalised(prefix + name, prefix + norm, shape)};
    }
    return {name, layers.without_bias(prefix + name, shape),
            layers.scale(prefix + norm, shape.outputs)};
  };
  stem_ = convolution("conv1", "bn1", {3, kChannels[0], 7, 2});
  constexpr std::int64_t kExpansion = 4;
  for (std::size_t stage = 0; stage < kBlocks.size(); ++stage) {
    std::vector<Bottleneck>& blocks = stages_.emplace_back();
    const std::int64_t outputs = kChannels[stage + 1], width = outputs / kExpansion;
    for (int block = 0; block < kBlocks[stage]; ++block) {
      const std::string name = fmt::format("layer{}.{}.", stage + 1, block);
      const auto numbered = [&](int number, const FixedLayers::ConvolutionShape& shape) {
        return convolution(fmt::format("{}conv{}", name, number),
                           fmt::format("{}bn{}", name, number), shape);
      };
      const std::int64_t inputs = block == 0 ? kChannels[stage] : outputs;
      const std::int64_t stride = block == 0 && stage > 0 ? 2 : 1;
      blocks.push_back({numbered(1, {inputs, width}), numbered(2, {width, width, 3, stride}),
                        numbered(3, {width, outputs}), std::nullopt});
      if (block == 0) {
        blocks.back().shortcut =
            convolution(name + "downsample.0", name + "downsample.1", {inputs, outputs, 1, stride});
      }
    }
  }
}

at::Tensor ResNet50::level(std::size_t index, const at::Tensor& before, Taken* taken) const {
  if (index == 0) {
    return stem_(before, taken).relu_();
  }
  at::Tensor x = index == 1 ? at::max_pool2d(before, 3, 2, 1) : before;
  for (const Bottleneck& block : stages_[index - 1]) {
    x = block(x, taken);
  }
  return x;
}

void ResNet50::to(at::Device device, bool channels_last) {
  const auto move = [&](Convolution& one) {
    one.convolution.to(device, channels_last);
    if (one.scale) {
      one.scale->to(device);
    }
  };
  move(stem_);
  for (std::vector<Bottleneck>& stage : stages_) {
    for (Bottleneck& block : stage) {
      move(block.reduce);
      move(block.convolve);
      move(block.expand);
      if (block.shortcut) {
        move(*block.shortcut);
      }
    }
  }
}

at::Tensor ResNet50::Convolution::operator()(const at::Tensor& x, Taken* taken) const {
  const at::Tensor output = convolution(x);
  if (!scale) {
    return output;
  }
  if (taken != nullptr) {
    (*taken)[name] = output;
  }
  return (*scale)(output);
}

at::Tensor ResNet50::Bottleneck::operator()(const at::Tensor& x, Taken* taken) const {
  const at::Tensor inner = convolve(reduce(x, taken).relu_(), taken).relu_();
  const at::Tensor branch = expand(inner, taken);
  return (shortcut ? (*shortcut)(x, taken) : x).add(branch).relu_();
}

}  // namespace sr

#include "nn/feature_stack.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include <torch/torch.h>

#include "checkpoint/input_file.h"
#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "nn/tensor_copy.h"

namespace sr {
namespace {

using Kind = FeatureLayer::Kind;

at::Tensor convolved(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     std::int64_t stride, std::int64_t padding) {
  return at::conv2d(x, weight.to(x.scalar_type()), bias.to(x.scalar_type()), stride, padding);
}

/// What a pool smooths each channel with, of sum 1: [1, 1, kernel, kernel]; undefined for a layer
/// without one. It is kept beside the weights, on their device: a recorded CUDA graph copies
/// nothing from the host.
at::Tensor window_of(Kind kind) {
  at::Tensor line;
  if (kind == Kind::kL2Pool) {  // the inner part of a Hann window of 5
    line = at::tensor({0.25F, 0.5F, 0.25F});
  } else if (kind == Kind::kBlurPool) {
    line = at::tensor({0.125F, 0.375F, 0.375F, 0.125F});
  }
  return line.defined() ? at::outer(line, line).view({1, 1, line.size(0), line.size(0)}) : line;
}

at::Tensor smoothed(const at::Tensor& x, const at::Tensor& window, std::int64_t padding) {
  const std::int64_t channels = x.size(1);
  const at::Tensor own = window.to(x.scalar_type()).expand({channels, 1, -1, -1});
  return at::conv2d(x, own, {}, 2, padding, 1, channels);
}

}  // namespace

FeatureLayer convolution(std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                         std::int64_t padding) {
  return {.kind = Kind::kConvolution,
          .channels = channels,
          .kernel = kernel,
          .stride = stride,
          .padding = padding};
}

FeatureLayer max_pool(std::int64_t kernel, bool rounds_up) {
  return {.kind = Kind::kMaxPool, .kernel = kernel, .stride = 2, .rounds_up = rounds_up};
}

FeatureLayer l2_pool() {
  return {.kind = Kind::kL2Pool, .kernel = 3, .stride = 2, .padding = 1};
}

FeatureLayer blur_pool() {
  return {.kind = Kind::kBlurPool, .kernel = 4, .stride = 2, .padding = 1};
}

FeatureLayer fire(std::int64_t squeezed, std::int64_t channels) {
  return {
      .kind = Kind::kFire, .channels = channels, .kernel = 3, .padding = 1, .squeezed = squeezed};
}

FeatureStack::FeatureStack(const Design& design, const Weights& weights) {
  std::int64_t input = 3;
  std::int64_t stride = 1;
  const auto read = [&](const std::string& name, std::int64_t output, std::int64_t inputs,
                        std::int64_t kernel) {
    return Convolution{
        feature_weight(weights, name + ".weight", {output, inputs, kernel, kernel}, design.name),
        feature_weight(weights, name + ".bias", {output}, design.name)};
  };
  const std::size_t end = design.taken.empty() ? 0 : design.taken.back() + 1;
  for (std::size_t i = 0; i < end; ++i) {
    const FeatureLayer& wanted = design.layers.at(i);
    Layer layer{wanted,
                std::ranges::find(design.taken, i) != design.taken.end(),
                {},
                window_of(wanted.kind)};
    const std::string name = fmt::format("features.{}", i);
    if (wanted.kind == Kind::kConvolution) {
      layer.convolutions = {read(name, wanted.channels, input, wanted.kernel)};
      input = wanted.channels;
    } else if (wanted.kind == Kind::kFire) {
      layer.convolutions = {read(name + ".squeeze", wanted.squeezed, input, 1),
                            read(name + ".expand1x1", wanted.channels, wanted.squeezed, 1),
                            read(name + ".expand3x3", wanted.channels, wanted.squeezed, 3)};
      input = 2 * wanted.channels;
    }
    reach_ += (wanted.kernel - 1) * stride;
    stride *= wanted.stride;
    if (layer.taken) {
      strides_.push_back(stride);
      channels_.push_back(input);
    }
    layers_.push_back(std::move(layer));
  }
}

at::Tensor FeatureStack::apply(std::size_t index, const at::Tensor& x,
                               bool replicate_padding) const {
  const Layer& layer = layers_[index];
  const FeatureLayer& design = layer.design;
  const auto convolve = [&](std::size_t which, const at::Tensor& input, std::int64_t padding) {
    const Convolution& one = layer.convolutions[which];
    return convolved(input, one.weight, one.bias, design.stride, padding);
  };
  switch (design.kind) {
    case Kind::kConvolution: {
      const std::int64_t p = design.padding;
      return replicate_padding ? convolve(0, at::replication_pad2d(x, {p, p, p, p}), 0)
                               : convolve(0, x, p);
    }
    case Kind::kRelu:
      // In place saves a tensor of each layer; a convolution that was asked for must stay.
      return layers_[index - 1].taken ? at::relu(x) : at::Tensor(x).relu_();
    case Kind::kMaxPool:
      return at::max_pool2d(x, design.kernel, design.stride, 0, 1, design.rounds_up);
    case Kind::kBlurPool:
      return smoothed(at::reflection_pad2d(x, {1, 2, 1, 2}), layer.window, 0);
    case Kind::kL2Pool:
      return smoothed(x.square(), layer.window, 1).add_(1e-12).sqrt_();
    case Kind::kFire: {
      const at::Tensor squeezed = convolve(0, x, 0).relu_();
      return at::cat({convolve(1, squeezed, 0).relu_(), convolve(2, squeezed, 1).relu_()}, 1);
    }
  }
  return x;
}

std::vector<at::Tensor> FeatureStack::features(const at::Tensor& images,
                                               bool replicate_padding) const {
  std::vector<at::Tensor> taken;
  at::Tensor x = images;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = apply(i, x, i == 0 && replicate_padding);
    if (layers_[i].taken) {
      taken.push_back(x);
    }
  }
  return taken;
}

void FeatureStack::to(at::Device device, bool channels_last) {
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  for (Layer& layer : layers_) {
    for (Convolution& one : layer.convolutions) {
      one.weight = one.weight.to(device).contiguous(format);
      one.bias = one.bias.to(device);
    }
    if (layer.window.defined()) {
      layer.window = layer.window.to(device);
    }
  }
}

FeatureStack::Weights read_feature_weights(
    const std::string& file, const std::function<bool(std::string_view name)>& wanted) {
  FeatureStack::Weights weights;
  for (const StoredTensor& stored : read_weights(file, std::nullopt).tensors) {
    if (!wanted(stored.name)) {
      continue;
    }
    const at::Tensor tensor = at::empty(stored.shape, at::kFloat);
    with_file_name(file, [&] { restore(stored, tensor); });
    if (!torch::isfinite(tensor).all().item<bool>()) {
      throw CheckpointError(fmt::format("{}: tensor {} holds NaN or infinity", file, stored.name));
    }
    weights.emplace(stored.name, tensor);
  }
  return weights;
}

at::Tensor feature_weight(const FeatureStack::Weights& weights, const std::string& name,
                          const std::vector<std::int64_t>& shape, std::string_view name_of) {
  const auto found = weights.find(name);
  if (found == weights.end()) {
    throw CheckpointError(fmt::format("no tensor {}: not the weights of {}", name, name_of));
  }
  if (found->second.sizes().vec() != shape) {
    throw CheckpointError(fmt::format("tensor {}: shape [{}], that of {} is [{}]", name,
                                      fmt::join(found->second.sizes(), ", "), name_of,
                                      fmt::join(shape, ", ")));
  }
  return found->second.detach();
}

}  // namespace sr

#include "loss/vgg19.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include <torch/torch.h>

#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "nn/tensor_copy.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

constexpr std::array<std::int64_t, 5> kChannels{64, 128, 256, 512, 512};  ///< of each block

/// By recipe::vgg19_layers(); [] for a layer without a weight.
const std::vector<std::vector<std::int64_t>>& weight_shapes() {
  static const std::vector<std::vector<std::int64_t>> kShapes = [] {
    std::vector<std::vector<std::int64_t>> shapes;
    std::int64_t input = 3;
    for (const std::string& layer : recipe::vgg19_layers()) {
      shapes.emplace_back();
      if (layer.starts_with("conv")) {
        const std::int64_t output = kChannels.at(static_cast<std::size_t>(layer[4] - '1'));
        shapes.back() = {output, input, 3, 3};
        input = output;
      }
    }
    return shapes;
  }();
  return kShapes;
}

at::Tensor weight_named(const Vgg19::Weights& weights, const std::string& name,
                        const std::vector<std::int64_t>& shape) {
  const auto found = weights.find(name);
  if (found == weights.end()) {
    throw CheckpointError(
        fmt::format("no tensor {}: not the weights of torchvision's vgg19", name));
  }
  if (found->second.sizes().vec() != shape) {
    throw CheckpointError(fmt::format("tensor {}: shape [{}], that of torchvision's vgg19 is [{}]",
                                      name, fmt::join(found->second.sizes(), ", "),
                                      fmt::join(shape, ", ")));
  }
  return found->second.detach();
}

}  // namespace

std::vector<std::int64_t> vgg19_weight_shape(std::size_t layer) {
  return weight_shapes().at(layer);
}

Vgg19::Vgg19(const Weights& weights, const std::vector<std::string>& layers) {
  const std::vector<std::string>& names = recipe::vgg19_layers();
  std::size_t end = 0;
  for (const std::string& layer : layers) {
    const auto found = std::find(names.begin(), names.end(), layer);
    if (found == names.end()) {
      throw ConfigError(fmt::format("perceptualloss: layer_weights: vgg19 has no layer {}", layer));
    }
    end = std::max(end, static_cast<std::size_t>(found - names.begin()) + 1);
  }
  for (std::size_t i = 0; i < end; ++i) {
    const bool taken = std::find(layers.begin(), layers.end(), names[i]) != layers.end();
    const std::vector<std::int64_t> shape = vgg19_weight_shape(i);
    if (shape.empty()) {
      layers_.push_back({names[i].starts_with("relu") ? Kind::kRelu : Kind::kPool, taken, {}, {}});
    } else {
      layers_.push_back({Kind::kConvolution, taken,
                         weight_named(weights, fmt::format("features.{}.weight", i), shape),
                         weight_named(weights, fmt::format("features.{}.bias", i), {shape[0]})});
    }
  }
}

std::vector<at::Tensor> Vgg19::features(const at::Tensor& images, bool replicate_padding) const {
  std::vector<at::Tensor> taken;
  at::Tensor x = images;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const Layer& layer = layers_[i];
    switch (layer.kind) {
      case Kind::kConvolution: {
        const bool replicate = i == 0 && replicate_padding;
        x = at::conv2d(replicate ? at::replication_pad2d(x, {1, 1, 1, 1}) : x,
                       layer.weight.to(x.scalar_type()), layer.bias.to(x.scalar_type()), 1,
                       replicate ? 0 : 1);
        break;
      }
      case Kind::kRelu:
        // In place saves a tensor of each layer; a convolution that was asked for must stay.
        x = layers_[i - 1].taken ? at::relu(x) : at::relu_(x);
        break;
      case Kind::kPool:
        x = at::max_pool2d(x, 2);
        break;
    }
    if (layer.taken) {
      taken.push_back(x);
    }
  }
  return taken;
}

void Vgg19::to(at::Device device, bool channels_last) {
  const auto format = channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  for (Layer& layer : layers_) {
    if (layer.kind == Kind::kConvolution) {
      layer.weight = layer.weight.to(device).contiguous(format);
      layer.bias = layer.bias.to(device);
    }
  }
}

Vgg19::Weights read_vgg19_weights(const std::string& file) {
  if (!std::filesystem::exists(file)) {
    throw ConfigError(
        file +
        ": no such file. perceptualloss needs the weights of torchvision's vgg19 there (or where "
        "its setting `weights` says). Make the file once, where PyTorch is installed: python -c "
        "\"import torchvision, safetensors.torch as s; "
        "s.save_file(torchvision.models.vgg19(weights='DEFAULT').features"
        ".state_dict(prefix='features.'), 'vgg19.safetensors')\"");
  }
  Vgg19::Weights weights;
  for (const StoredTensor& stored : read_weights(file, std::nullopt).tensors) {
    if (stored.name.starts_with("features.")) {
      const at::Tensor tensor = at::empty(stored.shape, at::kFloat);
      restore(stored, tensor);
      if (!torch::isfinite(tensor).all().item<bool>()) {
        throw CheckpointError(
            fmt::format("{}: tensor {} holds NaN or infinity", file, stored.name));
      }
      weights.emplace(stored.name, tensor);
    }
  }
  return weights;
}

}  // namespace sr

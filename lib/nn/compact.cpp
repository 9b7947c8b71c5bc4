#include "nn/compact.h"

#include <utility>

#include <torch/torch.h>

#include "core/random.h"
#include "nn/feature_kernels.h"
#include "nn/initialization.h"
#include "nn/pixel_shuffle.h"
#include "nn/prelu.h"

namespace sr {
namespace {

using arch::Activation;

constexpr double kPreluInit = 0.25;
constexpr double kLeakySlope = 0.1;

class Compact final : public Network {
 public:
  Compact(const arch::CompactOptions& options, int scale, std::uint64_t seed);
  at::Tensor forward(const at::Tensor& lq) const override;

 private:
  Layer add_conv(int in_channels, int out_channels, at::Generator& generator);
  at::Tensor add_body_parameter(const std::string& suffix, at::Tensor values);
  at::Tensor activate_and_convolve(const at::Tensor& features, std::size_t index) const;
  at::Tensor layers(const at::Tensor& lq) const;

  Activation activation_;
  bool learn_residual_;
  int out_channels_;
  int next_index_ = 0;  ///< of the next module in the peers' nn.ModuleList `body`
  std::vector<Layer> convs_;
  std::vector<at::Tensor> slopes_;  ///< one per activation with act_type prelu, else empty
};

Compact::Compact(const arch::CompactOptions& options, int scale, std::uint64_t seed)
    : Network(scale),
      activation_(options.act_type),
      learn_residual_(options.learn_residual),
      out_channels_(options.num_out_ch) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(hash(seed, 0, Stream::kNetworkInit));
  convs_.push_back(add_conv(options.num_in_ch, options.num_feat, generator));
  for (int i = 0;; ++i) {
    if (activation_ == Activation::kPrelu) {
      slopes_.push_back(add_body_parameter("weight", torch::full({options.num_feat}, kPreluInit)));
    }
    ++next_index_;
    if (i == options.num_conv) {
      break;
    }
    convs_.push_back(add_conv(options.num_feat, options.num_feat, generator));
  }
  convs_.push_back(add_conv(options.num_feat, options.num_out_ch * scale * scale, generator));
}

at::Tensor Compact::add_body_parameter(const std::string& suffix, at::Tensor values) {
  return add_parameter("body." + std::to_string(next_index_) + "." + suffix, std::move(values));
}

Layer Compact::add_conv(int in_channels, int out_channels, at::Generator& generator) {
  const Layer drawn = default_layer({out_channels, in_channels, 3, 3}, true, generator);
  Layer conv;
  conv.weight = add_body_parameter("weight", drawn.weight);
  conv.bias = add_body_parameter("bias", drawn.bias);
  ++next_index_;
  return conv;
}

/// One activation and the convolution behind it.
at::Tensor Compact::activate_and_convolve(const at::Tensor& features, std::size_t index) const {
  const Layer& conv = convs_[index + 1];
  if (activation_ == Activation::kPrelu) {
    return prelu_conv3x3(features, slopes_[index], conv.weight, conv.bias);
  }
  // In place: a convolution does not need its own output for backward, and both activations can do
  // with theirs.
  const at::Tensor active = activation_ == Activation::kRelu
                                ? at::relu_(const_cast<at::Tensor&>(features))
                                : at::leaky_relu_(const_cast<at::Tensor&>(features), kLeakySlope);
  return at::conv2d(active, conv.weight, conv.bias, 1, 1);
}

/// All up to the pixel shuffle.
at::Tensor Compact::layers(const at::Tensor& lq) const {
  const bool splits_bias = lq.is_cuda() && activation_ == Activation::kPrelu;
  const Layer& first = convs_.front();
  at::Tensor features = at::conv2d(lq, first.weight, splits_bias ? at::Tensor() : first.bias, 1, 1);
  if (splits_bias && has_feature_kernels(features)) {
    for (std::size_t i = 0; i + 1 < convs_.size(); ++i) {
      features = bias_prelu_conv3x3(features, convs_[i].bias, slopes_[i], convs_[i + 1].weight);
    }
    return add_bias(features, convs_.back().bias);
  }
  if (splits_bias) {
    features = add_bias(features, first.bias);
  }
  for (std::size_t i = 0; i + 1 < convs_.size(); ++i) {
    features = activate_and_convolve(features, i);
  }
  return features;
}

at::Tensor Compact::forward(const at::Tensor& lq) const {
  const at::Tensor features = layers(lq);
  if (!learn_residual_) {
    return at::pixel_shuffle(features, scale_).to(lq.scalar_type());
  }
  const at::Tensor middle_frame = lq.narrow(1, (lq.size(1) - out_channels_) / 2, out_channels_);
  return pixel_shuffle_add(features, middle_frame, scale_);
}

}  // namespace

std::unique_ptr<Network> make_network(const arch::CompactOptions& options, int scale,
                                      std::uint64_t seed) {
  return std::make_unique<Compact>(options, scale, seed);
}

}  // namespace sr

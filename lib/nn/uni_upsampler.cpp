#include "nn/uni_upsampler.h"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

#include <torch/torch.h>

#include "nn/initialization.h"
#include "nn/nearest.h"

namespace sr {
namespace {

using Kind = arch::UniUpsampler;

constexpr double kLeakySlope = 0.01;
constexpr double kLeakySlopeNearest = 0.2;
constexpr int kGroups = 4;  // of dysample

at::Tensor conv3x3(const at::Tensor& features, const Layer& layer) {
  return at::conv2d(features, layer.weight, layer.bias, /*stride=*/1, /*padding=*/1);
}

/// In place: a convolution does not need its own output for backward.
at::Tensor conv3x3_leaky(const at::Tensor& features, const Layer& layer, double slope) {
  at::Tensor output = conv3x3(features, layer);
  return at::leaky_relu_(output, slope);
}

}  // namespace

class UniUpsampler::Builder {
 public:
  Builder(UniUpsampler& owner, at::Generator& generator) : owner_(&owner), generator_(&generator) {}

  void conv(int inputs, int outputs) { add("", square(outputs, inputs, 3)); }
  void attention(int channels) { add(".conv.0", square(channels, channels, 1)); }
  void transposed(int inputs, int outputs, int side) {
    const Layer layer = transposed_layer({inputs, outputs, side, side}, *generator_);
    owner_->layers_.push_back(owner_->add_layer(std::to_string(index_++), layer));
  }
  void skip(int modules = 1) { index_ += modules; }
  int index() const { return index_; }

  void shuffles();
  void nearest();
  void dysample();
  void transposes();
  void pixel_attention();
  void deformable_attention();

 private:
  Layer square(int outputs, int inputs, int side) {
    const std::array<std::int64_t, 4> shape{outputs, inputs, side, side};
    const double deviation = owner_->settings_.deviation;
    return deviation > 0
               ? Layer{truncated_normal(shape, deviation, *generator_), torch::zeros({outputs})}
               : default_layer(shape, true, *generator_);
  }
  void redraw(const Module& part) {
    const at::NoGradGuard no_grad;
    for (const NamedTensor& parameter : part.parameters()) {
      const bool is_weight = parameter.tensor.dim() == 4;
      parameter.tensor.copy_(is_weight ? truncated_normal(parameter.tensor.sizes(),
                                                          owner_->settings_.deviation, *generator_)
                                       : torch::zeros(parameter.tensor.sizes()));
    }
  }
  void add(const std::string& suffix, const Layer& layer) {
    owner_->layers_.push_back(owner_->add_layer(std::to_string(index_++) + suffix, layer));
  }

  UniUpsampler* owner_;
  at::Generator* generator_;
  int index_ = 0;
};

void UniUpsampler::Builder::shuffles() {
  const Settings& s = owner_->settings_;
  conv(s.inputs, s.middle);
  skip();
  for (int i = 0; i < owner_->steps_; ++i) {
    conv(s.middle, s.middle * owner_->factor_ * owner_->factor_);
    skip();
  }
  conv(s.middle, s.outputs);
}

void UniUpsampler::Builder::nearest() {
  const Settings& s = owner_->settings_;
  for (int i = 0; i < owner_->steps_; ++i) {
    conv(s.inputs, s.inputs);
    skip(2);
  }
  conv(s.inputs, s.inputs);
  skip();
  conv(s.inputs, s.outputs);
}

void UniUpsampler::Builder::dysample() {
  const Settings& s = owner_->settings_;
  const bool narrows = s.version > 1 && s.middle != s.inputs;
  if (narrows) {
    conv(s.inputs, s.middle);
    skip();
  }
  owner_->sampler_ = std::make_unique<DySampler>(
      DySampler::Settings{narrows ? s.middle : s.inputs, s.outputs, s.scale, kGroups}, *generator_);
  if (s.deviation > 0) {
    redraw(*owner_->sampler_);
  }
  owner_->add_part(std::to_string(index_) + ".", *owner_->sampler_);
}

void UniUpsampler::Builder::transposes() {
  const Settings& s = owner_->settings_;
  if (s.scale == 4) {
    transposed(s.inputs, s.inputs, 4);
    skip();
  }
  transposed(s.inputs, s.outputs, s.scale == 3 ? 3 : 4);
  conv(s.outputs, s.outputs);
}

void UniUpsampler::Builder::pixel_attention() {
  const Settings& s = owner_->settings_;
  for (int i = 0; i < owner_->steps_; ++i) {
    skip();
    conv(i == 0 ? s.inputs : s.middle, s.middle);
    attention(s.middle);
    skip();
    conv(s.middle, s.middle);
    skip();
  }
  conv(s.middle, s.outputs);
}

void UniUpsampler::Builder::deformable_attention() {
  const Settings& s = owner_->settings_;
  if (s.middle != s.inputs) {
    conv(s.inputs, s.middle);
    skip();
  }
  owner_->deformable_ = std::make_unique<LdaSampler>(
      LdaSampler::Settings{s.middle, s.scale, s.deviation}, *generator_);
  owner_->add_part(std::to_string(index_++) + ".", *owner_->deformable_);
  conv(s.middle, s.outputs);
}

UniUpsampler::UniUpsampler(const Settings& settings, at::Generator& generator)
    : settings_(settings),
      factor_(settings.scale == 3 ? 3 : 2),
      steps_(settings.scale == 3 ? 1 : static_cast<int>(std::log2(settings.scale))) {
  Builder builder(*this, generator);
  if (settings.scale == 1) {
    builder.conv(settings.inputs, settings.outputs);
  } else {
    switch (settings.kind) {
      case Kind::kConv:
        throw std::logic_error("conv at another scale than 1");
      case Kind::kPixelShuffleDirect:
        builder.conv(settings.inputs, settings.outputs * settings.scale * settings.scale);
        break;
      case Kind::kPixelShuffle:
        builder.shuffles();
        break;
      case Kind::kNearestConv:
        builder.nearest();
        break;
      case Kind::kDySample:
        builder.dysample();
        break;
      case Kind::kTransposeConv:
        builder.transposes();
        break;
      case Kind::kLda:
        builder.deformable_attention();
        break;
      case Kind::kPaUp:
        builder.pixel_attention();
        break;
    }
  }
  // With pa_up the peer writes what its last doubling takes, not what the first does.
  const bool doubled = settings.kind == Kind::kPaUp && factor_ == 2 && settings.scale > 1;
  const std::array<int, 7> meta{settings.version, static_cast<int>(settings.kind),
                                settings.scale,   doubled ? settings.middle : settings.inputs,
                                settings.outputs, settings.middle,
                                kGroups};
  add_buffer("MetaUpsample", torch::tensor(at::ArrayRef<int>(meta)).to(at::kByte));
}

at::Tensor UniUpsampler::by_shuffles(const at::Tensor& features) const {
  at::Tensor inside = conv3x3_leaky(features, layers_.front(), kLeakySlope);
  for (int i = 1; i <= steps_; ++i) {
    inside = at::pixel_shuffle(conv3x3(inside, layers_[static_cast<std::size_t>(i)]), factor_);
  }
  return conv3x3(inside, layers_.back());
}

at::Tensor UniUpsampler::by_nearest(const at::Tensor& features) const {
  at::Tensor inside = features;
  for (int i = 0; i < steps_; ++i) {
    // The activation is the same in front of the enlargement, on fewer pixels.
    inside = enlarge_nearest(
        conv3x3_leaky(inside, layers_[static_cast<std::size_t>(i)], kLeakySlopeNearest), factor_);
  }
  inside = conv3x3_leaky(inside, layers_[layers_.size() - 2], kLeakySlopeNearest);
  return conv3x3(inside, layers_.back());
}

at::Tensor UniUpsampler::by_transposes(const at::Tensor& features) const {
  const auto transposed = [](const at::Tensor& input, const Layer& layer) {
    const std::int64_t side = layer.weight.size(2);
    return side == 3 ? at::conv_transpose2d(input, layer.weight, layer.bias, /*stride=*/3)
                     : at::conv_transpose2d(input, layer.weight, layer.bias, /*stride=*/2,
                                            /*padding=*/1);
  };
  at::Tensor inside = transposed(features, layers_.front());
  if (settings_.scale == 4) {
    inside = transposed(at::gelu(inside), layers_[1]);
  }
  return conv3x3(inside, layers_.back());
}

at::Tensor UniUpsampler::by_pixel_attention(const at::Tensor& features) const {
  at::Tensor inside = features;
  for (std::size_t i = 0; i + 1 < layers_.size(); i += 3) {
    inside = conv3x3(enlarge_nearest(inside, factor_), layers_[i]);
    const Layer& attention = layers_[i + 1];
    inside = inside * at::conv2d(inside, attention.weight, attention.bias).sigmoid_();
    inside = conv3x3_leaky(at::leaky_relu(inside, kLeakySlopeNearest), layers_[i + 2],
                           kLeakySlopeNearest);
  }
  return conv3x3(inside, layers_.back());
}

at::Tensor UniUpsampler::by_deformable_attention(const at::Tensor& features) const {
  const bool narrows = layers_.size() > 1;
  const at::Tensor inside =
      narrows ? conv3x3_leaky(features, layers_.front(), kLeakySlope) : features;
  return conv3x3((*deformable_)(inside), layers_.back());
}

at::Tensor UniUpsampler::operator()(const at::Tensor& features) const {
  if (settings_.scale == 1) {
    return conv3x3(features, layers_.front());
  }
  switch (settings_.kind) {
    case Kind::kConv:
      break;
    case Kind::kPixelShuffleDirect:
      return at::pixel_shuffle(conv3x3(features, layers_.front()), settings_.scale);
    case Kind::kPixelShuffle:
      return by_shuffles(features);
    case Kind::kNearestConv:
      return by_nearest(features);
    case Kind::kDySample:
      return (*sampler_)(layers_.empty() ? features
                                         : conv3x3_leaky(features, layers_.front(), kLeakySlope));
    case Kind::kTransposeConv:
      return by_transposes(features);
    case Kind::kLda:
      return by_deformable_attention(features);
    case Kind::kPaUp:
      return by_pixel_attention(features);
  }
  return conv3x3(features, layers_.front());
}

}  // namespace sr

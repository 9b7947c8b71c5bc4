#include "loss/perceptual_loss.h"

#include <array>
#include <utility>

#include <torch/torch.h>

#include "core/error.h"
#include "loss/penalty.h"
#include "recipe/perceptual_loss.h"

namespace sr {
namespace {

// Mean and standard deviation of ImageNet's RGB values, which torchvision's weights expect.
constexpr std::array<double, 3> kMean{0.485, 0.456, 0.406};
constexpr std::array<double, 3> kDeviation{0.229, 0.224, 0.225};

/// [N, C, H, W] to the products of its channels, [N, C, C], divided by C H W.
at::Tensor gram(const at::Tensor& features) {
  const at::Tensor flat = features.flatten(2);
  return at::bmm(flat, flat.transpose(1, 2)) / static_cast<double>(flat.size(1) * flat.size(2));
}

std::vector<std::string> names_of(const std::map<std::string, double>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) {
    names.push_back(layer.first);
  }
  return names;
}

class PerceptualLoss final : public Loss {
 public:
  PerceptualLoss(const recipe::PerceptualOptions& options, const FeatureStack::Weights& weights)
      : options_(options), vgg_(make_vgg19(weights, names_of(options.layer_weights))) {
    for (const std::string& name : recipe::vgg19_layers()) {
      if (const auto found = options.layer_weights.find(name);
          found != options.layer_weights.end()) {
        layer_weights_.push_back(found->second);
      }
    }
  }

  at::Tensor operator()(const LossImages& images) const override {
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    at::Tensor loss;
    const auto add = [&](const at::Tensor& term, double weight) {
      loss = loss.defined() ? loss + term * weight : term * weight;
    };
    for (std::size_t i = 0; i < layer_weights_.size(); ++i) {
      add(mean_penalty(output[i], gt[i], options_.criterion),
          layer_weights_[i] * options_.perceptual_weight);
      if (options_.style_weight > 0) {
        add(mean_penalty(gram(output[i]), gram(gt[i]), options_.criterion),
            layer_weights_[i] * options_.style_weight);
      }
    }
    return loss;
  }

  bool is_mean_over_samples() const override { return is_mean(options_.criterion); }
  void to(at::Device device, bool channels_last) override { vgg_.to(device, channels_last); }

 private:
  std::vector<at::Tensor> features(const at::Tensor& images) const {
    const at::Tensor x = options_.range_norm ? (images + 1) / 2 : images;
    return vgg_.features(options_.use_input_norm ? normalised(x) : x, options_.replicate_padding);
  }

  static at::Tensor normalised(const at::Tensor& images) {
    std::vector<at::Tensor> channels;
    for (std::size_t c = 0; c < kMean.size(); ++c) {
      channels.push_back((images.narrow(1, static_cast<std::int64_t>(c), 1) - kMean[c]) /
                         kDeviation[c]);
    }
    return at::cat(channels, 1).contiguous(images.suggest_memory_format());
  }

  recipe::PerceptualOptions options_;
  FeatureStack vgg_;
  std::vector<double> layer_weights_;  ///< in the order of the network
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const PerceptualOptions& options) {
  const FeatureStack::Weights weights = read_vgg19_weights(options.weights);
  try {
    return make_perceptual_loss(options, weights);
  } catch (const CheckpointError& error) {
    throw CheckpointError(options.weights + ": " + error.what());
  }
}

std::unique_ptr<Loss> make_perceptual_loss(const recipe::PerceptualOptions& options,
                                           const FeatureStack::Weights& weights) {
  return std::make_unique<PerceptualLoss>(options, weights);
}

}  // namespace sr

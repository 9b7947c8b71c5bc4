#include "loss/file_losses.h"

#include <torch/torch.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "loss/classifier.h"
#include "loss/color_space.h"
#include "loss/similarity.h"
#include "loss/sobel.h"
#include "loss/vgg19.h"

namespace sr {
namespace {

constexpr double kSmall = 1e-8;

class StructureTextureLoss final : public Loss {
 public:
  StructureTextureLoss(const recipe::StructureTextureOptions& options,
                       const FeatureStack::Weights& weights)
      : options_(options),
        similarity_(options.test_y_channel, options.color_space),
        sobel_(sobel_kernels() / 4) {
    if (options.perceptual_weight > 0) {
      take_layers(weights);
    }
  }

  at::Tensor operator()(const LossImages& images) const override {
    const at::Tensor edges = edge_weights(images.gt);
    at::Tensor loss;
    if (options_.pixel_weight > 0) {
      loss = options_.pixel_weight * structure(images, edges);
    }
    if (vgg_) {
      const at::Tensor term = options_.perceptual_weight * texture(images, edges);
      loss = loss.defined() ? loss + term : term;
    }
    return loss;
  }

  void to(at::Device device, bool channels_last) override {
    similarity_.to(device);
    sobel_ = sobel_.to(device);
    if (vgg_) {
      vgg_->to(device, channels_last);
    }
  }

 private:
  void take_layers(const FeatureStack::Weights& weights) {
    std::vector<std::string> names;
    for (const std::string& name : recipe::vgg19_layers()) {
      if (const auto found = options_.layer_weights.find(name);
          found != options_.layer_weights.end()) {
        names.push_back(name);
        layer_weights_.push_back(found->second);
      }
    }
    vgg_.emplace(vgg19_design(names), weights);
  }

  /// [N, 1, H, W], near 1 at the edges of gt.
  at::Tensor edge_weights(const at::Tensor& gt) const {
    const at::Tensor luma = weighted_channels(gt, kYiqLuma).contiguous();
    const at::Tensor magnitude =
        (sobel_gradients(luma, sobel_).square().sum(1, /*keepdim=*/true) + kSmall).sqrt();
    return at::sigmoid(options_.structure_k * (magnitude - options_.structure_t));
  }

  static at::Tensor at_size_of(const at::Tensor& weights, const at::Tensor& map) {
    return at::upsample_bilinear2d(weights, {map.size(2), map.size(3)}, /*align_corners=*/false);
  }

  at::Tensor structure(const LossImages& images, at::Tensor edges) const {
    at::Tensor output = similarity_.planes(images.output);
    at::Tensor gt = similarity_.planes(images.gt);
    at::Tensor product;
    for (std::size_t scale = 0; scale < kMsSsimPowers.size(); ++scale) {
      const bool last = scale + 1 == kMsSsimPowers.size();
      const at::Tensor map = similarity_.compare(output, gt, last && options_.include_luminance);
      const at::Tensor weights = at_size_of(edges, map);
      // One weight for all planes, which add up: of three, as in the source, to three times as
      // much.
      const at::Tensor mean = (weights * map).sum({1, 2, 3}) / (weights.sum({1, 2, 3}) + kSmall);
      const at::Tensor factor = mean.clamp_min(kSmall).pow(kMsSsimPowers[scale]);
      product = product.defined() ? product * factor : factor;
      if (!last) {
        output = next_scale(output);
        gt = next_scale(gt);
        edges = next_scale(edges);
      }
    }
    return 1 - product.mean();
  }

  at::Tensor texture(const LossImages& images, const at::Tensor& edges) const {
    const double least = 1 / (1 + std::exp(options_.structure_k * options_.structure_t));
    const at::Tensor elsewhere = 1 - edges + least;
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    at::Tensor sum;
    for (std::size_t i = 0; i < layer_weights_.size(); ++i) {
      const at::Tensor difference = (output[i] - gt[i]).abs().mean(1, /*keepdim=*/true);
      const at::Tensor term =
          (at_size_of(elsewhere, difference) * difference).mean() * layer_weights_[i];
      sum = sum.defined() ? sum + term : term;
    }
    return sum;
  }

  std::vector<at::Tensor> features(const at::Tensor& images) const {
    return vgg_->features(imagenet_normalised(images), /*replicate_padding=*/true);
  }

  recipe::StructureTextureOptions options_;
  Similarity similarity_;
  at::Tensor sobel_;
  std::optional<FeatureStack> vgg_;    ///< nothing when features do not count
  std::vector<double> layer_weights_;  ///< in the order of the network
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const StructureTextureOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<StructureTextureLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const StructureTextureOptions& options) {
  return options.perceptual_weight != 0 ? loss_with_vgg19(options, "structuretextureloss")
                                        : make_loss(options, FeatureStack::Weights());
}

}  // namespace sr

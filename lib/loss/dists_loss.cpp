#include "loss/file_losses.h"

#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "nn/vgg16.h"

namespace sr {
namespace {

constexpr std::int64_t kChannels = 3 + 64 + 128 + 256 + 512 + 512;
constexpr double kSmall = 1e-6;

at::Tensor mean_of_positions(const at::Tensor& maps) {
  return maps.mean({2, 3}, /*keepdim=*/true);
}

class DistsLoss final : public Loss {
 public:
  DistsLoss(const recipe::DistsOptions& options, const FeatureStack::Weights& weights)
      : options_(options), vgg_(vgg16(l2_pool()), weights) {
    const auto factors = [&](const char* name) {
      return feature_weight(weights, name, {1, kChannels, 1, 1}, "DISTS").to(at::kDouble);
    };
    const at::Tensor alpha = factors("alpha"), beta = factors("beta");
    const at::Tensor sum = alpha.sum() + beta.sum();
    alpha_ = alpha / sum;
    beta_ = beta / sum;
  }

  at::Tensor operator()(const LossImages& images) const override {
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    // Factors are of sum 1: the mean of differences, where 1 - similarity would be rounding.
    at::Tensor different;
    std::int64_t channel = 0;
    for (std::size_t i = 0; i < gt.size(); ++i) {
      const at::Tensor layer = difference(output[i], gt[i], channel);
      different = different.defined() ? different + layer : layer;
      channel += gt[i].size(1);
    }
    return different.mean().clamp_min(options_.clip_min);
  }

  bool is_mean_over_samples() const override { return options_.clip_min == 0; }

  void to(at::Device device, bool channels_last) override {
    vgg_.to(device, channels_last);
    alpha_ = alpha_.to(device);
    beta_ = beta_.to(device);
  }

 private:
  /// The images themselves, and vgg16's five blocks.
  std::vector<at::Tensor> features(const at::Tensor& images) const {
    std::vector<at::Tensor> maps =
        vgg_.features(options_.use_input_norm ? imagenet_normalised(images) : images, false);
    maps.insert(maps.begin(), images);
    return maps;
  }

  /// Of each sample, [N], weighted.
  at::Tensor difference(const at::Tensor& x, const at::Tensor& y, std::int64_t first) const {
    const at::Tensor mean_x = mean_of_positions(x), mean_y = mean_of_positions(y);
    // About the means: the mean of squares less the square of the mean would be rounding alone
    // where an image hardly varies.
    const at::Tensor around_x = x - mean_x, around_y = y - mean_y;
    const at::Tensor texture =
        (2 * mean_x * mean_y + kSmall) / (mean_x.square() + mean_y.square() + kSmall);
    const at::Tensor structure =
        (2 * mean_of_positions(around_x * around_y) + kSmall) /
        (mean_of_positions(around_x.square()) + mean_of_positions(around_y.square()) + kSmall);
    const auto weighted = [&](const at::Tensor& factors, const at::Tensor& values) {
      return factors.narrow(1, first, x.size(1)).to(x.scalar_type()) * values;
    };
    return (weighted(alpha_, 1 - texture) + weighted(beta_, 1 - structure)).sum({1, 2, 3});
  }

  recipe::DistsOptions options_;
  FeatureStack vgg_;
  at::Tensor alpha_, beta_;  ///< [1, C, 1, 1] of all layers; of sum 1 together
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const DistsOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<DistsLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const DistsOptions& options) {
  return loss_of_file(options, {"distsloss", fetch_hint("dists")});
}

}  // namespace sr

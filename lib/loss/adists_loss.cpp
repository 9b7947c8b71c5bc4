#include "loss/file_losses.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include <torch/torch.h>

#include "loss/classifier.h"
#include "loss/gaussian.h"
#include "nn/vgg16.h"

namespace sr {
namespace {

constexpr double kTiny = 1e-12;
constexpr double kSmall = 1e-6;

/// What to divide by; 1 where it is 0 and so is what is divided, whose gradient would be infinite.
at::Tensor divisor(const at::Tensor& values) {
  return (values + kTiny).masked_fill(values.eq(0), 1);
}

/// Divided by the norm over all positions of each channel.
at::Tensor of_norm_1(const at::Tensor& maps) {
  const at::Tensor norm = maps.norm(2, {2, 3}, /*keepdim=*/true);
  return maps / norm.masked_fill(norm.lt(kTiny), 1);
}

/// From 0 to 1 over each sample.
at::Tensor stretched(const at::Tensor& maps) {
  const at::Tensor flat = maps.flatten(1);
  const at::Tensor low = std::get<0>(flat.min(1)).view({-1, 1, 1, 1});
  const at::Tensor high = std::get<0>(flat.max(1)).view({-1, 1, 1, 1});
  return (maps - low) / divisor(high - low);
}

/// Linear interpolation between the first and the last of `from` samples: [to, from].
at::Tensor interpolation(std::int64_t to, std::int64_t from, const at::TensorOptions& options) {
  const double step = to > 1 ? static_cast<double>(from - 1) / static_cast<double>(to - 1) : 0.0;
  const at::Tensor places = at::arange(to, options).mul(step).unsqueeze(1);
  return (1 - (places - at::arange(from, options)).abs()).clamp_min(0);
}

/// [N, 1, H, W] to other sides, corners on corners.
at::Tensor resized(const at::Tensor& maps, std::int64_t height, std::int64_t width) {
  const at::TensorOptions options = maps.options().requires_grad(false);
  const at::Tensor rows = at::matmul(interpolation(height, maps.size(2), options), maps);
  return at::matmul(rows, interpolation(width, maps.size(3), options).t());
}

/// How much each channel of [N, C, H, W] says of where it is, of sum C: [N, C].
at::Tensor entropies(const at::Tensor& maps) {
  const at::Tensor positive = of_norm_1(at::relu(maps)).flatten(2);
  const at::Tensor shares = positive / divisor(positive.sum(2, true));
  const at::Tensor entropy = -(shares * (shares + kTiny).log2()).sum(2);
  return entropy / divisor(entropy.sum(1, true)) * static_cast<double>(maps.size(1));
}

/// Of sum 1 over all channels of all layers, those far from the mean drawn in: [N, channels].
at::Tensor channel_weights(const std::vector<at::Tensor>& maps) {
  std::vector<at::Tensor> layers;
  for (const at::Tensor& layer : maps) {
    layers.push_back(entropies(layer));
  }
  at::Tensor weights = at::cat(layers, 1);
  weights = weights / weights.sum(1, true);
  const at::Tensor mean = weights.mean(1, true);
  const at::Tensor half = (weights - mean).square().mean(1, true).sqrt() / 2;
  weights = at::minimum(at::maximum(weights, mean - half), mean + half);
  return weights / weights.sum(1, true);
}

class AdistsLoss final : public Loss {
 public:
  AdistsLoss(const recipe::AdistsOptions& options, const FeatureStack::Weights& weights)
      : vgg_(vgg16(l2_pool()), weights),
        window_(
            gaussian_window(options.window_size, static_cast<double>(options.window_size / 3))) {}

  at::Tensor operator()(const LossImages& images) const override {
    const std::vector<at::Tensor> gt = features(images.gt);
    const std::vector<at::Tensor> output = features(images.output);
    const std::vector<at::Tensor> textures = likely_textures(output);
    const at::Tensor weights = channel_weights(output);
    at::Tensor different;
    std::int64_t channel = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      const std::int64_t channels = output[i].size(1);
      const at::Tensor map = difference(of_norm_1(output[i]), of_norm_1(gt[i]), textures[i]);
      const at::Tensor layer = (map.mean({2, 3}) * weights.narrow(1, channel, channels)).sum(1);
      different = different.defined() ? different + layer : layer;
      channel += channels;
    }
    return different.mean();
  }

  void to(at::Device device, bool channels_last) override {
    vgg_.to(device, channels_last);
    window_ = window_.to(device);
  }

 private:
  std::vector<at::Tensor> features(const at::Tensor& images) const {
    std::vector<at::Tensor> maps = vgg_.features(imagenet_normalised(images), false);
    maps.insert(maps.begin(), images);
    return maps;
  }

  bool windows_fit(const at::Tensor& maps) const {
    return std::min(maps.size(2), maps.size(3)) >= window_.numel();
  }

  struct Moments {
    at::Tensor mean, variance;
  };

  at::Tensor windowed(const at::Tensor& maps) const {
    return windows_fit(maps) ? convolve_separable(maps, window_, 0)
                             : maps.mean({2, 3}, /*keepdim=*/true);
  }

  /// In each window, or in the whole of a layer that is smaller.
  Moments moments(const at::Tensor& maps) const {
    const at::Tensor mean = windowed(maps);
    if (windows_fit(maps)) {
      return {mean, windowed(maps.square()) - mean.square()};
    }
    return {mean, windowed((maps - mean).square())};
  }

  /// Of each layer [N, 1, h, w]: 0 to 1, what the layers below say of each place multiplied into
  /// what a layer says, from the deepest to the image. Texture has a large variance for its mean.
  std::vector<at::Tensor> likely_textures(const std::vector<at::Tensor>& maps) const {
    std::vector<at::Tensor> result(maps.size());
    at::Tensor below = at::ones_like(maps[0].narrow(1, 0, 1));
    for (std::size_t i = maps.size(); i-- > 0;) {
      const auto [mean, variance] = moments(maps[i]);
      const at::Tensor dispersion = (variance / divisor(mean)).mean(1, /*keepdim=*/true);
      const at::Tensor resized_below = resized(below, mean.size(2), mean.size(3));
      if (windows_fit(maps[i])) {
        below = stretched(stretched(logistic_of_scores(dispersion)) * resized_below);
      } else {
        below = dispersion.sigmoid() * resized_below;
      }
      result[i] = below;
    }
    return result;
  }

  static at::Tensor logistic_of_scores(const at::Tensor& dispersion) {
    const at::Tensor around = dispersion - dispersion.mean({2, 3}, /*keepdim=*/true);
    if (around[0].numel() == 1) {  // a single window has no deviation
      return around.sigmoid();
    }
    const at::Tensor deviation =
        dispersion.std(at::IntArrayRef({2, 3}), /*unbiased=*/true, /*keepdim=*/true);
    return (around / divisor(deviation)).clamp_min(-50).sigmoid();
  }

  /// Of normalised layers, at each window: 0 where they are equal.
  at::Tensor difference(const at::Tensor& x, const at::Tensor& y, const at::Tensor& texture) const {
    const auto [mean_x, variance_x] = moments(x);
    const auto [mean_y, variance_y] = moments(y);
    const at::Tensor covariance = windowed(x * y) - mean_x * mean_y;
    const at::Tensor means =
        (2 * mean_x * mean_y + kSmall) / (mean_x.square() + mean_y.square() + kSmall);
    const at::Tensor structure = (2 * covariance + kSmall) / (variance_x + variance_y + kSmall);
    return (1 - texture) * (1 - means) + texture * (1 - structure);
  }

  FeatureStack vgg_;
  at::Tensor window_;
};

}  // namespace

std::unique_ptr<Loss> recipe::make_loss(const AdistsOptions& options,
                                        const FeatureStack::Weights& weights) {
  return std::make_unique<AdistsLoss>(options, weights);
}

std::unique_ptr<Loss> recipe::make_loss(const AdistsOptions& options) {
  return loss_of_file(options, {"adistsloss", fetch_hint("dists")});
}

}  // namespace sr

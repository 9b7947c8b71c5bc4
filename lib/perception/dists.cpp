#include "perception/dists.h"

#include <torch/torch.h>

#include "nn/vgg16.h"

namespace sr {
namespace {

constexpr std::int64_t kChannels = 3 + 64 + 128 + 256 + 512 + 512;

/// Sums over all positions of a, b, a^2, b^2, ab: [5, C], float64.
at::Tensor moments(const at::Tensor& a, const at::Tensor& b) {
  const auto sum = [](const at::Tensor& map) { return map.sum({0, 2, 3}); };
  // A variance is a small difference of these: float32 would not do.
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  return at::stack({sum(x), sum(y), sum(x.square()), sum(y.square()), sum(x * y)});
}

}  // namespace

Dists::Dists(const FeatureStack::Weights& weights, const std::string& device)
    : comparison_({vgg16(l2_pool()), weights}, {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
                  device) {
  const auto factors = [&](const char* name) {
    return feature_weight(weights, name, {1, kChannels, 1, 1}, "DISTS").view(-1).to(at::kDouble);
  };
  const at::Tensor alpha = factors("alpha"), beta = factors("beta");
  const at::Tensor sum = alpha.sum() + beta.sum();
  alpha_ = alpha / sum;
  beta_ = beta / sum;
}

double Dists::similarity(const at::Tensor& moments, std::int64_t first_channel) const {
  constexpr double kSmall = 1e-6;
  const at::Tensor a = moments[0], b = moments[1];
  const at::Tensor texture = (2 * a * b + kSmall) / (a.square() + b.square() + kSmall);
  const at::Tensor variances = moments[2] - a.square() + moments[3] - b.square();
  const at::Tensor structure = (2 * (moments[4] - a * b) + kSmall) / (variances + kSmall);
  const std::int64_t channels = a.size(0);
  return (alpha_.narrow(0, first_channel, channels) * texture +
          beta_.narrow(0, first_channel, channels) * structure)
      .sum()
      .item<double>();
}

double Dists::operator()(const cv::Mat& output, const cv::Mat& gt) {
  const at::NoGradGuard no_grad;
  const at::Tensor a = unit_image(output, at::kCPU), b = unit_image(gt, at::kCPU);
  const double positions = static_cast<double>(gt.total());
  double similar = similarity(moments(a, b) / positions, 0);
  std::int64_t channel = a.size(1);
  const auto sums = [](std::size_t, const at::Tensor& x, const at::Tensor& y) {
    return moments(x, y);
  };
  for (const at::Tensor& layer : comparison_.means(output, gt, sums)) {
    similar += similarity(layer, channel);
    channel += layer.size(1);
  }
  return 1 - similar;
}

}  // namespace sr

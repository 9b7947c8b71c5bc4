#include "perception/lpips.h"

#include <fmt/format.h>

#include <torch/torch.h>

#include "nn/vgg16.h"

namespace sr {
namespace {

FeatureStack::Design alex() {
  return {"torchvision's alexnet",
          {convolution(64, 11, 4, 2),
           {},
           max_pool(3),
           convolution(192, 5, 1, 2),
           {},
           max_pool(3),
           convolution(384, 3, 1, 1),
           {},
           convolution(256, 3, 1, 1),
           {},
           convolution(256, 3, 1, 1),
           {}},
          {1, 4, 7, 9, 11}};
}

FeatureStack::Design squeeze() {
  return {"torchvision's squeezenet1_1",
          {convolution(64, 3, 2, 0),
           {},
           max_pool(3, true),
           fire(16, 64),
           fire(16, 64),
           max_pool(3, true),
           fire(32, 128),
           fire(32, 128),
           max_pool(3, true),
           fire(48, 192),
           fire(48, 192),
           fire(64, 256),
           fire(64, 256)},
          {1, 4, 7, 9, 10, 11, 12}};
}

at::Tensor of_length_1(const at::Tensor& features) {
  constexpr double kSmall = 1e-10;
  return features / (features.square().sum(1, true).sqrt() + kSmall);
}

/// LPIPS scales images of -1 to 1 by shift and scale of its own; these are of 0 to 1.
FeatureComparison::Input input_of_lpips() {
  FeatureComparison::Input input{{-.030, -.088, -.188}, {.458, .448, .450}};
  for (std::size_t c = 0; c < input.shift.size(); ++c) {
    input.shift[c] = (input.shift[c] + 1) / 2;
    input.scale[c] /= 2;
  }
  return input;
}

}  // namespace

FeatureStack::Design lpips_design(LpipsNet net) {
  switch (net) {
    case LpipsNet::kAlex:
      return alex();
    case LpipsNet::kVgg:
      return vgg16(max_pool(2));
    case LpipsNet::kSqueeze:
      break;
  }
  return squeeze();
}

std::vector<std::int64_t> lpips_channels(LpipsNet net) {
  switch (net) {
    case LpipsNet::kAlex:
      return {64, 192, 384, 256, 256};
    case LpipsNet::kVgg:
      return {64, 128, 256, 512, 512};
    case LpipsNet::kSqueeze:
      break;
  }
  return {64, 128, 256, 384, 384, 512, 512};
}

Lpips::Lpips(LpipsNet net, const FeatureStack::Weights& weights, const std::string& device)
    : comparison_({lpips_design(net), weights}, input_of_lpips(), device) {
  for (const std::int64_t channels : lpips_channels(net)) {
    const std::string name = fmt::format("lin{}.model.1.weight", channel_weights_.size());
    channel_weights_.push_back(
        feature_weight(weights, name, {1, channels, 1, 1}, "LPIPS 0.1").to(at::Device(device)));
  }
}

double Lpips::operator()(const cv::Mat& output, const cv::Mat& gt) {
  const auto means = comparison_.means(
      output, gt, [&](std::size_t layer, const at::Tensor& a, const at::Tensor& b) {
        const at::Tensor difference = (of_length_1(a) - of_length_1(b)).square_();
        return difference.mul_(channel_weights_[layer]).sum(at::kDouble);
      });
  double distance = 0;
  for (const at::Tensor& mean : means) {
    distance += mean.item<double>();
  }
  return distance;
}

}  // namespace sr

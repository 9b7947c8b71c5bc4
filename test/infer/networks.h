#pragma once

#include <functional>
#include <utility>

#include <torch/torch.h>
#include <opencv2/core.hpp>

#include "nn/network.h"

namespace sr::test {

/// A network that is a function.
class FunctionNetwork final : public Network {
 public:
  using Forward = std::function<at::Tensor(const at::Tensor& lq)>;
  FunctionNetwork(int scale, Forward forward) : Network(scale), forward_(std::move(forward)) {}
  at::Tensor forward(const at::Tensor& lq) const override { return forward_(lq); }

 private:
  Forward forward_;
};

inline at::Tensor nearest(const at::Tensor& lq, int scale) {
  return at::upsample_nearest2d(lq, {lq.size(2) * scale, lq.size(3) * scale});
}

/// The same noise every time.
inline cv::Mat noise(int height, int width, int type) {
  cv::Mat image(height, width, type);
  cv::RNG random(5);
  random.fill(image, cv::RNG::UNIFORM, 0,
              image.depth() == CV_32F   ? 1.0
              : image.depth() == CV_16U ? 65536.0
                                        : 256.0);
  return image;
}

inline double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

}  // namespace sr::test

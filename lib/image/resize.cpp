#include "image/resize.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <vector>

namespace sr {
namespace {

/// For each output position `taps` source positions and weights, which add up to 1.
struct Taps {
  int count = 0;
  std::vector<int> index;
  std::vector<double> weight;
};

Taps make_taps(int in, int out, const Kernel& kernel) {
  const double scale = static_cast<double>(out) / in;
  const double stretch = std::min(scale, 1.0);  // shrinking widens the kernel: antialiasing
  const double width = kernel.width / stretch;
  Taps taps;
  taps.count = static_cast<int>(std::ceil(width)) + 2;
  const auto size = static_cast<std::size_t>(out) * static_cast<std::size_t>(taps.count);
  taps.index.resize(size);
  taps.weight.resize(size);
  for (int i = 0; i < out; ++i) {
    const std::size_t begin = static_cast<std::size_t>(i) * static_cast<std::size_t>(taps.count);
    const double center = (i + 0.5) / scale - 0.5;
    const int first = static_cast<int>(std::floor(center - width / 2.0));
    double sum = 0.0;
    for (int t = 0; t < taps.count; ++t) {
      const std::size_t at = begin + static_cast<std::size_t>(t);
      taps.index[at] = std::clamp(first + t, 0, in - 1);  // edge-replicated
      taps.weight[at] = stretch * kernel.weight(stretch * (center - (first + t)));
      sum += taps.weight[at];
    }
    for (int t = 0; t < taps.count; ++t) {
      taps.weight[begin + static_cast<std::size_t>(t)] /= sum;
    }
  }
  return taps;
}

/// Integers are rounded half up and clamped, floats kept: what MATLAB does between and after the
/// passes.
template <typename T>
T store(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(value);
  } else {
    constexpr double kMax = std::numeric_limits<T>::max();
    return static_cast<T>(std::clamp(value + 0.5, 0.0, kMax));
  }
}

template <typename T>
void resize_rows(const cv::Mat& from, const Taps& taps, cv::Mat& to) {
  const int values = from.cols * from.channels();
  std::vector<double> sum(static_cast<std::size_t>(values));
  for (int y = 0; y < to.rows; ++y) {
    std::fill(sum.begin(), sum.end(), 0.0);
    for (int t = 0; t < taps.count; ++t) {
      const std::size_t at = static_cast<std::size_t>(y * std::ptrdiff_t{taps.count} + t);
      const double weight = taps.weight[at];
      if (weight == 0.0) {
        continue;
      }
      const T* row = from.ptr<T>(taps.index[at]);
      for (int i = 0; i < values; ++i) {
        sum[static_cast<std::size_t>(i)] += weight * row[i];
      }
    }
    std::transform(sum.begin(), sum.end(), to.ptr<T>(y), store<T>);
  }
}

template <typename T>
void resize_columns(const cv::Mat& from, const Taps& taps, cv::Mat& to) {
  for (int y = 0; y < to.rows; ++y) {
    const T* row = from.ptr<T>(y);
    T* out = to.ptr<T>(y);
    const int* index = taps.index.data();
    const double* weight = taps.weight.data();
    for (int x = 0; x < to.cols; ++x, index += taps.count, weight += taps.count, out += 3) {
      double sum[3] = {0.0, 0.0, 0.0};
      for (int t = 0; t < taps.count; ++t) {
        const T* pixel = row + std::ptrdiff_t{3} * index[t];
        sum[0] += weight[t] * pixel[0];
        sum[1] += weight[t] * pixel[1];
        sum[2] += weight[t] * pixel[2];
      }
      std::transform(sum, sum + 3, out, store<T>);
    }
  }
}

template <typename T>
cv::Mat resize_both(const cv::Mat& image, const Taps& vertical, const Taps& horizontal,
                    cv::Size size) {
  cv::Mat tall(size.height, image.cols, image.type());
  resize_rows<T>(image, vertical, tall);
  cv::Mat result(size, image.type());
  resize_columns<T>(tall, horizontal, result);
  return result;
}

}  // namespace

cv::Mat resize_to(const cv::Mat& image, int width, int height, Filter filter) {
  if (image.empty() || image.channels() != 3 || width < 1 || height < 1) {
    throw std::invalid_argument("resize: needs an RGB image and a positive size");
  }
  const Kernel kernel = kernel_of(filter);
  const Taps vertical = make_taps(image.rows, height, kernel);
  const Taps horizontal = make_taps(image.cols, width, kernel);
  const cv::Size size(width, height);
  switch (image.depth()) {
    case CV_8U:
      return resize_both<std::uint8_t>(image, vertical, horizontal, size);
    case CV_16U:
      return resize_both<std::uint16_t>(image, vertical, horizontal, size);
    case CV_32F: {
      cv::Mat result = resize_both<float>(image, vertical, horizontal, size);
      cv::max(result, 0.0, result);  // kernels with negative lobes overshoot at edges
      cv::min(result, 1.0, result);
      return result;
    }
    default:
      throw std::invalid_argument("resize: not an 8-bit, 16-bit or float image");
  }
}

cv::Mat resize_bicubic_to(const cv::Mat& image, int width, int height) {
  return resize_to(image, width, height, Filter::kBicubic);
}

}  // namespace sr

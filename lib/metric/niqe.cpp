#include "metric/niqe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <vector>

#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "image/resize_filter.h"
#include "metric/planes.h"

namespace sr {
namespace {

constexpr int kFeatures = 18;  ///< of a block at one scale
constexpr int kScales = 2;
constexpr int kWindow = 7;

/// Of a generalised Gaussian distribution with one width on each side of zero.
struct Asymmetric {
  double shape, left, right;
};

/// The shapes that are tried, and for each the ratio E[|x|]^2 / E[x^2] of its distribution.
struct ShapeTable {
  ShapeTable() {
    constexpr int kSteps = 9801;
    for (int i = 0; i < kSteps; ++i) {
      const double shape = 0.2 + 0.001 * i;
      const double middle = std::tgamma(2 / shape);
      shapes.push_back(shape);
      ratios.push_back(middle * middle / (std::tgamma(1 / shape) * std::tgamma(3 / shape)));
    }
  }
  /// The shape whose ratio is nearest, the smallest one for NaN (as BasicSR's argmin gives it).
  /// Ratios rise with the shape.
  double nearest(double ratio) const {
    const auto above = std::lower_bound(ratios.begin(), ratios.end(), ratio);
    if (above == ratios.begin()) {
      return shapes.front();
    }
    if (above == ratios.end()) {
      return shapes.back();
    }
    const auto below = above - 1;
    const auto found = ratio - *below <= *above - ratio ? below : above;
    return shapes[static_cast<std::size_t>(found - ratios.begin())];
  }

  std::vector<double> shapes, ratios;
};

/// By moments; a width is NaN where no value lies on its side. Source: Lasmar, Stitou, Berthoumieu:
/// Multiscale skewed heavy tailed model for texture analysis, 2009.
Asymmetric fit(const cv::Mat& block) {
  static const ShapeTable kTable;
  double left = 0, right = 0, magnitude = 0;
  std::int64_t left_count = 0, right_count = 0;
  for (int y = 0; y < block.rows; ++y) {
    const double* row = block.ptr<double>(y);
    for (int x = 0; x < block.cols; ++x) {
      const double value = row[x];
      (value < 0 ? left : right) += value * value;
      left_count += value < 0 ? 1 : 0;
      right_count += value > 0 ? 1 : 0;
      magnitude += std::abs(value);
    }
  }
  const auto total = static_cast<double>(block.total());
  const double square = (left + right) / total;
  const double left_width = std::sqrt(left / static_cast<double>(left_count));
  const double right_width = std::sqrt(right / static_cast<double>(right_count));
  const double skew = left_width / right_width;
  const double ratio = (magnitude / total) * (magnitude / total) / square;
  const double even =
      ratio * (skew * skew * skew + 1) * (skew + 1) / ((skew * skew + 1) * (skew * skew + 1));
  const double shape = kTable.nearest(even);
  const double spread = std::sqrt(std::tgamma(1 / shape) / std::tgamma(3 / shape));
  return {shape, left_width * spread, right_width * spread};
}

/// The block moved cyclically down and right by one pixel or none.
cv::Mat rolled(const cv::Mat& block, int down, int right) {
  cv::Mat moved(block.size(), block.type());
  for (int y = 0; y < block.rows; ++y) {
    const double* from = block.ptr<double>((y - down + block.rows) % block.rows);
    double* to = moved.ptr<double>(y);
    for (int x = 0; x < block.cols; ++x) {
      to[x] = from[(x - right + block.cols) % block.cols];
    }
  }
  return moved;
}

/// The features of one block of normalised luma, CV_64F.
std::array<double, kFeatures> features_of(const cv::Mat& block) {
  std::array<double, kFeatures> features{};
  const Asymmetric own = fit(block);
  features[0] = own.shape;
  features[1] = (own.left + own.right) / 2;
  static constexpr std::array<std::array<int, 2>, 4> kNeighbours{{{0, 1}, {1, 0}, {1, 1}, {1, -1}}};
  std::size_t at = 2;
  for (const auto& [down, right] : kNeighbours) {
    const Asymmetric pair = fit(block.mul(rolled(block, down, right)));
    const double mean =
        (pair.right - pair.left) * (std::tgamma(2 / pair.shape) / std::tgamma(1 / pair.shape));
    for (const double value : {pair.shape, mean, pair.left, pair.right}) {
      features[at++] = value;
    }
  }
  return features;
}

/// Luma minus its local mean, over its local deviation + 1. In float32 up to here, as BasicSR has
/// it: on flat areas the difference of squares is what rounding leaves.
cv::Mat normalised(const cv::Mat& luma, const cv::Mat& window) {
  const auto local_mean = [&window](const cv::Mat& plane) {
    cv::Mat mean;
    cv::Mat wide;
    plane.convertTo(wide, CV_64F);
    cv::filter2D(wide, wide, CV_64F, window, cv::Point(-1, -1), 0, cv::BORDER_REPLICATE);
    wide.convertTo(mean, CV_32F);
    return mean;
  };
  const cv::Mat mean = local_mean(luma);
  cv::Mat deviation;
  cv::sqrt(cv::abs(local_mean(luma.mul(luma)) - mean.mul(mean)), deviation);
  const cv::Mat result = (luma - mean) / (deviation + 1);
  cv::Mat wide;
  result.convertTo(wide, CV_64F);
  return wide;
}

/// MATLAB's antialiased bicubic at half the sides, borders mirrored, nothing clamped. Sides are
/// even.
cv::Mat halved(const cv::Mat& luma) {
  const Kernel cubic = kernel_of(Filter::kBicubic);
  cv::Mat taps(8, 1, CV_64F);
  for (int i = 0; i < taps.rows; ++i) {
    taps.at<double>(i) = cubic.weight((i - 3.5) / 2) / 2;
  }
  cv::Mat filtered;
  cv::sepFilter2D(luma, filtered, CV_32F, taps, taps, cv::Point(3, 3), 0, cv::BORDER_REFLECT);
  cv::Mat half;
  cv::resize(filtered, half, cv::Size(luma.cols / 2, luma.rows / 2), 0, 0, cv::INTER_NEAREST);
  return half;
}

/// One row of 36 features a block; blocks without contrast, whose features are not numbers, too.
cv::Mat block_features(cv::Mat luma, const cv::Mat& window) {
  const int across = luma.cols / kNiqeBlock;
  const int down = luma.rows / kNiqeBlock;
  cv::Mat features(across * down, kScales * kFeatures, CV_64F);
  for (int scale = 0; scale < kScales; ++scale) {
    const int side = kNiqeBlock >> scale;
    const cv::Mat plane = normalised(luma, window);
    for (int i = 0; i < features.rows; ++i) {
      const cv::Rect place(i / down * side, i % down * side, side, side);
      const auto found = features_of(plane(place));
      std::copy(found.begin(), found.end(), features.ptr<double>(i) + scale * kFeatures);
    }
    if (scale + 1 < kScales) {
      luma = halved(luma);
    }
  }
  return features;
}

/// The mean of every feature over the blocks that have it.
cv::Mat mean_of(const cv::Mat& features) {
  cv::Mat mean(1, features.cols, CV_64F);
  for (int column = 0; column < features.cols; ++column) {
    double sum = 0;
    int count = 0;
    for (int row = 0; row < features.rows; ++row) {
      const double value = features.at<double>(row, column);
      sum += std::isnan(value) ? 0 : value;
      count += std::isnan(value) ? 0 : 1;
    }
    mean.at<double>(column) = sum / count;
  }
  return mean;
}

/// Only the rows without NaN.
cv::Mat whole_rows(const cv::Mat& features) {
  cv::Mat rows(0, features.cols, CV_64F);
  for (int i = 0; i < features.rows; ++i) {
    if (cv::checkRange(features.row(i))) {
      rows.push_back(features.row(i));
    }
  }
  return rows;
}

cv::Mat as_matrix(const TensorFile& file, const std::filesystem::path& path, const char* name,
                  cv::Size size) {
  for (const StoredTensor& tensor : file.tensors) {
    if (tensor.name != name) {
      continue;
    }
    std::int64_t elements = 1;
    for (const std::int64_t side : tensor.shape) {
      elements *= side;
    }
    const bool wide = tensor.type == DType::kFloat64;
    if (elements != size.area() || (!wide && tensor.type != DType::kFloat32)) {
      break;
    }
    cv::Mat stored(size, wide ? CV_64F : CV_32F);
    std::memcpy(stored.data, tensor.bytes.data(), tensor.bytes.size());
    stored.convertTo(stored, CV_64F);
    if (!cv::checkRange(stored)) {
      throw CheckpointError(
          fmt::format("{}: '{}' holds numbers that are not finite", path.string(), name));
    }
    return stored;
  }
  throw CheckpointError(fmt::format("{}: holds no tensor '{}' of {} x {} float32 or float64",
                                    path.string(), name, size.height, size.width));
}

}  // namespace

Niqe::Niqe(Pristine pristine) : pristine_(std::move(pristine)) {
  constexpr int kAll = kScales * kFeatures;
  if (pristine_.mean.size() != cv::Size(kAll, 1) ||
      pristine_.covariance.size() != cv::Size(kAll, kAll) ||
      pristine_.window.size() != cv::Size(kWindow, kWindow)) {
    throw std::invalid_argument("NIQE's parameters have other shapes than 36, 36 x 36 and 7 x 7");
  }
}

Niqe Niqe::read(const std::filesystem::path& file) {
  constexpr int kAll = kScales * kFeatures;
  const TensorFile stored = read_weights(file, std::nullopt);
  return Niqe({.mean = as_matrix(stored, file, "mu_pris_param", {kAll, 1}),
               .covariance = as_matrix(stored, file, "cov_pris_param", {kAll, kAll}),
               .window = as_matrix(stored, file, "gaussian_window", {kWindow, kWindow})});
}

double Niqe::operator()(const cv::Mat& image, int crop_border) const {
  cv::Mat y = metric_planes(image, {.crop_border = crop_border, .test_y_channel = true})[0];
  const cv::Rect whole(0, 0, y.cols / kNiqeBlock * kNiqeBlock, y.rows / kNiqeBlock * kNiqeBlock);
  if (whole.empty()) {
    throw std::invalid_argument(
        fmt::format("an image of {} x {} is less than a block of NIQE", y.cols, y.rows));
  }
  y.forEach<double>([](double& value, const int*) { value = std::nearbyint(value); });
  cv::Mat luma;
  y(whole).convertTo(luma, CV_32F);
  const cv::Mat features = block_features(luma, pristine_.window);
  const cv::Mat rows = whole_rows(features);
  if (rows.rows < 2) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  cv::Mat covariance;
  cv::Mat mean;
  cv::calcCovarMatrix(rows, covariance, mean, cv::COVAR_NORMAL | cv::COVAR_ROWS, CV_64F);
  covariance = (covariance / (rows.rows - 1) + pristine_.covariance) / 2;
  const cv::Mat difference = pristine_.mean - mean_of(features);
  const cv::Mat square = difference * covariance.inv(cv::DECOMP_SVD) * difference.t();
  return std::sqrt(square.at<double>(0));
}

}  // namespace sr

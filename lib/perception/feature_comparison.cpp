#include "perception/feature_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <torch/torch.h>

#include "core/error.h"
#include "device/out_of_memory.h"

namespace sr {
namespace {

constexpr int kLargestTile = 1024, kSmallestTile = 128;

/// Where a tile lies on one axis of an image, and what is computed for it; pixels.
struct Reach {
  std::int64_t begin, end;                ///< of the tile
  std::int64_t window_begin, window_end;  ///< with what its features depend on
};

/// Tiles begin at multiples of `stride`, so that features lie at the same places in each.
std::vector<Reach> tiles_of(std::int64_t length, std::int64_t tile, std::int64_t stride,
                            std::int64_t reach) {
  const std::int64_t step = tile > 0 ? std::max(tile / stride, std::int64_t{1}) * stride : length;
  const std::int64_t around = (reach + stride - 1) / stride * stride;
  std::vector<Reach> tiles;
  for (std::int64_t begin = 0; begin < length; begin += step) {
    const std::int64_t end = std::min(begin + step, length);
    tiles.push_back(
        {begin, end, std::max<std::int64_t>(0, begin - around), std::min(end + around, length)});
  }
  return tiles;
}

/// The features of a layer that lie in the tile itself, along `axis`.
at::Tensor of_tile(const at::Tensor& map, int axis, const Reach& tile, std::int64_t stride,
                   std::int64_t length) {
  const std::int64_t there = map.size(axis);
  const std::int64_t begin = std::min((tile.begin - tile.window_begin) / stride, there);
  const std::int64_t end =
      tile.end == length ? there : std::min((tile.end - tile.window_begin) / stride, there);
  return map.slice(axis, begin, end);
}

}  // namespace

at::Tensor unit_image(const cv::Mat& image, at::Device device) {
  const cv::Mat whole = image.isContinuous() ? image : image.clone();
  return at::from_blob(whole.data, {1, whole.rows, whole.cols, 3}, at::kByte)
      .permute({0, 3, 1, 2})
      .to(device, at::kFloat)
      .contiguous()
      .div_(255);
}

FeatureComparison::FeatureComparison(FeatureStack stack, Input input, const std::string& device)
    : stack_(std::move(stack)), input_(std::move(input)), device_(device) {
  stack_.to(device_, /*channels_last=*/false);
}

std::vector<at::Tensor> FeatureComparison::features_of(const cv::Mat& image) const {
  const auto options = at::TensorOptions().dtype(at::kFloat).device(device_);
  const auto channels = [&](const std::vector<double>& values) {
    return at::tensor(values, options).view({1, 3, 1, 1});
  };
  return stack_.features(
      unit_image(image, device_).sub_(channels(input_.shift)).div_(channels(input_.scale)), false);
}

std::vector<at::Tensor> FeatureComparison::means_at(int tile_size, const cv::Mat& output,
                                                    const cv::Mat& gt, const Sums& sums) const {
  const std::vector<std::int64_t>& strides = stack_.strides();
  const auto tiles = [&](int length) {
    return tiles_of(length, tile_size, strides.back(), stack_.reach());
  };
  std::vector<at::Tensor> totals(strides.size());
  std::vector<std::int64_t> positions(strides.size());
  for (const Reach& y : tiles(gt.rows)) {
    for (const Reach& x : tiles(gt.cols)) {
      const cv::Rect window(
          cv::Point(static_cast<int>(x.window_begin), static_cast<int>(y.window_begin)),
          cv::Point(static_cast<int>(x.window_end), static_cast<int>(y.window_end)));
      const std::vector<at::Tensor> a = features_of(output(window));
      const std::vector<at::Tensor> b = features_of(gt(window));
      for (std::size_t i = 0; i < strides.size(); ++i) {
        const auto own = [&](const at::Tensor& map) {
          return of_tile(of_tile(map, 2, y, strides[i], gt.rows), 3, x, strides[i], gt.cols);
        };
        const at::Tensor part = sums(i, own(a[i]), own(b[i]));
        totals[i] = totals[i].defined() ? totals[i] + part : part;
        positions[i] += own(a[i]).size(2) * own(a[i]).size(3);
      }
    }
  }
  for (std::size_t i = 0; i < totals.size(); ++i) {
    totals[i] = totals[i].div(static_cast<double>(positions[i])).cpu();
  }
  return totals;
}

std::vector<at::Tensor> FeatureComparison::means(const cv::Mat& output, const cv::Mat& gt,
                                                 const Sums& sums) {
  const at::NoGradGuard no_grad;
  while (true) {
    std::vector<at::Tensor> found;
    const std::optional<OutOfMemory> failure = run_or_out_of_memory(
        [&] { found = means_at(tile_size_, output, gt, sums); }, [] { return true; });
    if (!failure) {
      return found;
    }
    const int smaller = tile_size_ == 0 ? kLargestTile : tile_size_ / 2;
    if (smaller < kSmallestTile) {
      throw DoesNotFitError(
          fmt::format("the features of {} x {} pixels do not fit into memory in "
                      "tiles of {}",
                      gt.cols, gt.rows, tile_size_));
    }
    tile_size_ = smaller;
  }
}

}  // namespace sr

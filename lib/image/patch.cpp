#include "image/patch.h"

#include <algorithm>
#include <cstddef>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <vector>

namespace sr {
namespace {

constexpr std::ptrdiff_t kChannels = 3;

/// How to walk the source so that the destination is filled in order: the three flips are only
/// signs and strides.
template <typename T>
struct Walk {
  const T* begin;
  std::ptrdiff_t row_step;    // to the next row of the destination
  std::ptrdiff_t pixel_step;  // to the next pixel in it
};

template <typename T>
Walk<T> plan_walk(const cv::Mat& image, const cv::Rect& crop, Augmentation augmentation) {
  std::ptrdiff_t down = static_cast<std::ptrdiff_t>(image.step1());
  std::ptrdiff_t right = kChannels;
  const T* begin = image.ptr<T>(crop.y) + crop.x * kChannels;
  if (augmentation.flip_horizontal) {
    begin += (crop.width - 1) * right;
    right = -right;
  }
  if (augmentation.flip_vertical) {
    begin += (crop.height - 1) * down;
    down = -down;
  }
  return augmentation.transpose ? Walk<T>{begin, right, down} : Walk<T>{begin, down, right};
}

template <typename T, typename Out, typename Convert>
void copy_walk(const Walk<T>& walk, int side, Out* to, PatchPlace place, Convert convert) {
  to += place.first_channel;
  for (int y = 0; y < side; ++y) {
    const T* from = walk.begin + y * walk.row_step;
    // Contiguous on both sides: the compiler makes vector code of it.
    if (walk.pixel_step == kChannels && place.channels == kChannels) {
      std::transform(from, from + side * kChannels, to, convert);
      to += side * kChannels;
      continue;
    }
    for (int x = 0; x < side; ++x, from += walk.pixel_step, to += place.channels) {
      to[0] = convert(from[0]);
      to[1] = convert(from[1]);
      to[2] = convert(from[2]);
    }
  }
}

void check(const cv::Mat& image, const cv::Rect& crop, std::size_t size, PatchPlace place) {
  const bool inside = crop.x >= 0 && crop.y >= 0 && crop.width > 0 && crop.width == crop.height &&
                      crop.x <= image.cols - crop.width && crop.y <= image.rows - crop.height;
  if (image.channels() != kChannels || !inside) {
    throw std::invalid_argument("copy_patch: the crop is not a square inside an RGB image");
  }
  if (place.first_channel < 0 || place.first_channel > place.channels - kChannels) {
    throw std::invalid_argument("copy_patch: the destination's pixels have no such place");
  }
  if (size != static_cast<std::size_t>(crop.area()) * static_cast<std::size_t>(place.channels)) {
    throw std::invalid_argument(
        "copy_patch: the destination has not side x side x channels values");
  }
}

/// Which rows (or columns) of an image of `count` of them a stretch shows.
std::vector<int> reflected_places(int first, int length, int count, bool backwards) {
  std::vector<int> places(static_cast<std::size_t>(length));
  for (std::size_t i = 0; i < places.size(); ++i) {
    places[i] = cv::borderInterpolate(first + static_cast<int>(i), count, cv::BORDER_REFLECT);
  }
  if (backwards) {
    std::reverse(places.begin(), places.end());
  }
  return places;
}

template <typename T>
void gather(const cv::Mat& image, const cv::Rect& square, Augmentation augmentation, float largest,
            cv::Mat& to) {
  const std::vector<int> rows =
      reflected_places(square.y, square.height, image.rows, augmentation.flip_vertical);
  const std::vector<int> columns =
      reflected_places(square.x, square.width, image.cols, augmentation.flip_horizontal);
  const auto side = static_cast<std::size_t>(square.width);
  for (std::size_t y = 0; y < side; ++y) {
    auto* pixel = to.ptr<float>(static_cast<int>(y));
    for (std::size_t x = 0; x < side; ++x, pixel += kChannels) {
      const int row = rows[augmentation.transpose ? x : y];
      const int column = columns[augmentation.transpose ? y : x];
      const T* from = image.ptr<T>(row) + column * kChannels;
      pixel[0] = static_cast<float>(from[0]) / largest;
      pixel[1] = static_cast<float>(from[1]) / largest;
      pixel[2] = static_cast<float>(from[2]) / largest;
    }
  }
}

}  // namespace

cv::Mat pad_symmetric(const cv::Mat& image, int width, int height) {
  const int right = std::max(0, width - image.cols);
  const int bottom = std::max(0, height - image.rows);
  if (right == 0 && bottom == 0) {
    return image;
  }
  cv::Mat padded;
  // BORDER_ISOLATED: an image that is a view must not be continued with its neighbours.
  cv::copyMakeBorder(image, padded, 0, bottom, 0, right, cv::BORDER_REFLECT | cv::BORDER_ISOLATED);
  return padded;
}

void copy_patch(const cv::Mat& image, cv::Rect crop, Augmentation augmentation,
                std::span<std::uint8_t> destination, PatchPlace place) {
  check(image, crop, destination.size(), place);
  if (image.depth() != CV_8U) {
    throw std::invalid_argument("copy_patch: bytes can only be copied from an 8-bit image");
  }
  copy_walk(plan_walk<std::uint8_t>(image, crop, augmentation), crop.width, destination.data(),
            place, [](std::uint8_t value) { return value; });
}

void copy_patch(const cv::Mat& image, cv::Rect crop, Augmentation augmentation,
                std::span<float> destination, PatchPlace place) {
  check(image, crop, destination.size(), place);
  float* to = destination.data();
  switch (image.depth()) {
    case CV_8U:
      copy_walk(plan_walk<std::uint8_t>(image, crop, augmentation), crop.width, to, place,
                [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
      return;
    case CV_16U:
      copy_walk(plan_walk<std::uint16_t>(image, crop, augmentation), crop.width, to, place,
                [](std::uint16_t value) { return static_cast<float>(value) / 65535.0F; });
      return;
    case CV_32F:
      copy_walk(plan_walk<float>(image, crop, augmentation), crop.width, to, place,
                [](float value) { return value; });
      return;
    default:
      throw std::invalid_argument("copy_patch: not an 8-bit, 16-bit or float image");
  }
}

cv::Mat reflected_patch(const cv::Mat& image, cv::Rect square, Augmentation augmentation) {
  if (image.empty() || image.channels() != kChannels || square.width != square.height) {
    throw std::invalid_argument("reflected_patch: not a square of an RGB image");
  }
  cv::Mat patch(square.size(), CV_32FC3);
  switch (image.depth()) {
    case CV_8U:
      gather<std::uint8_t>(image, square, augmentation, 255.0F, patch);
      return patch;
    case CV_16U:
      gather<std::uint16_t>(image, square, augmentation, 65535.0F, patch);
      return patch;
    case CV_32F:
      gather<float>(image, square, augmentation, 1.0F, patch);
      return patch;
    default:
      throw std::invalid_argument("reflected_patch: not an 8-bit, 16-bit or float image");
  }
}

}  // namespace sr

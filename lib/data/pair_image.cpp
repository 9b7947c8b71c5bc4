#include "data/pair_image.h"

#include <new>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "image/image.h"
#include "image/resize.h"

namespace sr {
namespace {

std::int64_t bytes_of(const cv::Mat& image) {
  return static_cast<std::int64_t>(image.total()) * static_cast<std::int64_t>(image.elemSize());
}

/// Calls `make` and gives what the libraries below it throw the name of the file it works on.
template <typename Make>
cv::Mat named(const std::filesystem::path& file, Make make) {
  try {
    return make();
  } catch (const cv::Exception& error) {
    throw DataError(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::bad_alloc&) {
    throw DataError(fmt::format("{}: not enough memory to decode it", file.string()));
  }
}

cv::Mat cropped(const cv::Mat& image, cv::Size size, const std::filesystem::path& file) {
  if (image.size() == size) {
    return image;
  }
  if (image.cols < size.width || image.rows < size.height) {
    throw DataError(fmt::format("{}: has changed since the start: is {}x{}, {}x{} are needed",
                                file.string(), image.cols, image.rows, size.width, size.height));
  }
  // A copy, so that what is cut off is given back.
  return image(cv::Rect(cv::Point(0, 0), size)).clone();
}

}  // namespace

std::int64_t PairImage::pixels() const {
  return static_cast<std::int64_t>(lq.total() + gt.total());
}

std::int64_t PairImage::bytes() const {
  return bytes_of(lq) + bytes_of(gt);
}

PairImage decode_pair(const ImagePair& pair, int scale) {
  const cv::Size lq(pair.lq_width, pair.lq_height);
  PairImage images;
  images.gt = named(pair.gt, [&] { return cropped(decode_image(pair.gt), lq * scale, pair.gt); });
  images.lq =
      pair.lq.empty()
          ? named(pair.gt, [&] { return resize_bicubic_to(images.gt, lq.width, lq.height); })
          : named(pair.lq, [&] { return cropped(decode_image(pair.lq), lq, pair.lq); });
  return images;
}

}  // namespace sr

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

/// decode_image with the failures of the libraries below it given the file's name.
cv::Mat decode_named(const std::filesystem::path& file) {
  try {
    return decode_image(file);
  } catch (const cv::Exception& error) {
    throw DataError(fmt::format("{}: {}", file.string(), error.what()));
  } catch (const std::bad_alloc&) {
    throw DataError(fmt::format("{}: not enough memory to decode it", file.string()));
  }
}

cv::Mat cropped(const cv::Mat& image, int width, int height, const std::filesystem::path& file) {
  if (image.cols == width && image.rows == height) {
    return image;
  }
  if (image.cols < width || image.rows < height) {
    throw DataError(fmt::format("{}: has changed since the start: is {}x{}, {}x{} are needed",
                                file.string(), image.cols, image.rows, width, height));
  }
  // A copy, so that what is cut off is given back.
  return image(cv::Rect(0, 0, width, height)).clone();
}

}  // namespace

std::int64_t PairImage::pixels() const {
  return static_cast<std::int64_t>(lq.total() + gt.total());
}

std::int64_t PairImage::bytes() const {
  return bytes_of(lq) + bytes_of(gt);
}

PairImage decode_pair(const ImagePair& pair, int scale) {
  PairImage images;
  images.gt =
      cropped(decode_named(pair.gt), pair.lq_width * scale, pair.lq_height * scale, pair.gt);
  images.lq = pair.lq.empty()
                  ? resize_bicubic_to(images.gt, pair.lq_width, pair.lq_height)
                  : cropped(decode_named(pair.lq), pair.lq_width, pair.lq_height, pair.lq);
  return images;
}

}  // namespace sr

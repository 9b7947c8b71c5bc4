#include "image/image_part.h"

#include <stdexcept>
#include <utility>

namespace sr {

ImagePart::ImagePart(cv::Mat whole) : pixels_(std::move(whole)), size_(pixels_.size()) {}

ImagePart::ImagePart(cv::Mat pixels, cv::Point origin, cv::Size whole)
    : pixels_(std::move(pixels)), origin_(origin), size_(whole) {
  if ((held() & cv::Rect(cv::Point(0, 0), size_)) != held()) {
    throw std::invalid_argument("ImagePart: the pixels do not lie in the image");
  }
}

cv::Mat ImagePart::at(const cv::Rect& rect) const {
  if (!holds(rect)) {
    throw std::logic_error("ImagePart: these pixels are not here");
  }
  return pixels_(rect - origin_);
}

const cv::Mat& ImagePart::whole() const {
  if (!is_whole()) {
    throw std::logic_error("ImagePart: only a part of the image is here");
  }
  return pixels_;
}

ImagePart ImagePart::cut_to(cv::Size size) const {
  if (size == size_) {
    return *this;
  }
  if (!is_whole()) {
    return {pixels_, origin_, size};
  }
  if (size.width > size_.width || size.height > size_.height) {
    throw std::invalid_argument("ImagePart: the image is smaller than what it is cut to");
  }
  return pixels_(cv::Rect(cv::Point(0, 0), size)).clone();
}

}  // namespace sr

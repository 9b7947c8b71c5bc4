#pragma once

#include <cstdint>

#include <opencv2/core/mat.hpp>

namespace sr {

/// What is in memory of an image: a rectangle of it, or all. Places are those of the whole image;
/// pixels that are not there cannot be had.
class ImagePart {
 public:
  ImagePart() = default;
  /// All of an image.
  ImagePart(cv::Mat whole);  // NOLINT(google-explicit-constructor): every image is a part of itself
  /// The pixels from `origin` on of an image of size `whole`, which they must lie in: throws
  /// std::invalid_argument.
  ImagePart(cv::Mat pixels, cv::Point origin, cv::Size whole);

  cv::Size size() const { return size_; }  ///< of the whole image
  int depth() const { return pixels_.depth(); }
  bool is_whole() const { return pixels_.size() == size_; }
  /// Whether all pixels of a rectangle within the image are here.
  bool holds(const cv::Rect& rect) const { return (rect & held()) == rect; }
  /// Those pixels, in this one's memory. Throws std::logic_error unless it holds them.
  cv::Mat at(const cv::Rect& rect) const;
  /// All of the image. Throws std::logic_error when only a part of it is here.
  const cv::Mat& whole() const;
  /// The image without what exceeds `size` at the right and bottom; what is cut off is given back.
  /// `size` is at most size(), and what is held must lie within it where it is a part: throws
  /// std::invalid_argument.
  ImagePart cut_to(cv::Size size) const;

  std::int64_t pixels() const { return static_cast<std::int64_t>(pixels_.total()); }  ///< held
  std::int64_t bytes() const { return pixels() * static_cast<std::int64_t>(pixels_.elemSize()); }

 private:
  cv::Rect held() const { return {origin_, pixels_.size()}; }

  cv::Mat pixels_;
  cv::Point origin_;
  cv::Size size_;
};

}  // namespace sr

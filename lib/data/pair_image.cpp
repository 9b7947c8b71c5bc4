#include "data/pair_image.h"

#include <new>
#include <string>

#include <fmt/format.h>
#include <opencv2/core.hpp>

#include "core/error.h"
#include "degrade/resized.h"
#include "image/image.h"
#include "image/resize.h"

namespace sr {
namespace {

/// What messages call an image: "a.png", "a.mp4: frame 7".
std::string name_of(const std::filesystem::path& file, std::int64_t frame) {
  return frame < 0 ? file.string() : fmt::format("{}: frame {}", file.string(), frame);
}

/// Calls `make` and gives what the libraries below it throw the name of the image it works on.
template <typename Make>
ImagePart named(const std::string& name, Make make) {
  try {
    return make();
  } catch (const cv::Exception& error) {
    throw DataError(fmt::format("{}: {}", name, error.what()));
  } catch (const std::bad_alloc&) {
    throw DataError(fmt::format("{}: not enough memory to decode it", name));
  }
}

ImagePart cropped(const ImagePart& image, cv::Size size, const std::string& name) {
  const cv::Size is = image.size();
  if (is.width < size.width || is.height < size.height) {
    throw DataError(fmt::format("{}: has changed since the start: is {}x{}, {}x{} are needed", name,
                                is.width, is.height, size.width, size.height));
  }
  return image.cut_to(size);
}

/// GT brought to LQ's size by one resize, in its own depth.
cv::Mat shrunk(const cv::Mat& gt, cv::Size lq, ResizeMode mode) {
  if (mode == ResizeMode::kBicubic) {
    return resize_bicubic_to(gt, lq.width, lq.height);  // MATLAB's, to the bit
  }
  constexpr double kByte = 255;
  constexpr double kWord = 65535;
  const double white = gt.depth() == CV_8U ? kByte : gt.depth() == CV_16U ? kWord : 1.0;
  cv::Mat floats;
  gt.convertTo(floats, CV_32F, 1 / white);
  cv::Mat result;
  resized(floats, lq, mode, true).convertTo(result, gt.depth(), white);
  return result;
}

}  // namespace

bool PairImage::holds(const cv::Rect& lq_part, int scale) const {
  return lq.holds(lq_part) && gt.holds(scaled(lq_part, scale));
}

std::int64_t PairImage::pixels() const {
  return lq.pixels() + gt.pixels();
}

std::int64_t PairImage::bytes() const {
  return lq.bytes() + gt.bytes();
}

cv::Rect scaled(const cv::Rect& rect, int scale) {
  return {rect.tl() * scale, rect.size() * scale};
}

PairImage read_pair(const ImagePair& pair, int scale, const ReadImage& read,
                    const WantedPart& wanted) {
  const cv::Size lq(pair.lq_width, pair.lq_height);
  const std::string gt_name = name_of(pair.gt, pair.gt_frame);
  const std::string lq_name = name_of(pair.lq, pair.lq_frame);
  const WantedPart lq_part = pair.lq.empty() ? std::nullopt : wanted;
  const WantedPart gt_part = lq_part ? WantedPart(scaled(*lq_part, scale)) : std::nullopt;
  PairImage images;
  images.gt = named(
      gt_name, [&] { return cropped(read(pair.gt, pair.gt_frame, gt_part), lq * scale, gt_name); });
  if (pair.degraded && pair.lq.empty()) {
    return images;
  }
  images.lq = pair.lq.empty()
                  ? named(gt_name, [&] { return shrunk(images.gt.whole(), lq, pair.lq_mode); })
                  : named(lq_name, [&] {
                      return cropped(read(pair.lq, pair.lq_frame, lq_part), lq, lq_name);
                    });
  return images;
}

}  // namespace sr

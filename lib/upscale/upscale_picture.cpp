#include "upscale/upscale_picture.h"

#include <algorithm>
#include <cmath>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "image/resize.h"
#include "upscale/transparent.h"

namespace sr {
namespace {

double largest_value(int depth) {
  return depth == CV_8U ? 255 : depth == CV_16U ? 65535 : 1;
}

cv::Mat in_depth(const cv::Mat& image, int depth) {
  if (image.depth() == depth) {
    return image;
  }
  cv::Mat converted;
  image.convertTo(converted, depth, largest_value(depth) / largest_value(image.depth()));
  return converted;
}

int output_depth(const Picture& picture, BitsMode bits, PictureFormat format) {
  const bool deep =
      bits == BitsMode::k16 || (bits == BitsMode::kSame && picture.color.depth() != CV_8U);
  return deep && holds_16_bits(format) ? CV_16U : CV_8U;
}

cv::Mat replicated(const cv::Mat& channel) {
  cv::Mat rgb;
  cv::cvtColor(channel, rgb, cv::COLOR_GRAY2RGB);
  return rgb;
}

/// BT.601 luma; a pixel with R = G = B keeps its value.
cv::Mat luma(const cv::Mat& rgb) {
  cv::Mat gray;
  cv::cvtColor(rgb, gray, cv::COLOR_RGB2GRAY);
  return gray;
}

/// Makes RGB images of one size and depth out of inputs of one size.
class Sizer {
 public:
  Sizer(const Resolver& resolver, const PictureSettings& settings, cv::Size input)
      : resolver_(resolver), factor_(settings.outscale.value_or(resolver.scale)), input_(input) {}

  cv::Size size() const {
    const auto side = [&](int pixels) {
      return std::max(1, static_cast<int>(std::lround(pixels * factor_)));
    };
    return {side(input_.width), side(input_.height)};
  }

  /// 8-bit where nothing is left to be done in more, else float.
  cv::Mat by_network(const cv::Mat& rgb, int depth, const std::string& name) const {
    const bool resizes = size() != input_ * resolver_.scale;
    const cv::Mat resolved = resolver_.run(rgb, depth == CV_8U && !resizes ? CV_8U : CV_32F, name);
    return resizes ? resize_to(resolved, size().width, size().height, Filter::kLanczos3) : resolved;
  }

  cv::Mat by_bicubic(const cv::Mat& rgb, int depth) const {
    return resize_bicubic_to(in_depth(rgb, depth), size().width, size().height);
  }

 private:
  const Resolver& resolver_;
  double factor_;
  cv::Size input_;
};

}  // namespace

UpscaledPicture upscale_picture(const Picture& picture, const Resolver& resolver,
                                const PictureSettings& settings, PictureFormat format,
                                const std::string& name) {
  const int depth = output_depth(picture, settings.bits, format);
  const Sizer sizer(resolver, settings, picture.color.size());
  const bool has_alpha = !picture.alpha.empty() && settings.alpha != AlphaMode::kDrop;
  const cv::Mat color =
      has_alpha ? with_transparent_filled(picture.color, picture.alpha) : picture.color;
  UpscaledPicture result;
  const cv::Mat resolved = sizer.by_network(color, depth, name);
  result.picture.color = in_depth(resolved, depth);
  if (settings.compares) {
    const bool filled = color.data != picture.color.data;
    result.compared =
        in_depth(filled ? sizer.by_network(picture.color, CV_8U, name) : resolved, CV_8U);
  }
  result.picture.format = picture.format;
  result.picture.gray = picture.gray;
  result.picture.attachments = picture.attachments;
  describe_upright(result.picture.attachments.exif, {sizer.size().width, sizer.size().height});
  if (picture.gray) {
    result.picture.color = replicated(luma(result.picture.color));
  }
  if (has_alpha && holds_alpha(format)) {
    const cv::Mat alpha = replicated(picture.alpha);
    result.picture.alpha = luma(settings.alpha == AlphaMode::kNetwork
                                    ? in_depth(sizer.by_network(alpha, depth, name), depth)
                                    : sizer.by_bicubic(alpha, depth));
  }
  return result;
}

}  // namespace sr

#pragma once

#include <string>

#include "image/picture.h"
#include "upscale/resolver.h"
#include "upscale/settings.h"

namespace sr {

/// One picture, scaled up.
struct UpscaledPicture {
  Picture picture;  ///< ready to be written as `format`
  /// 8-bit RGB for the metrics, made as validation makes it: alpha ignored, gray as three channels.
  cv::Mat compared;
};

/// Scales a picture up: gray stays gray, 16 bits stay 16 where the format holds them, alpha as the
UpscaledPicture upscale_picture(const Picture& picture, const Resolver& resolver,
                                const PictureSettings& settings, PictureFormat format,
                                const std::string& name);

}  // namespace sr

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

/// Scales a picture up: gray stays gray; sides, bits and alpha become what `settings` say, as far
/// as `format` holds them. `name` is what messages call it. Throws what the resolver throws.
UpscaledPicture upscale_picture(const Picture& picture, const Resolver& resolver,
                                const PictureSettings& settings, PictureFormat format,
                                const std::string& name);

}  // namespace sr

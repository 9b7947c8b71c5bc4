#pragma once

#include <filesystem>

#include <opencv2/core.hpp>

#include "image/image.h"
#include "support/files_below.h"
#include "support/temp_folder.h"
#include "upscale/nearest.h"
#include "upscale/upscale.h"

// Folders that are scaled up with a network of nearest neighbours.

namespace sr::test {

inline void write_image(const std::filesystem::path& file, const cv::Mat& color) {
  std::filesystem::create_directories(file.parent_path());
  Picture picture;
  picture.color = color;
  write_picture(file, picture, *format_of_extension(file));
}

inline UpscaleResult run(const UpscaleSettings& settings, const Resolver& resolver = nearest(2),
                         const UpscaleHooks& hooks = {}) {
  return upscale(settings, plan_upscale(settings), resolver, hooks);
}

struct Folders {
  TempFolder folder;
  std::filesystem::path in = folder / "in";
  std::filesystem::path out = folder / "out";
  UpscaleSettings settings{.input = in, .output = out};
};

}  // namespace sr::test

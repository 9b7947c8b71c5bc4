#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

#include "config/config.h"
#include "data/pairs.h"
#include "image/image.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

namespace sr::test {

/// A pixel that tells where it is: R = x, G = y of the LQ grid, B = position inside the LQ pixel
/// and the image's number. `scale` 1 makes the LQ image, else its GT. Sides up to 256 LQ pixels,
/// scale up to 4, 16 images.
inline cv::Vec3b coded_pixel(int x, int y, int scale, int number) {
  return {static_cast<std::uint8_t>(x / scale), static_cast<std::uint8_t>(y / scale),
          static_cast<std::uint8_t>(number * 16 + (x % scale) + 4 * (y % scale))};
}

inline cv::Mat coded_image(int width, int height, int scale, int number) {
  cv::Mat image(height * scale, width * scale, CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      image.at<cv::Vec3b>(y, x) = coded_pixel(x, y, scale, number);
    }
  }
  return image;
}

inline void write_image(const std::filesystem::path& file, const cv::Mat& rgb) {
  std::filesystem::create_directories(file.parent_path());
  write_png(file, rgb);
}

inline void write_gray(const std::filesystem::path& file, int width, int height) {
  write_image(file, cv::Mat(height, width, CV_8UC3, cv::Scalar::all(128)));
}

/// A paired training set below a folder: gt/ and lq/ hold image00.png ... with coded pixels.
struct CodedSet {
  CodedSet(const TempFolder& folder, const std::vector<cv::Size>& lq_sizes, int set_scale)
      : scale(set_scale) {
    for (std::size_t i = 0; i < lq_sizes.size(); ++i) {
      const std::string name = "image" + std::to_string(10 + i) + ".png";
      const int number = static_cast<int>(i);
      write_image(folder / "lq" / name,
                  coded_image(lq_sizes[i].width, lq_sizes[i].height, 1, number));
      write_image(folder / "gt" / name,
                  coded_image(lq_sizes[i].width, lq_sizes[i].height, scale, number));
    }
    config.key = config.name = "train";
    config.type = "pairedimagedataset";
    config.dataroot_gt = {(folder / "gt").string()};
    config.dataroot_lq = {(folder / "lq").string()};
  }

  std::vector<ImagePair> pairs() const { return list_pairs(config, scale).pairs; }

  int scale;
  DatasetConfig config;
};

}  // namespace sr::test

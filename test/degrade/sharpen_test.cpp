#include "degrade/sharpen.h"

#include <cmath>
#include <fstream>

#include <opencv2/core.hpp>

#include "support/catch.h"

namespace sr {
namespace {

/// The image of scripts/golden/unsharp_mask.py.
cv::Mat waves() {
  cv::Mat image(30, 40, CV_32FC3);
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.at<cv::Vec3f>(y, x)[c] = static_cast<float>(
            0.5 + 0.3 * std::sin(0.35 * x + 0.2 * y + c) + (x >= 20 ? 0.2 : 0.0));
      }
    }
  }
  return image;
}

}  // namespace

TEST_CASE("sharpening equals unsharp masking by its definition", "[degrade]") {
  std::ifstream golden(SR_SOURCE_DIR "/test/degrade/unsharp_mask.txt");
  int radius = 0, y = 0, x = 0, pixels = 0;
  double red = 0, green = 0, blue = 0;
  while (golden >> radius >> y >> x >> red >> green >> blue) {
    CAPTURE(radius, y, x);
    const auto pixel = sharpened(waves(), radius).at<cv::Vec3f>(y, x);
    CHECK(pixel[0] == Approx(red).margin(2e-6));
    CHECK(pixel[1] == Approx(green).margin(2e-6));
    CHECK(pixel[2] == Approx(blue).margin(2e-6));
    ++pixels;
  }
  CHECK(pixels == 16);
}

TEST_CASE("sharpening leaves what has no edges and a window of one pixel alone", "[degrade]") {
  const cv::Mat flat(20, 30, CV_32FC3, cv::Scalar(0.2, 0.5, 0.9));
  CHECK(cv::norm(sharpened(flat, kGtSharpenRadius), flat, cv::NORM_INF) < 1e-6);
  CHECK(cv::norm(sharpened(waves(), 1), waves(), cv::NORM_INF) == 0);
}

TEST_CASE("sharpening raises the contrast of an edge and stays in range", "[degrade]") {
  const cv::Mat edge(60, 60, CV_32FC3, cv::Scalar::all(0.1));
  edge.colRange(30, 60).setTo(cv::Scalar::all(0.95));
  const cv::Mat sharp = sharpened(edge, kGtSharpenRadius);
  CHECK(sharp.at<cv::Vec3f>(30, 29)[0] < 0.08F);
  CHECK(sharp.at<cv::Vec3f>(30, 30)[0] > 0.96F);
  double low = 0, high = 0;
  cv::minMaxLoc(sharp.reshape(1), &low, &high);
  CHECK(low >= 0);
  CHECK(high <= 1);
}

}  // namespace sr

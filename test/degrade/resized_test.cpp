#include "degrade/resized.h"

#include <cmath>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <string>

#include "support/catch.h"

namespace sr {
namespace {

constexpr ResizeMode kModes[] = {ResizeMode::kBilinear, ResizeMode::kBicubic, ResizeMode::kLanczos};

/// The image of scripts/golden/resize_antialias.py.
cv::Mat waves(int width, int height) {
  cv::Mat image(height, width, CV_32FC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        image.at<cv::Vec3f>(y, x)[c] = static_cast<float>(
            0.5 + 0.5 * std::sin(0.9 * x + 0.11 * x * y + 1.7 * c) * std::cos(0.37 * y - 0.02 * x));
      }
    }
  }
  return image;
}

ResizeMode mode_named(const std::string& name) {
  return name == "bilinear"  ? ResizeMode::kBilinear
         : name == "bicubic" ? ResizeMode::kBicubic
                             : ResizeMode::kLanczos;
}

/// Mean square of what OpenCV's Laplacian leaves.
double detail(const cv::Mat& image) {
  cv::Mat edges;
  cv::Laplacian(image, edges, CV_32F);
  return cv::norm(edges, cv::NORM_L2SQR) / static_cast<double>(edges.total());
}

}  // namespace

TEST_CASE("with antialiasing the inner pixels are those of traiNNer-redux's resize", "[degrade]") {
  std::ifstream golden(SR_SOURCE_DIR "/test/degrade/resize_antialias.txt");
  std::string name;
  int in_width = 0, in_height = 0, width = 0, height = 0, x = 0, y = 0;
  double red = 0, green = 0, blue = 0;
  int lines = 0;
  while (golden >> name >> in_width >> in_height >> width >> height >> x >> y >> red >> green >>
         blue) {
    const cv::Mat result =
        resized(waves(in_width, in_height), {width, height}, mode_named(name), true);
    INFO(name << " " << in_width << "x" << in_height << " to " << width << "x" << height << " at "
              << x << " " << y);
    const cv::Vec3f found = result.at<cv::Vec3f>(y, x);
    CHECK(found[0] == Approx(red).margin(2e-6));
    CHECK(found[1] == Approx(green).margin(2e-6));
    CHECK(found[2] == Approx(blue).margin(2e-6));
    ++lines;
  }
  CHECK(lines == 135);
}

TEST_CASE("without antialiasing a resize is OpenCV's to the bit", "[degrade]") {
  const cv::Mat image = waves(61, 47);
  const std::pair<ResizeMode, int> kinds[] = {{ResizeMode::kArea, cv::INTER_AREA},
                                              {ResizeMode::kBilinear, cv::INTER_LINEAR},
                                              {ResizeMode::kBicubic, cv::INTER_CUBIC},
                                              {ResizeMode::kNearest, cv::INTER_NEAREST_EXACT},
                                              {ResizeMode::kLanczos, cv::INTER_LANCZOS4}};
  for (const auto& [mode, method] : kinds) {
    for (const cv::Size size : {cv::Size(20, 15), cv::Size(80, 60), cv::Size(61, 20)}) {
      cv::Mat expected;
      cv::resize(image, expected, size, 0, 0, method);
      CHECK(cv::norm(resized(image, size, mode, false), expected, cv::NORM_INF) == 0);
    }
    CHECK(resized(image, image.size(), mode, true).data == image.data);
  }
}

TEST_CASE("area and nearest are the same by both rules", "[degrade]") {
  const cv::Mat image = waves(61, 47);
  for (const ResizeMode mode : {ResizeMode::kArea, ResizeMode::kNearest}) {
    const cv::Size size(23, 17);
    CHECK(cv::norm(resized(image, size, mode, true), resized(image, size, mode, false),
                   cv::NORM_INF) == 0);
  }
}

TEST_CASE("antialiasing takes away what a small image cannot show", "[degrade]") {
  const cv::Mat image = waves(96, 96);
  for (const ResizeMode mode : kModes) {
    const double smooth = detail(resized(image, {24, 24}, mode, true));
    CHECK(smooth < 0.5 * detail(resized(image, {24, 24}, mode, false)));
  }
}

TEST_CASE("values stay within 0 and 1 with antialiasing", "[degrade]") {
  cv::Mat steps(40, 40, CV_32FC3, cv::Scalar::all(0));
  steps.colRange(20, 40).setTo(cv::Scalar::all(1));
  for (const ResizeMode mode : kModes) {
    for (const int side : {13, 31, 77}) {
      double low = 0, high = 0;
      cv::minMaxLoc(resized(steps, {side, side}, mode, true).reshape(1), &low, &high);
      CHECK(low >= 0);
      CHECK(high <= 1);
    }
  }
}

}  // namespace sr

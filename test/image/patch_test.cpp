#include "image/patch.h"

#include <array>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "support/catch.h"
#include "support/pattern.h"

using sr::Augmentation;
using sr::test::pattern;
using sr::test::same;

namespace {

std::vector<Augmentation> all_augmentations() {
  std::vector<Augmentation> all;
  for (int bits = 0; bits < 8; ++bits) {
    all.push_back({(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0});
  }
  return all;
}

// By OpenCV, step after step in the stated order.
cv::Mat augmented(const cv::Mat& image, Augmentation augmentation) {
  cv::Mat result = image.clone();
  if (augmentation.flip_horizontal) {
    cv::flip(result, result, 1);
  }
  if (augmentation.flip_vertical) {
    cv::flip(result, result, 0);
  }
  if (augmentation.transpose) {
    cv::transpose(result.clone(), result);
  }
  return result;
}

}  // namespace

TEST_CASE("a patch is the crop with all eight augmentations", "[image]") {
  const cv::Mat image = pattern(31, 23);
  const cv::Rect crop(5, 9, 13, 13);
  for (const Augmentation augmentation : all_augmentations()) {
    const cv::Mat patch(13, 13, CV_8UC3);
    sr::copy_patch(image, crop, augmentation, std::span(patch.data, patch.total() * 3));
    CHECK(same(patch, augmented(image(crop), augmentation)));
  }
}

TEST_CASE("float patches are in the unit range for every depth", "[image]") {
  const cv::Mat image = pattern(31, 23);
  const cv::Rect crop(0, 0, 23, 23);
  for (const double top : {255.0, 65535.0, 1.0}) {
    cv::Mat source;
    image.convertTo(source, top == 255.0 ? CV_8U : top == 65535.0 ? CV_16U : CV_32F, top / 255.0);
    for (const Augmentation augmentation : all_augmentations()) {
      cv::Mat patch(23, 23, CV_32FC3);
      sr::copy_patch(source, crop, augmentation, std::span(patch.ptr<float>(), patch.total() * 3));
      cv::Mat expected;
      augmented(image(crop), augmentation).convertTo(expected, CV_32F, 1.0 / 255.0);
      CHECK(cv::norm(patch, expected, cv::NORM_INF) < 1e-6);
    }
  }
}

TEST_CASE("patches of the last row and column are allowed and beyond refused", "[image]") {
  const cv::Mat image = pattern(8, 6);
  std::array<std::uint8_t, 48> bytes{};
  std::array<float, 48> floats{};
  CHECK_NOTHROW(sr::copy_patch(image, {4, 2, 4, 4}, {}, bytes));
  CHECK_THROWS_AS(sr::copy_patch(image, {5, 2, 4, 4}, {}, bytes), std::invalid_argument);
  CHECK_THROWS_AS(sr::copy_patch(image, {-1, 2, 4, 4}, {}, floats), std::invalid_argument);
  CHECK_THROWS_AS(sr::copy_patch(image, {0, 0, 4, 3}, {}, bytes), std::invalid_argument);
  CHECK_THROWS_AS(sr::copy_patch(image, {0, 0, 3, 3}, {}, floats), std::invalid_argument);
  const cv::Mat deep(8, 8, CV_16UC3, cv::Scalar::all(1));
  CHECK_THROWS_AS(sr::copy_patch(deep, {0, 0, 4, 4}, {}, bytes), std::invalid_argument);
}

TEST_CASE("padding reflects with the edge pixel repeated as often as needed", "[image]") {
  const cv::Mat image = pattern(3, 2);
  const cv::Mat padded = sr::pad_symmetric(image, 11, 7);
  REQUIRE(padded.size() == cv::Size(11, 7));
  const std::array<int, 11> columns{0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1};
  const std::array<int, 7> rows{0, 1, 1, 0, 0, 1, 1};
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 11; ++x) {
      const auto row = static_cast<std::size_t>(y);
      const auto column = static_cast<std::size_t>(x);
      CHECK(padded.at<cv::Vec3b>(y, x) == image.at<cv::Vec3b>(rows[row], columns[column]));
    }
  }
}

TEST_CASE("padding works from one pixel and leaves large images alone", "[image]") {
  const cv::Mat image = pattern(8, 6);
  CHECK(sr::pad_symmetric(image, 8, 6).data == image.data);
  CHECK(sr::pad_symmetric(image, 4, 9).size() == cv::Size(8, 9));
  CHECK(sr::pad_symmetric(pattern(1, 1), 5, 4).at<cv::Vec3b>(3, 4) ==
        pattern(1, 1).at<cv::Vec3b>(0, 0));
}

TEST_CASE("padding a view does not look at what surrounds it", "[image]") {
  const cv::Mat image = pattern(8, 6);
  const cv::Rect part(2, 1, 3, 2);
  CHECK(same(sr::pad_symmetric(image(part), 7, 5), sr::pad_symmetric(image(part).clone(), 7, 5)));
}

TEST_CASE("LR and GT padded in the ratio of the scale stay aligned", "[image]") {
  const cv::Mat lr = pattern(3, 2);
  cv::Mat gt;
  cv::resize(lr, gt, {}, 2.0, 2.0, cv::INTER_NEAREST);
  cv::Mat expected;
  cv::resize(sr::pad_symmetric(lr, 8, 8), expected, {}, 2.0, 2.0, cv::INTER_NEAREST);
  CHECK(same(sr::pad_symmetric(gt, 16, 16), expected));
}

TEST_CASE("a reflected patch is the crop of the image padded to all sides", "[image]") {
  const cv::Mat image = pattern(7, 5);
  cv::Mat padded;
  cv::copyMakeBorder(image, padded, 20, 20, 20, 20, cv::BORDER_REFLECT);
  for (const cv::Rect square : {cv::Rect(1, 1, 3, 3), cv::Rect(-4, -9, 12, 12),
                                cv::Rect(5, 3, 15, 15), cv::Rect(-20, -20, 45, 45)}) {
    for (const Augmentation augmentation : all_augmentations()) {
      cv::Mat bytes;
      sr::reflected_patch(image, square, augmentation).convertTo(bytes, CV_8U, 255);
      CHECK(same(bytes, augmented(padded(square + cv::Point(20, 20)), augmentation)));
    }
  }
}

TEST_CASE("a reflected patch takes all three depths to 0 to 1", "[image]") {
  const auto value = [](int type, double level) {
    const cv::Mat image(3, 3, type, cv::Scalar::all(level));
    return sr::reflected_patch(image, cv::Rect(-1, -1, 5, 5), {}).at<cv::Vec3f>(0, 4)[1];
  };
  CHECK(value(CV_8UC3, 255) == 1.0F);
  CHECK(value(CV_16UC3, 13107) == Approx(0.2));
  CHECK(value(CV_32FC3, 0.3) == 0.3F);
  CHECK_THROWS_AS(value(CV_64FC3, 0.3), std::invalid_argument);
  CHECK_THROWS_AS(sr::reflected_patch(cv::Mat(), cv::Rect(0, 0, 1, 1), {}), std::invalid_argument);
}

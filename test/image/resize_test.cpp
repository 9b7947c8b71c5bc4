#include "image/resize.h"

#include <opencv2/core.hpp>
#include <vector>

#include "image/image.h"
#include "metric/metric.h"
#include "support/catch.h"
#include "support/pattern.h"
#include "support/shared_data.h"

using sr::Filter;
using sr::resize_bicubic_to;
using sr::test::pattern;
using sr::test::same;
using sr::test::shared_data;

namespace {

std::vector<int> values(const cv::Mat& image) {
  return {image.datastart, image.dataend};
}

void check_published(const std::string& hr, const std::string& lr, int scale) {
  const auto hr_folder = shared_data(hr);
  const auto lr_folder = shared_data(lr);
  if (!hr_folder || !lr_folder) {
    SR_SKIP("no shared data: " + hr);
  }
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*hr_folder)) {
    INFO(entry.path());
    const cv::Mat image = sr::decode_image(entry.path());
    CHECK(same(resize_bicubic_to(image, image.cols / scale, image.rows / scale),
               sr::decode_image(*lr_folder / entry.path().filename())));
    ++files;
  }
  CHECK(files > 0);
}

}  // namespace

// The numbers come from scripts/golden/image_metrics.py.
TEST_CASE("small images are resized to the values of an independent implementation", "[image]") {
  CHECK(values(resize_bicubic_to(pattern(8, 6), 4, 3)) ==
        std::vector<int>{12, 41,  70,  30,  59,  88,  50,  79,  108, 72,  101, 130,
                         43, 72,  101, 82,  111, 140, 116, 145, 174, 120, 149, 178,
                         74, 103, 132, 131, 160, 189, 135, 164, 193, 138, 167, 196});
  CHECK(values(resize_bicubic_to(pattern(9, 6), 3, 2)) ==
        std::vector<int>{25, 54, 83, 62, 91, 120, 94, 123, 152, 81, 110, 139, 131, 160, 189, 143,
                         172, 201});
  CHECK(values(resize_bicubic_to(pattern(3, 2), 6, 4)) ==
        std::vector<int>{0,  28, 57, 1,  29, 58, 4,  33, 62, 8,  37, 66, 11, 40, 69, 12, 41, 70,
                         2,  31, 60, 4,  33, 62, 9,  38, 67, 13, 42, 71, 18, 47, 76, 20, 49, 78,
                         9,  38, 67, 12, 41, 70, 18, 47, 76, 24, 53, 82, 30, 59, 88, 33, 62, 91,
                         13, 42, 71, 16, 45, 74, 23, 52, 81, 29, 58, 87, 37, 66, 95, 40, 69, 98});
}

// Likewise from the script.
TEST_CASE("every filter shrinks to the values of an independent implementation", "[image]") {
  const auto half = [](Filter filter) {
    return values(sr::resize_to(pattern(8, 6), 4, 3, filter));
  };
  CHECK(half(Filter::kBox) == std::vector<int>{12,  41,  70,  31,  60,  89,  50,  79,  108,
                                               69,  98,  127, 43,  72,  101, 82,  111, 140,
                                               121, 150, 179, 117, 146, 175, 74,  103, 132,
                                               133, 162, 191, 128, 157, 186, 145, 174, 203});
  CHECK(half(Filter::kBilinear) == std::vector<int>{14,  43,  72,  34,  63,  92,  54,  83,  112,
                                                    73,  102, 131, 45,  74,  103, 82,  111, 140,
                                                    111, 140, 169, 119, 148, 177, 75,  104, 133,
                                                    124, 153, 182, 133, 162, 191, 136, 165, 194});
  CHECK(half(Filter::kMitchell) == std::vector<int>{13,  42,  71,  32,  61,  90,  53,  82,  111,
                                                    73,  102, 131, 44,  73,  102, 82,  111, 140,
                                                    113, 142, 171, 119, 148, 177, 75,  104, 133,
                                                    126, 155, 184, 134, 163, 192, 136, 165, 194});
  CHECK(half(Filter::kLanczos3) == std::vector<int>{11,  40,  69,  29,  58,  87,  48,  77,  106,
                                                    73,  102, 131, 42,  71,  100, 83,  112, 141,
                                                    118, 147, 176, 122, 151, 180, 73,  102, 131,
                                                    133, 162, 191, 136, 165, 194, 136, 165, 194});
  CHECK(half(Filter::kBicubic) == values(resize_bicubic_to(pattern(8, 6), 4, 3)));
}

TEST_CASE("T91 and Set14 are shrunk bit for bit as published", "[image]") {
  check_published("T91/hr", "T91/lr_x2", 2);
  check_published("T91/hr", "T91/lr_x4", 4);
  check_published("Set14/hr_x2", "Set14/lr_x2", 2);
  check_published("Set14/hr_x4", "Set14/lr_x4", 4);
}

TEST_CASE("bicubic enlargement of Set14 scores what an independent implementation scores",
          "[image]") {
  // The same rules in NumPy and Pillow; 30.2319 there when the one gray image is scored as gray.
  const auto gt_folder = shared_data("Set14/hr_x2");
  const auto lr_folder = shared_data("Set14/lr_x2");
  if (!gt_folder || !lr_folder) {
    SR_SKIP("no shared data: Set14");
  }
  double sum = 0.0;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*lr_folder)) {
    const cv::Mat lq = sr::decode_image(entry.path());
    const cv::Mat enlarged = resize_bicubic_to(lq, 2 * lq.cols, 2 * lq.rows);
    const cv::Mat gt = sr::decode_image(*gt_folder / entry.path().filename());
    sum += sr::psnr(enlarged, gt, {.crop_border = 2, .test_y_channel = true});
    ++count;
  }
  REQUIRE(count == 14);
  CHECK(sum / count == Approx(30.32628).margin(0.0001));
}

TEST_CASE("the size is the one asked for, and the image's own changes nothing", "[image]") {
  CHECK(resize_bicubic_to(pattern(9, 7), 3, 20).size() == cv::Size(3, 20));
  CHECK(same(resize_bicubic_to(pattern(12, 8), 12, 8), pattern(12, 8)));
}

TEST_CASE("constant images stay constant in every depth", "[image]") {
  for (const int depth : {CV_8U, CV_16U, CV_32F}) {
    const cv::Scalar value = cv::Scalar::all(depth == CV_32F ? 0.7 : 201.0);
    const cv::Mat smaller = resize_bicubic_to(cv::Mat(7, 11, CV_MAKETYPE(depth, 3), value), 4, 3);
    CHECK(smaller.depth() == depth);
    const cv::Mat expected(smaller.size(), smaller.type(), value);
    CHECK(cv::norm(smaller, expected, cv::NORM_INF) < 1e-6);
  }
}

TEST_CASE("overshoot beside an edge is clamped in every depth", "[image]") {
  for (const int depth : {CV_8U, CV_16U, CV_32F}) {
    const double top = depth == CV_8U ? 255.0 : depth == CV_16U ? 65535.0 : 1.0;
    const cv::Mat step(4, 8, CV_MAKETYPE(depth, 3), cv::Scalar::all(0));
    step.colRange(4, 8).setTo(cv::Scalar::all(top));
    double low = -1.0;
    double high = -1.0;
    cv::minMaxLoc(resize_bicubic_to(step, 16, 8).reshape(1), &low, &high);
    CHECK(low == 0.0);
    CHECK(high == top);
  }
}

TEST_CASE("a size or an image that cannot be resized is refused", "[image]") {
  CHECK_THROWS_AS(resize_bicubic_to(cv::Mat(), 2, 2), std::invalid_argument);
  CHECK_THROWS_AS(resize_bicubic_to(cv::Mat(4, 4, CV_8UC1), 2, 2), std::invalid_argument);
  CHECK_THROWS_AS(resize_bicubic_to(pattern(4, 4), 0, 4), std::invalid_argument);
}

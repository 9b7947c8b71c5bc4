#include "degrade/kernel.h"

#include <cmath>
#include <fstream>
#include <map>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <string>

#include "support/catch.h"
#include "support/pattern.h"

namespace sr {
namespace {

const std::map<std::string, KernelShape> kShapes{
    {"iso", KernelShape::kIso},
    {"aniso", KernelShape::kAniso},
    {"generalized_iso", KernelShape::kGeneralizedIso},
    {"generalized_aniso", KernelShape::kGeneralizedAniso},
    {"plateau_iso", KernelShape::kPlateauIso},
    {"plateau_aniso", KernelShape::kPlateauAniso}};

double difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

cv::Mat turned_half(const cv::Mat& kernel) {
  cv::Mat result;
  cv::rotate(kernel, result, cv::ROTATE_180);
  return result;
}

cv::Mat float_pattern(int width, int height) {
  cv::Mat image;
  test::pattern(width, height).convertTo(image, CV_32F, 1.0 / 255);
  return image;
}

/// Position of i reflected into [0, count) without repeating the edge.
int reflected(int i, int count) {
  const int period = std::max(1, 2 * (count - 1));
  const int inside = ((i % period) + period) % period;
  return inside < count ? inside : period - inside;
}

/// The sum of products by its definition.
cv::Mat convolved(const cv::Mat& image, const cv::Mat& kernel) {
  const int radius = kernel.rows / 2;
  cv::Mat result(image.size(), image.type());
  for (int y = 0; y < image.rows; ++y) {
    for (int x = 0; x < image.cols; ++x) {
      cv::Vec3d sum;
      for (int j = -radius; j <= radius; ++j) {
        for (int i = -radius; i <= radius; ++i) {
          sum += static_cast<double>(kernel.at<float>(radius + j, radius + i)) *
                 cv::Vec3d(image.at<cv::Vec3f>(reflected(y + j, image.rows),
                                               reflected(x + i, image.cols)));
        }
      }
      result.at<cv::Vec3f>(y, x) = cv::Vec3f(sum);
    }
  }
  return result;
}

}  // namespace

TEST_CASE("kernels equal their formulas evaluated elsewhere", "[degrade]") {
  std::ifstream golden(SR_SOURCE_DIR "/test/degrade/kernels.txt");
  std::string name;
  int size = 0, kernels = 0;
  double first = 0, second = 0, rotation = 0, beta = 0;
  while (golden >> name >> size >> first >> second >> rotation >> beta) {
    CAPTURE(name, size, first, second, rotation, beta);
    const cv::Mat kernel =
        name == "sinc" ? sinc_kernel(size, first)
                       : blur_kernel(kShapes.at(name), size, {first, second, rotation}, beta);
    REQUIRE(kernel.size() == cv::Size(size, size));
    REQUIRE(kernel.type() == CV_32F);
    for (int i = 0; i < size * size; ++i) {
      double value = 0;
      golden >> value;
      REQUIRE(kernel.at<float>(i / size, i % size) == Approx(value).epsilon(1e-5).margin(1e-8));
    }
    ++kernels;
  }
  CHECK(kernels == 12);
}

TEST_CASE("every kernel sums to 1 and is symmetric about its centre", "[degrade]") {
  for (const auto& [name, shape] : kShapes) {
    for (const int size : {1, 7, 13, 21}) {
      for (const double sigma : {0.2, 1.0, 3.0}) {
        CAPTURE(name, size, sigma);
        const cv::Mat kernel = blur_kernel(shape, size, {sigma, 1.3, 0.8}, 1.4);
        CHECK(cv::sum(kernel)[0] == Approx(1).margin(1e-6));
        CHECK(difference(kernel, turned_half(kernel)) < 1e-7);
        if (name.find("aniso") == std::string::npos) {
          CHECK(difference(kernel, kernel.t()) < 1e-7);
        }
      }
    }
  }
}

TEST_CASE("an anisotropic kernel is long in the direction of its rotation", "[degrade]") {
  const auto shape = KernelShape::kAniso;
  // Right and down from the centre is the direction of 45 degrees.
  const cv::Mat kernel = blur_kernel(shape, 11, {3, 0.7, std::numbers::pi / 4}, 1);
  CHECK(kernel.at<float>(8, 8) > 10 * kernel.at<float>(8, 2));
  const cv::Mat flat = blur_kernel(shape, 11, {3, 0.7, 0}, 1);
  CHECK(flat.at<float>(5, 8) > 10 * flat.at<float>(8, 5));
  CHECK(difference(flat.t(), blur_kernel(shape, 11, {3, 0.7, std::numbers::pi / 2}, 1)) < 1e-7);
}

TEST_CASE("a sinc kernel sums to 1 and rings and is the same in all eight directions",
          "[degrade]") {
  for (const int size : {7, 13, 21}) {
    for (const double cutoff : {std::numbers::pi / 5, 2.0, std::numbers::pi}) {
      const cv::Mat kernel = sinc_kernel(size, cutoff);
      CHECK(cv::sum(kernel)[0] == Approx(1).margin(1e-6));
      CHECK(difference(kernel, kernel.t()) == 0);
      CHECK(difference(kernel, turned_half(kernel)) == 0);
    }
  }
  double lowest = 0;
  cv::minMaxLoc(sinc_kernel(21, 2.0), &lowest);
  CHECK(lowest < -0.005);
}

TEST_CASE("filtering is convolution with a reflected border", "[degrade]") {
  for (const cv::Size size : {cv::Size(30, 25), cv::Size(9, 40), cv::Size(8, 8), cv::Size(3, 1)}) {
    const cv::Mat image = float_pattern(size.width, size.height);
    for (const int side : {1, 7, 11, 13, 21}) {  // with one strip of the kernel and with several
      CAPTURE(size.width, size.height, side);
      const cv::Mat kernel = sinc_kernel(side, 1.5);
      CHECK(difference(filtered(image, kernel), convolved(image, kernel)) < 2e-5);
    }
  }
}

TEST_CASE("filtering does not see beyond the image it is given", "[degrade]") {
  const cv::Mat whole = float_pattern(40, 40);
  const cv::Rect part(10, 5, 20, 22);
  const cv::Mat kernel = sinc_kernel(13, 1.5);
  CHECK(difference(filtered(whole(part), kernel), filtered(whole(part).clone(), kernel)) < 1e-6);
  CHECK(difference(filtered_gaussian(whole(part), 13, 2),
                   filtered_gaussian(whole(part).clone(), 13, 2)) < 1e-6);
}

TEST_CASE("leaving out what a kernel does not need is invisible in 8 bits", "[degrade]") {
  const cv::Mat image = float_pattern(40, 32);
  const cv::Mat kernel = blur_kernel(KernelShape::kAniso, 21, {0.9, 1.2, 0.4}, 1);
  CHECK(difference(filtered(image, kernel), convolved(image, kernel)) < 0.1 / 255);
  CHECK(filtered(image, blur_kernel(KernelShape::kIso, 9, {0.05, 0.05, 0}, 1)).data == image.data);
}

TEST_CASE("two passes make the same Gaussian as its kernel", "[degrade]") {
  const cv::Mat image = float_pattern(50, 33);
  for (const int size : {7, 21}) {
    for (const double sigma : {0.2, 1.0, 2.9}) {
      const cv::Mat kernel = blur_kernel(KernelShape::kIso, size, {sigma, 0, 0}, 1);
      CHECK(difference(filtered_gaussian(image, size, sigma), convolved(image, kernel)) < 1e-5);
    }
  }
}

}  // namespace sr

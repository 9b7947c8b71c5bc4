#include "degrade/noise.h"

#include <cmath>

#include <opencv2/core.hpp>

#include "support/catch.h"

namespace sr {
namespace {

cv::Mat flat(cv::Size size, double value) {
  return cv::Mat(size, CV_32FC3, cv::Scalar::all(value));
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

Moments moments(const cv::Mat& image) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(image.reshape(1), mean, deviation);
  return {mean[0], deviation[0] * deviation[0]};
}

/// Of two channels, over the pixels.
double correlation(const cv::Mat& image, int a, int b) {
  cv::Mat channels[3];
  cv::split(image, channels);
  const cv::Mat first = channels[a] - cv::mean(channels[a])[0];
  const cv::Mat second = channels[b] - cv::mean(channels[b])[0];
  return first.dot(second) / std::sqrt(first.dot(first) * second.dot(second));
}

}  // namespace

TEST_CASE("quantiles are those of the standard normal distribution", "[degrade]") {
  CHECK(normal_quantile(32768) == Approx(0.0000191 * 1.0).margin(1e-6));
  CHECK(normal_quantile(55137) == Approx(1.0).margin(1e-4));     // 0.841345 of them lie below 1
  CHECK(normal_quantile(63895) == Approx(1.9599).margin(2e-3));  // 0.975
  CHECK(normal_quantile(65535) == Approx(4.325).margin(1e-2));
  double squares = 0;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    REQUIRE(normal_quantile(i) == -normal_quantile(65535 - i));
    if (i > 0) {
      REQUIRE(normal_quantile(i) > normal_quantile(i - 1));
    }
    squares += std::pow(normal_quantile(i), 2);
  }
  CHECK(squares / 65536 == Approx(1).epsilon(1e-3));
}

TEST_CASE("Gaussian noise has mean 0 and the stated deviation", "[degrade]") {
  for (const bool gray : {false, true}) {
    for (const double sigma : {1.0, 12.0, 30.0}) {
      CAPTURE(gray, sigma);
      cv::Mat image = flat({300, 200}, 0.5);
      add_gaussian_noise(image, sigma, {9, gray});
      const Moments found = moments(image);
      CHECK(found.mean == Approx(0.5).margin(5 * sigma / 255 / std::sqrt(60000)));
      CHECK(found.variance == Approx(std::pow(sigma / 255, 2)).epsilon(0.03));
      const double together = correlation(image, 0, 2);
      CHECK(together == Approx(gray ? 1 : 0).margin(0.02));
    }
  }
}

TEST_CASE("noise is clamped to the legal values", "[degrade]") {
  for (const double value : {0.0, 1.0}) {
    cv::Mat image = flat({50, 50}, value);
    add_gaussian_noise(image, 30, {1, false});
    double low = 0, high = 0;
    cv::minMaxLoc(image.reshape(1), &low, &high);
    CHECK(low == (value == 0.0 ? Approx(0) : Approx(1).margin(0.7)));
    CHECK(low >= 0);
    CHECK(high <= 1);
  }
}

TEST_CASE("Poisson noise has the variance of its levels", "[degrade]") {
  // Two halves: the number of levels is 2, so a value v has mean v x 2 of the drawn number.
  for (const bool gray : {false, true}) {
    cv::Mat image = flat({400, 300}, 102 / 255.0);
    image.colRange(200, 400).setTo(cv::Scalar::all(153 / 255.0));
    add_poisson_noise(image, 0.1, {4, gray});
    for (const auto& [columns, value] :
         {std::pair{cv::Range(0, 200), 102 / 255.0}, std::pair{cv::Range(200, 400), 153 / 255.0}}) {
      CAPTURE(gray, value);
      const Moments found = moments(image.colRange(columns).clone());
      const double variance = 0.01 * value / 2;
      CHECK(found.mean == Approx(value).margin(5 * std::sqrt(variance / 60000)));
      CHECK(found.variance == Approx(variance).epsilon(0.03));
    }
    CHECK(correlation(image.colRange(0, 200).clone(), 0, 1) == Approx(gray ? 1 : 0).margin(0.02));
  }
}

TEST_CASE("an image of many levels gets the noise of 256", "[degrade]") {
  cv::Mat image(512, 512, CV_32FC3);
  for (int y = 0; y < image.rows; ++y) {
    image.row(y).setTo(cv::Scalar::all((y % 256) / 255.0));
  }
  const cv::Mat clean = image.clone();
  add_poisson_noise(image, 1, {3, false});
  const cv::Range middle(128, 129);
  const Moments found = moments(cv::Mat(image.rowRange(middle) - clean.rowRange(middle)));
  CHECK(found.variance == Approx(128 / 255.0 / 256).epsilon(0.12));
}

TEST_CASE("noise is the same for the same key alone", "[degrade]") {
  const auto noisy = [](std::uint64_t key, cv::Size size) {
    cv::Mat image = flat(size, 0.5);
    add_gaussian_noise(image, 20, {key, false});
    return image;
  };
  CHECK(cv::norm(noisy(5, {20, 10}), noisy(5, {20, 10}), cv::NORM_INF) == 0);
  CHECK(cv::norm(noisy(5, {20, 10}), noisy(6, {20, 10}), cv::NORM_INF) > 0.05);
  // More rows do not change the first ones.
  CHECK(cv::norm(noisy(5, {20, 30}).rowRange(0, 10), noisy(5, {20, 10}), cv::NORM_INF) == 0);
}

TEST_CASE("noise of strength 0 only clamps", "[degrade]") {
  cv::Mat image = flat({10, 10}, 1.25);
  add_gaussian_noise(image, 0, {1, true});
  CHECK(cv::norm(image, flat({10, 10}, 1), cv::NORM_INF) == 0);
  image = flat({10, 10}, 0.33);
  add_poisson_noise(image, 0, {1, false});
  CHECK(cv::norm(image, flat({10, 10}, 0.33), cv::NORM_INF) == 0);
}

}  // namespace sr

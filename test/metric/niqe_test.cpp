#include "metric/niqe.h"

#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>

#include "checkpoint/weights_file.h"
#include "core/error.h"
#include "support/catch.h"
#include "support/temp_folder.h"
#include "support/thrown.h"

using sr::Niqe;
using sr::test::contains;

namespace {

const std::string kParameters = SR_SOURCE_DIR "/test/metric/niqe_parameters.safetensors";

/// Waves and cells, the formula of scripts/golden/niqe.py.
cv::Mat texture(int width, int height, int seed) {
  cv::Mat image(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int cells = (x * x * (seed + 1) + y * y * 3 + x * y * (seed + 2) + c * 40) / 64 % 97;
        image.at<cv::Vec3b>(y, x)[c] =
            static_cast<std::uint8_t>((x * (2 + seed) + y * 3 + c * 29) % 128 + cells);
      }
    }
  }
  return image;
}

cv::Mat flat_half(cv::Mat image) {
  image.colRange(0, image.cols / 2) = cv::Scalar::all(120);
  return image;
}

Approx near(double value) {
  return Approx(value).epsilon(1e-4).margin(0);
}

}  // namespace

TEST_CASE("NIQE is what BasicSR computes", "[niqe]") {
  const Niqe niqe = Niqe::read(kParameters);
  CHECK(niqe(texture(200, 300, 3), 0) == near(2.66542388));
  CHECK(niqe(texture(200, 300, 3), 4) == near(3.0579417));
  CHECK(niqe(texture(97, 192, 7), 0) == near(7.72182368));
}

TEST_CASE("blocks without contrast count for NIQE as BasicSR counts them", "[niqe]") {
  CHECK(Niqe::read(kParameters)(flat_half(texture(384, 192, 5)), 0) == near(10.3010776));
}

TEST_CASE("NIQE of too few blocks is no number", "[niqe]") {
  const Niqe niqe = Niqe::read(kParameters);
  CHECK(std::isnan(niqe(texture(96, 96, 3), 0)));
  CHECK(std::isnan(niqe(cv::Mat(192, 192, CV_8UC3, cv::Scalar::all(7)), 0)));
  CHECK_THROWS_AS(niqe(texture(96, 99, 3), 2), std::invalid_argument);
}

TEST_CASE("a file that does not hold NIQE's parameters is named", "[niqe]") {
  const sr::test::TempFolder folder;
  const auto told = [&](sr::TensorFile contents) {
    sr::write_safetensors(folder / "p.safetensors", contents);
    return sr::test::message_of<sr::CheckpointError>([&] { Niqe::read(folder / "p.safetensors"); });
  };
  sr::TensorFile contents = sr::read_weights(kParameters, std::nullopt);
  CHECK(told(contents).empty());
  for (sr::StoredTensor& tensor : contents.tensors) {
    if (tensor.name == "mu_pris_param") {
      tensor.name = "mu";
    }
  }
  CHECK(contains(told(contents), "p.safetensors: holds no tensor 'mu_pris_param' of 1 x 36"));
  contents = sr::read_weights(kParameters, std::nullopt);
  const double infinite = INFINITY;
  std::memcpy(contents.tensors[0].bytes.data(), &infinite, sizeof infinite);
  CHECK(contains(told(contents), "not finite"));
  CHECK_THROWS_AS(Niqe::read(folder / "none.safetensors"), sr::CheckpointError);
}

#include "train/inference.h"

#include <torch/torch.h>

#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "support/catch.h"
#include "support/networks.h"

namespace {

std::unique_ptr<sr::Network> small_network() {
  return sr::make_network(
      sr::test::network_of("compact", {{"num_feat", "4"}, {"num_conv", "2"}}), 2, 11);
}

cv::Mat noise(int height, int width, int type) {
  cv::Mat image(height, width, type);
  cv::RNG random(5);
  random.fill(image, cv::RNG::UNIFORM, 0,
              image.depth() == CV_32F   ? 1.0
              : image.depth() == CV_16U ? 65536.0
                                        : 256.0);
  return image;
}

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

}  // namespace

TEST_CASE("an image comes out scale times as large in eight bits", "[train]") {
  const cv::Mat output = sr::super_resolve(*small_network(), noise(9, 14, CV_8UC3), {});
  CHECK(output.size() == cv::Size(28, 18));
  CHECK(output.type() == CV_8UC3);
}

TEST_CASE("tiles with an overlap of the receptive field equal the whole image", "[train]") {
  const auto network = small_network();
  const cv::Mat image = noise(37, 50, CV_8UC3);
  const cv::Mat whole = sr::super_resolve(*network, image, {});
  sr::InferenceOptions tiled;
  tiled.tile_size = 16;
  tiled.tile_overlap = 4;  // four convolutions of 3x3
  CHECK(largest_difference(sr::super_resolve(*network, image, tiled), whole) <= 1);
  tiled.tile_overlap = 0;
  CHECK(largest_difference(sr::super_resolve(*network, image, tiled), whole) > 1);
}

TEST_CASE("depth of the input does not matter beyond its precision", "[train]") {
  const auto network = small_network();
  const cv::Mat bytes = noise(12, 12, CV_8UC3);
  cv::Mat words;
  cv::Mat floats;
  bytes.convertTo(words, CV_16U, 257.0);
  bytes.convertTo(floats, CV_32F, 1.0 / 255);
  const cv::Mat expected = sr::super_resolve(*network, bytes, {});
  CHECK(largest_difference(sr::super_resolve(*network, words, {}), expected) <= 1);
  CHECK(largest_difference(sr::super_resolve(*network, floats, {}), expected) <= 1);
}

TEST_CASE("a clip's stacked frames come out as one image, tiled or not", "[train]") {
  const auto network = sr::make_network(
      sr::test::network_of("compact", {{"num_in_ch", "9"}, {"num_feat", "4"}, {"num_conv", "2"}}),
      2, 11);
  std::vector<cv::Mat> frames{noise(20, 24, CV_8UC3), noise(20, 24, CV_8UC3),
                              cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9))};
  cv::Mat clip;
  cv::merge(frames, clip);
  const cv::Mat output = sr::super_resolve(*network, clip, {});
  CHECK(output.size() == cv::Size(48, 40));
  CHECK(output.type() == CV_8UC3);
  sr::InferenceOptions tiled;
  tiled.tile_size = 16;
  tiled.tile_overlap = 4;
  CHECK(largest_difference(sr::super_resolve(*network, clip, tiled), output) <= 1);
  // Another order of the frames is another input.
  std::swap(frames[0], frames[2]);
  cv::merge(frames, clip);
  CHECK(largest_difference(sr::super_resolve(*network, clip, {}), output) > 0);
}

#include "infer/super_resolve.h"

#include <limits>
#include <utility>
#include <vector>

#include <ATen/autocast_mode.h>
#include <torch/torch.h>

#include <opencv2/core.hpp>

#include "core/stopped.h"
#include "infer/networks.h"
#include "infer/reach.h"
#include "support/catch.h"
#include "support/networks.h"

namespace {

using sr::test::FunctionNetwork;
using sr::test::largest_difference;
using sr::test::network_of;
using sr::test::noise;

std::unique_ptr<sr::Network> small_network(int channels_in = 3) {
  return sr::make_network(network_of("compact", {{"num_in_ch", std::to_string(channels_in)},
                                                 {"num_feat", "4"},
                                                 {"num_conv", "2"}}),
                          2, 11);
}

sr::InferenceOptions tiles_of(int tile_size, const sr::Surroundings& surroundings = {}) {
  sr::InferenceOptions options;
  options.tile_size = tile_size;
  options.around_tile = surroundings;
  return options;
}

cv::Mat resolve(const sr::Network& network, const cv::Mat& image,
                const sr::InferenceOptions& options = {}, int depth = CV_8U) {
  return sr::super_resolve(network, image, options, depth).image;
}

}  // namespace

TEST_CASE("an image comes out scale times as large in eight bits", "[infer]") {
  const cv::Mat output = resolve(*small_network(), noise(9, 14, CV_8UC3));
  CHECK(output.size() == cv::Size(28, 18));
  CHECK(output.type() == CV_8UC3);
}

TEST_CASE("who asks for the end is heard between two passes through the network", "[infer]") {
  const auto passes_until = [](sr::InferenceOptions options, int asked_for) {
    int passes = 0;
    const FunctionNetwork network(1, [&](const at::Tensor& lq) {
      ++passes;
      return lq.clone();
    });
    options.stop = [&, questions = 0]() mutable { return ++questions == asked_for; };
    CHECK_THROWS_AS(resolve(network, noise(64, 64, CV_8UC3), options), sr::Stopped);
    return passes;
  };
  CHECK(passes_until(tiles_of(16), 6) == 5);
  sr::InferenceOptions flips;
  flips.eight_flips = true;
  CHECK(passes_until(flips, 4) == 3);
}

TEST_CASE("pixels are clamped and rounded, or stay floats when asked", "[infer]") {
  const FunctionNetwork network(
      1, [](const at::Tensor& lq) { return torch::full_like(lq, 100.6 / 255); });
  CHECK(resolve(network, noise(2, 2, CV_8UC3)).at<cv::Vec3b>(1, 1) == cv::Vec3b(101, 101, 101));
  const FunctionNetwork bright(1, [](const at::Tensor& lq) { return torch::full_like(lq, 1.5); });
  CHECK(resolve(bright, noise(2, 2, CV_8UC3)).at<cv::Vec3b>(0, 1) == cv::Vec3b(255, 255, 255));
  const cv::Mat floats = resolve(network, noise(2, 2, CV_8UC3), {}, CV_32F);
  REQUIRE(floats.type() == CV_32FC3);
  CHECK(floats.at<cv::Vec3f>(1, 0)[2] == Approx(100.6 / 255));
}

TEST_CASE("tiles equal the whole image where they see all that the network reaches", "[infer]") {
  const sr::NetworkConfig config =
      network_of(GENERATE("compact", "rrdbnet"),
                 {{"num_feat", "4"}, {"num_grow_ch", "4"}, {"num_conv", "9"}, {"num_block", "1"}});
  const int scale = GENERATE(1, 2, 4);
  CAPTURE(config.type, scale);
  const auto network = sr::make_network(config, scale, 11);
  const cv::Mat image = noise(77, 130, CV_8UC3);
  const cv::Mat whole = resolve(*network, image);
  const sr::Surroundings surroundings = sr::surroundings_of(config.options, scale);
  REQUIRE(surroundings.reach.has_value());
  const bool fits = *surroundings.reach <= 64;
  for (const int tile_size : {32, 64, 128}) {
    const double difference =
        largest_difference(resolve(*network, image, tiles_of(tile_size, surroundings)), whole);
    CHECK((difference <= 1 || !fits));
  }
  CHECK((fits || config.type == std::string("rrdbnet")));
}

TEST_CASE("tiles of a network that looks everywhere show no seam", "[infer]") {
  // Adds what the mean of the window is: two tiles disagree by as much as their windows do.
  const FunctionNetwork network(2, [](const at::Tensor& lq) {
    return sr::test::nearest(torch::full_like(lq, 0.25) + lq.mean() / 2, 2);
  });
  cv::Mat image(120, 200, CV_8UC3);
  for (int x = 0; x < image.cols; ++x) {
    image.col(x).setTo(cv::Scalar::all(x));
  }
  const cv::Mat output = resolve(network, image, tiles_of(64), CV_32F);
  double range = 0;
  double step = 0;
  for (int x = 1; x < output.cols; ++x) {
    const float here = output.at<cv::Vec3f>(100, x)[0];
    step = std::max(step, std::abs(double{here} - output.at<cv::Vec3f>(100, x - 1)[0]));
    range = std::max(range, std::abs(double{here} - output.at<cv::Vec3f>(100, 0)[0]));
  }
  CHECK(range > 0.2);
  CHECK(step < 0.004);  // of one level in 8 bits
}

TEST_CASE("what all tiles agree on is not changed by blending", "[infer]") {
  const FunctionNetwork network(3, [](const at::Tensor& lq) { return sr::test::nearest(lq, 3); });
  const cv::Mat image = noise(70, 95, CV_8UC3);
  for (const int tile_size : {1, 7, 16, 64}) {
    CHECK(largest_difference(resolve(network, image, tiles_of(tile_size)),
                             resolve(network, image)) == 0);
  }
}

TEST_CASE("depth of the input does not matter beyond its precision", "[infer]") {
  const auto network = small_network();
  const cv::Mat bytes = noise(12, 12, CV_8UC3);
  cv::Mat words;
  cv::Mat floats;
  bytes.convertTo(words, CV_16U, 257.0);
  bytes.convertTo(floats, CV_32F, 1.0 / 255);
  const cv::Mat expected = resolve(*network, bytes);
  CHECK(largest_difference(resolve(*network, words), expected) <= 1);
  CHECK(largest_difference(resolve(*network, floats), expected) <= 1);
}

TEST_CASE("a clip's stacked frames come out as one image, tiled or not", "[infer]") {
  const auto network = small_network(9);
  std::vector<cv::Mat> frames{noise(20, 24, CV_8UC3), noise(20, 24, CV_8UC3),
                              cv::Mat(20, 24, CV_8UC3, cv::Scalar::all(9))};
  cv::Mat clip;
  cv::merge(frames, clip);
  const cv::Mat output = resolve(*network, clip);
  CHECK(output.size() == cv::Size(48, 40));
  CHECK(output.type() == CV_8UC3);
  CHECK(largest_difference(resolve(*network, clip, tiles_of(16, {.reach = 4})), output) <= 1);
  // Another order of the frames is another input.
  std::swap(frames[0], frames[2]);
  cv::merge(frames, clip);
  CHECK(largest_difference(resolve(*network, clip), output) > 0);
}

TEST_CASE("eight flips give the mean, which turns with the image", "[infer]") {
  sr::InferenceOptions options;
  options.eight_flips = true;
  const auto network = small_network();
  const cv::Mat image = noise(10, 17, CV_8UC3);
  const cv::Mat plain = resolve(*network, image);
  const cv::Mat mean = resolve(*network, image, options);
  CHECK(largest_difference(mean, plain) > 0);
  cv::Mat turned_first;
  cv::rotate(image, turned_first, cv::ROTATE_90_CLOCKWISE);
  cv::Mat turned_last;
  cv::rotate(mean, turned_last, cv::ROTATE_90_CLOCKWISE);
  CHECK(largest_difference(resolve(*network, turned_first, options), turned_last) <= 1);
  // A network that does not mind flips is not changed.
  const FunctionNetwork nearest(2, [](const at::Tensor& lq) { return sr::test::nearest(lq, 2); });
  CHECK(largest_difference(resolve(nearest, image, options), resolve(nearest, image)) == 0);
}

TEST_CASE("what is not finite in low precision is computed again in full", "[infer]") {
  const FunctionNetwork network(1, [](const at::Tensor& lq) {
    return at::autocast::is_autocast_enabled(at::kCPU)
               ? torch::full_like(lq, std::numeric_limits<double>::infinity())
               : lq * 0.5;
  });
  const cv::Mat image(4, 4, CV_8UC3, cv::Scalar::all(200));
  sr::InferenceOptions options;
  options.autocast = at::kBFloat16;
  const sr::ResolvedImage low = sr::super_resolve(network, image, options);
  CHECK(low.recomputed);
  CHECK(low.finite);
  CHECK(low.image.at<cv::Vec3b>(3, 3) == cv::Vec3b(100, 100, 100));
  CHECK_FALSE(sr::super_resolve(network, image, {}).recomputed);

  const FunctionNetwork broken(1, [](const at::Tensor& lq) {
    return torch::full_like(lq, std::numeric_limits<double>::quiet_NaN());
  });
  CHECK_FALSE(sr::super_resolve(broken, image, {}).finite);
}
